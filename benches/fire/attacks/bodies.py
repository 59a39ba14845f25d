"""Bodies that are large, or dear to judge."""

import selectors
import time

from .. import calls
from ..target import drain, send

MB = 1 << 20

# What a body may have at most.
LARGEST = 11 * MB

PARAMETERS = "/m-open/1/org/create"
FORM = [("content-type", "application/x-www-form-urlencoded")]


def held(target, count):
    """Bodies whose last byte does not come."""
    head = calls.post(body=b"", length=LARGEST)
    piece = b" " * MB
    with target.connections(count) as connections:
        left = dict.fromkeys(connections, LARGEST - 1)
        for connection in connections:
            send(connection, head)
        sent = 0
        while True:
            for connection, wanted in list(left.items()):
                part = send(connection, piece[:wanted]) if wanted else 0
                if part is None:
                    del left[connection]
                else:
                    left[connection] -= part
                    sent += part
            target.done = sent // MB
            yield
            time.sleep(0.01)


def long_name(target, count):
    """A name of a megabyte, above a thousand repeated keys."""
    return over_and_over(target, count, b'{"' + b"n" * MB + b'":{' + b'"a":1,' * 1_000 + b'"a":1}}')


def wrong_items(target, count):
    return over_and_over(target, count, b'{"fileIds":[' + b"1," * (2 * MB) + b"1]}")


def many_keys(target, count):
    return over_and_over(target, count, b"{" + b",".join(b'"k%d":1' % key for key in range(900_000)) + b"}")


def equal_parameters(target, count):
    return over_and_over(target, count, b"a=1&" * 1_000_000, path=PARAMETERS, more=FORM)


def over_and_over(target, count, body, **how):
    """The same body on each connection, again as soon as it is answered."""
    if how:
        call = calls.post(body=body, **how).replace(b"content-type: application/json\r\n", b"")
    else:
        call = calls.post(body=body)
    with target.connections(count) as connections, selectors.DefaultSelector() as selector:
        left = {}
        for connection in connections:
            left[connection] = memoryview(call)
            selector.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while True:
            for key, events in selector.select(0.05):
                connection = key.fileobj
                if events & selectors.EVENT_WRITE and left[connection]:
                    left[connection] = left[connection][send(connection, left[connection][:MB]) or 0 :]
                    if not left[connection]:
                        selector.modify(connection, selectors.EVENT_READ)
                elif events & selectors.EVENT_READ:
                    if not drain(connection):
                        selector.unregister(connection)
                        continue
                    target.done += 1
                    left[connection] = memoryview(call)
                    selector.modify(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
            yield
