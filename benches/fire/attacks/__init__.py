"""Every attack. One is a generator: it sets itself up until its first `yield`, does a little more up to each one after it, and cleans up
when it is closed."""

from collections.abc import Callable
from dataclasses import dataclass

from . import bodies, connections, frames


@dataclass(frozen=True)
class Attack:
    name: str
    run: Callable
    # How many connections, or what `run` takes as its size, in full and in short.
    size: int
    short: int
    # The most megabytes that the stand-in may take.
    memory: int
    # What `Target.done` counts.
    unit: str
    # The most megabytes that may be left when it is over and forgotten. An allocator keeps some of what it was given back.
    left: int = 64


# glibc keeps pieces of megabytes, too, once it was given such ones back: in holes of the arena of each thread that serves.
AFTER_LARGE_PIECES = 128


ALL = [
    Attack("idle connections", connections.idle, 10_000, 2_000, 160, "connections"),
    Attack("slow heads", connections.slow_heads, 5_000, 1_000, 128, "bytes"),
    Attack("readers that do not read", connections.silent_readers, 1_000, 200, 160, "answers asked for"),
    Attack("held bodies", bodies.held, 150, 40, 384, "MB sent", AFTER_LARGE_PIECES),
    Attack("rapid reset", frames.rapid_reset, 4, 2, 128, "streams"),
    Attack("CONTINUATION flood", frames.continuation, 4, 2, 128, "frames"),
    Attack("SETTINGS flood", frames.settings, 4, 2, 128, "frames"),
    Attack("PING flood", frames.ping, 4, 2, 128, "frames"),
    Attack("HPACK bomb", frames.bomb, 4, 2, 160, "streams"),
    Attack("zero windows", frames.zero_windows, 100, 20, 160, "streams"),
    Attack("a long name above repeated keys", bodies.long_name, 2, 2, 256, "bodies", AFTER_LARGE_PIECES),
    Attack("numbers where texts are wanted", bodies.wrong_items, 2, 2, 256, "bodies", AFTER_LARGE_PIECES),
    Attack("a million keys", bodies.many_keys, 2, 2, 256, "bodies", AFTER_LARGE_PIECES),
    Attack("a million equal parameters", bodies.equal_parameters, 2, 2, 256, "bodies", AFTER_LARGE_PIECES),
]
