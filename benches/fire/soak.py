"""Clients in sessions that come and go, while somebody replaces scenarios and somebody else looks whether anything grows."""

import itertools
import json
import threading
import time

from . import samples, standin
from .life import Life
from .samples import Sample

# A journal that is full before the figures count.
OPTIONS = ["--journal", "8", "--max-sessions", "64"]

REPLACED = 0.25


class Soak:
    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.sessions = self.calls = self.replaced = 0
        self.wrong = []

    def client(self):
        while not self.over.is_set():
            with self.lock:
                number = next(self.numbers)
            try:
                calls = Life(self.server, number).live()
            except Exception as error:  # Whatever it was, the soak is over and says so.
                self.wrong.append(f"session {number}: {error or type(error).__name__}")
                self.over.set()
                return
            with self.lock:
                self.sessions += 1
                self.calls += calls

    def replace(self):
        """Another scenario of the same name, again and again. It answers what no client of ours calls."""
        for number in itertools.count():
            if self.over.wait(REPLACED):
                return
            rules = [{"operation": "BatchCancel", "answers": [{"status": 503, "headers": {"x-number": str(number)}}]}]
            scenario = json.dumps({"scenario": "replaced", "rules": rules * (1 + number % 50)})
            status, answer = self.server.ask("PUT", "/__admin/scenarios/replaced", scenario)
            if status not in (200, 201):
                self.wrong.append(f"a scenario is replaced with status {status}: {answer}")
            self.replaced += 1


def run(args):
    if not args.understudy.exists():
        return f"{args.understudy} is not there: cargo build --profile dist, or another PATH"
    standin.allow_descriptors()
    with standin.started(args.understudy, *OPTIONS) as server:
        soak, taken = Soak(server), []
        threads = [threading.Thread(target=soak.client) for _ in range(args.clients)]
        threads.append(threading.Thread(target=soak.replace))
        start = time.monotonic()
        for thread in threads:
            thread.start()
        print("second     calls  sessions  scenarios     MB  descriptors  threads")
        step = max(1.0, args.seconds / 60)
        while not soak.over.wait(step) and server.lives():
            sample = Sample(time.monotonic() - start, server.memory(), server.descriptors(), server.threads())
            taken.append(sample)
            print(
                f"{sample.second:>6.0f} {soak.calls:>9} {soak.sessions:>9} {soak.replaced:>10} {sample.memory:>6.1f}"
                f" {sample.descriptors:>12} {sample.threads:>8}",
                flush=True,
            )
            if sample.second >= args.seconds:
                soak.over.set()
        soak.over.set()
        for thread in threads:
            thread.join()
        return judged(soak, server, samples.growth(taken, settled=min(60.0, args.seconds / 5)))


def judged(soak, server, grown):
    wrong = soak.wrong + grown
    if not server.lives():
        wrong.append("the stand-in ended")
    elif not soak.wrong:
        _, health = server.ask("GET", "/__admin/health")
        if health["exchanges"] != soak.calls:
            wrong.append(f"the stand-in counted {health['exchanges']} calls, and {soak.calls} were made")
        _, sessions = server.ask("GET", "/__admin/sessions")
        if len(sessions["sessions"]) != 1:
            wrong.append(f"{len(sessions['sessions'])} sessions are left, and one should be")
    for what in wrong:
        print(what)
    print(f"{soak.calls} calls in {soak.sessions} sessions, {soak.replaced} scenarios replaced: {'failed' if wrong else 'passed'}")
    return 1 if wrong else 0
