"""A stand-in of one's own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import List, Sequence, Union

from . import binary as program
from .admin import Admin
from .aio import AsyncUnderstudy
from .errors import NotStarted
from .exchange import Exchange
from .process import Process
from .scenario import Scenario, is_text, read
from .session import Session
from .verdict import Verdict

World = Union[bool, str, "os.PathLike[str]"]

_LONGEST_NAME = 100


class Understudy(Session):
    """A running stand-in with a port of its own, and the session `default` of it.

        with Understudy(scenario="space-is-full.yaml") as api:
            my_client(api.url).share()

    At the end of the block a broken contract or an expectation that was not met raises `VerdictFailed`, unless `judge=False`. So
    does a stand-in that nobody called, unless `allow_empty=True`. `async with` gives the same with methods to be awaited.
    """

    def __init__(
        self,
        *,
        scenario: Scenario | Sequence[Scenario] = (),
        world: World = False,
        options: Sequence[str] = (),
        listen: str = "127.0.0.1:0",
        judge: bool = True,
        allow_empty: bool = False,
        binary: str | os.PathLike[str] | None = None,
    ) -> None:
        self._scenarios: Sequence[Scenario] = [scenario] if isinstance(scenario, (str, os.PathLike)) else list(scenario)
        self._arguments = ["--listen", listen, *options]
        if world is True:
            self._arguments.append("--world")
        elif world is not False:
            self._arguments.append(f"--world={os.fspath(world)}")
        if allow_empty:
            self._arguments.append("--allow-empty")
        self._judge = judge
        self._binary = None if binary is None else Path(binary)
        self._process: Process | None = None

    def start(self) -> Understudy:
        """Starts it. Raises `NotFound`, `NotStarted` or `WrongScenario`."""
        if self._process is not None:
            return self
        files = [os.fspath(scenario) for scenario in self._scenarios if not is_text(scenario)]
        options = [word for file in files for word in ("--scenario", file)]
        process = Process(self.binary, [*self._arguments, *options])
        try:
            admin = Admin(process)
            for text in (read(scenario) for scenario in self._scenarios if is_text(scenario)):
                admin.post("scenarios", body=text.text, file=text.name)
        except BaseException:
            process.stop()
            raise
        super().__init__(admin, process.url, "default")
        self.url = process.url
        self._process = process
        return self

    def stop(self) -> None:
        """Stops it. Nothing is left behind."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    @property
    def binary(self) -> Path:
        """The program that is run."""
        return self._binary or program.find()

    def session(self, name: str) -> Session:
        """The session of a name, for tests that share the stand-in. Characters that no name can have become `-`, and a long one is cut."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "-", name) or "-"
        if len(plain) > _LONGEST_NAME:
            plain = f"{hashlib.sha256(name.encode()).hexdigest()[:12]}-{plain[-(_LONGEST_NAME - 13) :]}"
        return Session(self._admin, self.url, plain)

    def credentials(self) -> dict[str, str]:
        """The built-in test credentials, such as `UNDERSTUDY_KOODRIVE_TOKEN`."""
        command = [os.fspath(self.binary), "credentials", "--format", "json"]
        told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if told.returncode != 0:
            raise NotStarted(f"`{' '.join(command)}` ended with status {told.returncode}: {told.stderr.decode(errors='replace')}")
        pairs: dict[str, str] = json.loads(told.stdout)
        return pairs

    def log(self) -> str:
        """The last lines that it wrote."""
        return "" if self._process is None else self._process.log()

    def exchanges(self, operation: str | None = None) -> List[Exchange]:
        """What happened so far in all sessions."""
        found: List[Exchange] = self._admin.get("exchanges", operation=operation)["exchanges"]
        return found

    def verdict(self) -> Verdict:
        """How the clients of all sessions did so far."""
        return Verdict.read(self._admin.get("verdict", text="true"))

    def __enter__(self) -> Understudy:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None and self._judge:
                self.check()
        finally:
            self.stop()

    async def __aenter__(self) -> AsyncUnderstudy:
        return await AsyncUnderstudy.start(self)

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await AsyncUnderstudy.end(self, kind, error, trace)
