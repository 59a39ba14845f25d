"""Runs the attacks one by one and holds the stand-in to its bounds."""

import time
from dataclasses import dataclass

from . import standin
from .attacks import ALL
from .neighbour import Neighbour, percentile
from .target import Target

# What a normal client may wait at most, in 99 of 100 calls: milliseconds.
SLOWEST = 100

# How long the stand-in may take to notice that the attack is over.
RECOVERY = 20.0

OPTIONS = ["--max-connections", "20000", "--journal", "16"]


@dataclass
class Row:
    name: str
    done: str
    p50: float = 0.0
    p99: float = 0.0
    calls: int = 0
    peak: float = 0.0
    after: float = 0.0
    descriptors: int = 0
    broken: tuple = ()


def run(args):
    if not args.understudy.exists():
        return f"{args.understudy} is not there: cargo build --profile dist, or another PATH"
    most = standin.allow_descriptors()
    chosen = [attack for attack in ALL if not args.only or any(word in attack.name for word in args.only)]
    seconds = 0.5 if args.short else 6.0
    print(HEAD)
    rows = [quiet(args.understudy, seconds)]
    print(line(rows[0]), flush=True)
    for attack in chosen:
        size = min(attack.short if args.short else attack.size, most - 500)
        rows.append(under(attack, size, args.understudy, seconds))
        print(line(rows[-1]), flush=True)
    broken = [f"{row.name}: {what}" for row in rows for what in row.broken]
    for what in broken:
        print(what)
    print(f"{len(rows) - len({row.name for row in rows if row.broken})} passed, {len(broken)} bounds broken")
    return 1 if broken else 0


def quiet(program, seconds):
    """The same client beside nobody."""
    with standin.started(program, *OPTIONS) as server:
        neighbour = Neighbour(server.host, server.port)
        time.sleep(seconds)
        times, failed = neighbour.seen()
        row = Row("(nobody)", "", peak=server.peak(), after=server.memory(), descriptors=0)
        return judged(row, times, failed)


def under(attack, size, program, seconds):
    with standin.started(program, *OPTIONS) as server:
        before, memory = server.descriptors(), server.memory()
        target = Target(server.host, server.port)
        neighbour = Neighbour(server.host, server.port)
        attacking = attack.run(target, size)
        try:
            next(attacking)
            end = time.monotonic() + seconds
            while time.monotonic() < end and server.lives():
                next(attacking)
        finally:
            attacking.close()
        times, failed = neighbour.seen()
        row = Row(attack.name, f"{target.done} {attack.unit}", peak=server.peak())
        if not server.lives():
            row.broken = ("the stand-in ended",)
            return judged(row, times, failed)
        row.descriptors = settled(server, before) - before
        server.ask("DELETE", "/__admin/exchanges")
        row.after = server.memory()
        if target.done == 0:
            row.broken += ("the attack did nothing",)
        if row.peak > attack.memory:
            row.broken += (f"{row.peak:.0f} MB of memory, and {attack.memory} are allowed",)
        if row.after > memory + attack.left:
            row.broken += (f"{row.after:.0f} MB afterwards, {memory:.0f} before",)
        if row.descriptors > 0:
            row.broken += (f"{row.descriptors} descriptors are still open",)
        return judged(row, times, failed)


def settled(server, before):
    """Waits until the connections are gone; how many descriptors are open then."""
    end = time.monotonic() + RECOVERY
    while (now := server.descriptors()) > before and time.monotonic() < end:
        time.sleep(0.05)
    return now


def judged(row, times, failed):
    row.calls = len(times)
    row.p50, row.p99 = (1000 * percentile(times, share) for share in (0.5, 0.99))
    if failed:
        row.broken += (f"{failed} of the normal client's calls failed",)
    if row.p99 > SLOWEST:
        row.broken += (f"a normal client waits {row.p99:.0f} ms, and {SLOWEST} are allowed",)
    return row


HEAD = (
    "beside                            a normal client's calls, p50 and p99 in ms   MB at most, after   descriptors left\n"
    "--------------------------------  -------------------------------------------   -----------------   ----------------"
)


def line(row):
    times = f"{row.calls:>21} {row.p50:>10.2f} {row.p99:>10.2f}"
    return f"{row.name:<32}  {times}   {row.peak:>8.0f} {row.after:>8.0f}   {row.descriptors:>16}   {row.done}"
