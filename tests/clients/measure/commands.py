"""The forms of the command."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from . import record, tables
from .clients import CLIENTS, available
from .install import Place
from .measure import Broken, measure
from .results import Results

# Clients that are measured side by side: most of the time they wait.
SIDE_BY_SIDE = 2

QUICK = ("urllib3", "requests", "curl")


def run(args):
    if args.docs:
        return tables.write(record.load())
    if args.check:
        return tables.check(record.load())
    if not args.understudy.exists():
        return f"{args.understudy} is not there: cargo build --release, or --understudy PATH"
    if args.quick:
        return quick(args)
    return full(args)


def full(args):
    names = args.client or [""]
    clients = [client for client in CLIENTS if client.library.lower().startswith(tuple(name.lower() for name in names))]
    found = measured(clients, args)
    for entry in found.skipped:
        print(f"skipped {entry['client']}: {entry['reason']}")
    if args.client:
        for (client, *key), cell in found.cells.items():
            if cell.resends:
                print(client, *key, record.shown(cell), sep="  ")
        return 0
    record.save(found)
    return tables.write(found)


def quick(args):
    """Whether the requests that reach the stand-in are as many as results.json says."""
    args.passes = 1
    found = measured([client for client in CLIENTS if client.library in QUICK], args)
    wrong = [f"{entry['client']}: {entry['reason']}" for entry in found.skipped]
    wrong += differences(record.load(), found)
    for line in wrong:
        print(line)
    print(f"{max(0, len(found.cells) - len(wrong))} passed, {len(wrong)} failed")
    return 1 if wrong else 0


def differences(recorded, now):
    for (client, fault, method, connection), cell in now.cells.items():
        before = recorded.cells.get((client, fault, method, connection))
        for name in ("once", "always"):
            counts = getattr(cell, name)
            expected = getattr(before, name) if before else []
            if not set(counts) <= set(expected):
                case = f"{client}, {fault} {name}, {method}, {connection} connection"
                yield f"{case}: {counts} requests, not {expected}"


def measured(clients, args):
    told = subprocess.run([args.understudy, "--version"], capture_output=True, text=True, check=True)
    ready, skipped = available(Place(args.work), clients)
    found = Results(told.stdout.split()[-1], [], skipped, {})

    def one(entry):
        client, started = entry
        start = time.monotonic()
        try:
            outcomes, first, spoilt = measure(
                client, started.command, args.understudy, args.passes, slow=not args.quick
            )
        except Broken as reason:
            return skipped.append({"client": client.name, "reason": str(reason)})
        print(f"{client.name} {started.version}: {time.monotonic() - start:.1f} s", file=sys.stderr)
        for case in spoilt:
            print(f"  left out: {case.fault.name}, {case.method}, {case.connection} connection", file=sys.stderr)
        return client, started, outcomes, first

    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        for client, started, outcomes, first in filter(None, threads.map(one, ready)):
            found.add(client, started, outcomes, first)
    return found
