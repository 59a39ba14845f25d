"""What a program is told, and how it says what it saw.

A program reads one plan a line from standard input, fields separated by tabs:

    id  method  before  count  url  after  body

It makes a client, and with it `count` calls of `before` side by side, which leave as many idle connections; then the call
that is measured; then one of `after`. For each call it prints a line when it ended:

    id  before|call|after  STATUS  headers                   body
    id  before|call|after  error   the class of the error    its message

The last two fields are base64. Headers are lines `name: value` as the library shows them.
"""

import base64
import sys
import threading
from typing import NamedTuple

TIMEOUT = 1.0

LINES = threading.Lock()


class Plan(NamedTuple):
    id: str
    method: str
    before: str
    count: int
    url: str
    after: str
    body: bytes | None

    @property
    def headers(self):
        return {"Content-Type": "application/json"} if self.body is not None else {}


def plans():
    for line in sys.stdin:
        id, method, before, count, url, after, body = line.rstrip("\n").split("\t")
        yield Plan(id, method, before, int(count), url, after, body.encode() if body else None)


def say(plan, what, status, head, body):
    fields = (plan.id, what, str(status), encoded(head), encoded(body))
    with LINES:
        print("\t".join(fields), flush=True)


def encoded(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def answer(plan, what, status, headers, body):
    say(plan, what, status, "\n".join(f"{name}: {value}" for name, value in headers), body)


def error(plan, what, problem):
    kind = type(problem)
    name = getattr(problem, "shown", f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins."))
    say(plan, what, "error", name, str(problem))


def attempt(plan, what, url, call):
    try:
        answer(plan, what, *call(url, plan))
    except Exception as problem:
        error(plan, what, problem)


def run(client):
    """`client()` is a new client with `call(url, plan) -> (status, headers, body)` and `close()`."""
    for plan in plans():
        here = client()
        threads = [
            threading.Thread(target=attempt, args=(plan, "before", plan.before, here.call)) for _ in range(plan.count)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        attempt(plan, "call", plan.url, here.call)
        attempt(plan, "after", plan.after, here.call)
        here.close()
