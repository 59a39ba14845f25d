"""The same for code that waits: each call is made in a thread, so that the loop goes on meanwhile."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Any, List, Mapping

from .exchange import Exchange
from .scenario import Scenario
from .session import Session, Span, Time
from .verdict import Verdict

if TYPE_CHECKING:
    from .server import Understudy


class AsyncSession:
    """A `Session` whose methods are awaited."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.name = session.name
        self.url = session.url

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends that calls the server's own URL and not that of the session."""
        return self._session.headers

    async def play(self, scenario: Scenario) -> None:
        """Plays a scenario here alone, before those of the server."""
        await asyncio.to_thread(self._session.play, scenario)

    async def advance(self, by: Span) -> None:
        """Moves the clock on."""
        await asyncio.to_thread(self._session.advance, by)

    async def set_time(self, now: Time) -> None:
        """Sets the clock."""
        await asyncio.to_thread(self._session.set_time, now)

    async def freeze(self) -> None:
        """Stops the clock."""
        await asyncio.to_thread(self._session.freeze)

    async def resume(self) -> None:
        """Lets a clock that stands still run on."""
        await asyncio.to_thread(self._session.resume)

    async def states(self) -> dict[str, Any]:
        """The named states of the session."""
        return await asyncio.to_thread(self._session.states)

    async def set_states(self, states: Mapping[str, Any]) -> None:
        """Sets states and leaves the others alone; `None` takes one away."""
        await asyncio.to_thread(self._session.set_states, states)

    async def put_file(self, path: str, content: bytes | str) -> dict[str, Any]:
        """Puts a file into the world of the session."""
        return await asyncio.to_thread(self._session.put_file, path, content)

    async def file(self, path: str) -> dict[str, Any]:
        """Id and metadata of a file of the world."""
        return await asyncio.to_thread(self._session.file, path)

    async def read_file(self, path: str) -> bytes:
        """What a file of the world holds."""
        return await asyncio.to_thread(self._session.read_file, path)

    async def exchanges(self, operation: str | None = None) -> List[Exchange]:
        """What happened so far."""
        return await asyncio.to_thread(self._session.exchanges, operation)

    async def verdict(self) -> Verdict:
        """How the client did so far."""
        return await asyncio.to_thread(self._session.verdict)

    async def check(self) -> None:
        """Raises `VerdictFailed` if the client broke the contract or did not do what is expected."""
        await asyncio.to_thread(self._session.check)

    async def forget(self) -> None:
        """Begins anew."""
        await asyncio.to_thread(self._session.forget)


class AsyncUnderstudy(AsyncSession):
    """An `Understudy` whose methods are awaited: what `async with Understudy(...)` gives."""

    def __init__(self, server: Understudy) -> None:
        super().__init__(server)
        self._server = server

    @classmethod
    async def start(cls, server: Understudy) -> AsyncUnderstudy:
        return cls(await asyncio.to_thread(server.start))

    @staticmethod
    async def end(
        server: Understudy, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(server.__exit__, kind, error, trace)

    def session(self, name: str) -> AsyncSession:
        """The session of a name, for tests that share the stand-in."""
        return AsyncSession(self._server.session(name))

    async def credentials(self) -> dict[str, str]:
        """The built-in test credentials."""
        return await asyncio.to_thread(self._server.credentials)
