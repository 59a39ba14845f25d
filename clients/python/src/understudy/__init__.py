"""An offline stand-in for a vendor's cloud API, for tests.

    from understudy import Understudy

    with Understudy(scenario="space-is-full.yaml") as api:
        my_client(api.url).share()

In pytest the fixture `understudy` does this for each test; see `understudy.pytest_plugin`.
"""

from .aio import AsyncSession, AsyncUnderstudy
from .errors import NotFound, NotStarted, Refused, UnderstudyError, VerdictFailed, WrongScenario
from .exchange import Exchange, Finding, Request, Response
from .server import Understudy
from .session import Session
from .verdict import Verdict

__all__ = [
    "AsyncSession",
    "AsyncUnderstudy",
    "Exchange",
    "Finding",
    "NotFound",
    "NotStarted",
    "Refused",
    "Request",
    "Response",
    "Session",
    "Understudy",
    "UnderstudyError",
    "Verdict",
    "VerdictFailed",
    "WrongScenario",
]
