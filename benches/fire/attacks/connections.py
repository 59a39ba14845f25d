"""Many connections that do next to nothing."""

import itertools
import time

from .. import calls
from ..target import send


def idle(target, count):
    with target.connections(count) as connections:
        target.done = len(connections)
        while True:
            yield
            time.sleep(0.05)


def slow_heads(target, count):
    """A byte of a head now and then, and never its end."""
    with target.connections(count) as connections:
        yield
        for byte in itertools.cycle(b"GET /koodrive/ose/v1/share?a=" + b"a" * 100):
            for connection in connections:
                target.done += send(connection, bytes([byte])) or 0
            yield
            time.sleep(0.3)


def silent_readers(target, count):
    """Large answers that nobody reads. The journal makes them: it has some calls with a body of 100 KB."""
    for _ in range(40):
        with target.connections(1) as (connection,):
            connection.setblocking(True)
            connection.settimeout(10)
            connection.sendall(calls.post(body=calls.SHARE[:-1] + b',"comment":"' + b"x" * 100_000 + b'"}'))
            connection.recv(100)
    with target.connections(count, receive=4096) as connections:
        for connection in connections:
            send(connection, b"GET /__admin/exchanges HTTP/1.1\r\nhost: a\r\n\r\n")
            target.done += 1
        while True:
            yield
            time.sleep(0.05)
