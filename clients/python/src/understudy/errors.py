"""What can go wrong, as exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .verdict import Verdict


class UnderstudyError(Exception):
    """Something is wrong with the stand-in or with what it was given, not with the client under test."""


class NotFound(UnderstudyError):
    """The program is nowhere to be found."""


class NotStarted(UnderstudyError):
    """The stand-in could not be started, or it ended when it should not have."""


class WrongScenario(UnderstudyError, ValueError):
    """A scenario has mistakes. The message shows each with its line."""


class Refused(UnderstudyError):
    """The admin API refused a call."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"the stand-in answered {status}: {detail}")
        self.status = status


class VerdictFailed(AssertionError):
    """The client broke the contract, or did not do what the scenarios expect. The message is the verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict
