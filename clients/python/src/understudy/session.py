"""What a test does with its part of a stand-in."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, List, Mapping, Union

from .admin import Admin
from .errors import VerdictFailed
from .exchange import Exchange
from .scenario import Scenario, read
from .verdict import Verdict

Time = Union[datetime, str]
Span = Union[timedelta, float, str]


class Session:
    """One client's part of a stand-in: its own place in the scenarios, its own states, clock, journal and verdict."""

    def __init__(self, admin: Admin, root: str, name: str) -> None:
        self._admin = admin
        self.name = name
        """As the header `X-Understudy-Session` takes it."""
        self.url = f"{root}/~{name}"
        """The base URL for the client under test."""

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends that calls the server's own URL and not that of the session."""
        return {"X-Understudy-Session": self.name}

    def play(self, scenario: Scenario) -> None:
        """Plays a scenario here alone, before those of the server. Raises `WrongScenario`."""
        text = read(scenario)
        self._play(text.name, text.text)

    def _play(self, name: str, text: str) -> None:
        self._admin.post("sessions", self.name, "scenarios", body=text, file=name)

    def advance(self, by: Span) -> None:
        """Moves the clock on: by seconds, a `timedelta`, or a text such as `"20m"`."""
        if isinstance(by, timedelta):
            by = by.total_seconds()
        self._clock(advance=by if isinstance(by, str) else f"{round(by * 1000)}ms")

    def set_time(self, now: Time) -> None:
        """Sets the clock. It runs on from there, or stands still."""
        if isinstance(now, datetime):
            if now.tzinfo is None:
                raise ValueError(f"{now!r} has no time zone")
            now = now.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
        self._clock(set=now)

    def freeze(self) -> None:
        """Stops the clock."""
        self._clock(freeze=True)

    def resume(self) -> None:
        """Lets a clock that stands still run on."""
        self._clock(resume=True)

    def _clock(self, **order: object) -> None:
        self._admin.post("clock", body={"session": self.name, **order})

    def states(self) -> dict[str, Any]:
        """The named states of the session."""
        value: dict[str, Any] = self._admin.get("sessions", self.name, "states")
        return value

    def set_states(self, states: Mapping[str, Any]) -> None:
        """Sets states and leaves the others alone; `None` takes one away."""
        self._admin.put("sessions", self.name, "states", body=states)

    def put_file(self, path: str, content: bytes | str) -> dict[str, Any]:
        """Puts a file into the world of the session, such as `lin/notes/todo.txt`, with the folders on the way."""
        file: dict[str, Any] = self._admin.post("sessions", self.name, "world", "files", body=content, path=path)
        return file

    def file(self, path: str) -> dict[str, Any]:
        """Id and metadata of a file of the world."""
        file: dict[str, Any] = self._admin.get("sessions", self.name, "world", "files", path=path)
        return file

    def read_file(self, path: str) -> bytes:
        """What a file of the world holds."""
        return self._admin.get_bytes("sessions", self.name, "world", "files", path=path, content="")

    def exchanges(self, operation: str | None = None) -> List[Exchange]:
        """What happened so far, or the calls of an operation, the oldest first."""
        found: List[Exchange] = self._admin.get("exchanges", session=self.name, operation=operation)["exchanges"]
        return found

    def verdict(self) -> Verdict:
        """How the client kept to the contract and to what is expected, so far."""
        return Verdict.read(self._admin.get("verdict", session=self.name, text="true"))

    def check(self) -> None:
        """Raises `VerdictFailed` if the client broke the contract or did not do what is expected."""
        verdict = self.verdict()
        if not verdict.passed:
            raise VerdictFailed(verdict)

    def forget(self) -> None:
        """Begins anew: without calls, states and scenarios of its own."""
        # A session that made no call may not be there.
        self._admin.post("clock", body={"session": self.name, "resume": True})
        self._admin.delete("sessions", self.name)
