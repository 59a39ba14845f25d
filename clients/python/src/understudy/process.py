"""A stand-in as a process: it ends with this one, however that ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import IO, Sequence

from .errors import NotStarted, WrongScenario

# Seconds for a start on a machine that is busy with many of them, and for an end.
START = 60.0
END = 10.0

# From the end of its connections to its own.
MOMENT = 2.0

# What is shown of the log.
_LINES = 20
_BYTES = 64 << 10

_WRONG_FILES = 3


class Process:
    """Runs `understudy serve`. Its standard input is a pipe that only this process holds: when that closes, the server stops."""

    def __init__(self, binary: Path, options: Sequence[str]) -> None:
        # Both ends have a place of their own in the file, which has no name any more once both are open.
        written, name = tempfile.mkstemp(prefix="understudy-", suffix=".log")
        self._log: IO[bytes] = open(name, "rb")
        with contextlib.suppress(PermissionError):
            os.unlink(name)
        self._command = [os.fspath(binary), "serve", "--until-eof", *options]
        try:
            self._child = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=written,
                # Ctrl-C is for the tests, which still have something to ask the server then.
                start_new_session=True,
            )
        except OSError as error:
            self._log.close()
            raise NotStarted(f"cannot run `{binary}`: {error.strerror or error}") from None
        finally:
            os.close(written)
        try:
            self.url = self._announced()
        except BaseException:
            self.stop()
            raise

    def _announced(self) -> str:
        """The first line of its output."""
        assert self._child.stdout is not None
        patience = threading.Timer(START, self._child.kill)
        patience.daemon = True
        patience.start()
        try:
            line = self._child.stdout.readline()
        finally:
            patience.cancel()
        if line:
            return line.decode().strip()
        status = self._child.wait()
        if status == _WRONG_FILES:
            raise WrongScenario(self.log())
        raise NotStarted(self._told(f"the stand-in {_ended(status)} before it listened"))

    def obituary(self) -> str | None:
        """What is said when it is not there any more; nothing while it is."""
        try:
            # The connection may be gone a moment before the process is.
            status = self._child.wait(MOMENT)
        except subprocess.TimeoutExpired:
            return None
        return self._told(f"the stand-in {_ended(status)} while it was needed")

    def _told(self, what: str) -> str:
        log = "\n".join(f"    {line}" for line in self.log().splitlines())
        return f"{what}: {' '.join(self._command)}\nthe last lines of its log:\n{log or '    (none)'}"

    def log(self) -> str:
        """The last lines of its log."""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - _BYTES))
        text = self._log.read()
        lines = text.decode(errors="replace").rstrip().splitlines()
        return "\n".join(lines[-_LINES:])

    def stop(self) -> None:
        """Ends it and waits for that."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._child.wait(END)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._log.close()


def _ended(status: int) -> str:
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
