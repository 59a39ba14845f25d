"""What the app was told of a call."""

import base64
import re
from dataclasses import dataclass

# How what was seen begins.
WHOLE = "whole"
ERROR = "error"
TIMEOUT = "timeout"

TIMED_OUT = re.compile(r"time(d )?.?out|deadline exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """A line of a client's program."""

    number: int
    what: str
    status: str
    head: str
    body: bytes


def report(line):
    number, what, status, head, body = line.rstrip("\n").split("\t")
    return Report(int(number), what, status, base64.b64decode(head).decode("utf-8", "replace"), base64.b64decode(body))


def seen(report, body, kind="application/json"):
    """In words: an error, or what the answer was taken for. `body` and `kind` are what the stand-in meant to say."""
    if report.status == "never":
        return "never ends"
    if report.status == "error":
        late = TIMED_OUT.search(report.head) or TIMED_OUT.search(report.body.decode("utf-8", "replace"))
        return f"{TIMEOUT if late else ERROR} {report.head}"
    if report.status != "200":
        return f"status {report.status}"
    return body_seen(report.body, body) + kind_seen(report.head, kind)


def body_seen(body, meant):
    if body == meant:
        return WHOLE
    if meant.startswith(body):
        return "cut" if body else "empty"
    return "other"


def kind_seen(head, meant):
    """What is odd about the content type, as the library shows it. Twice the same is not."""
    fields = (line.split(": ", 1) for line in head.splitlines() if ": " in line)
    kinds = [value for name, value in fields if name.lower() == "content-type"]
    return "" if kinds and set(kinds) == {meant} else f" as {' and '.join(kinds) or 'nothing'}"
