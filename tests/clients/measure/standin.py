"""A stand-in of its own for each client, and what its admin API says."""

import json
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

START = 10.0

# Those that the clients call.
OPERATIONS = ["GetShareInfo", "BatchCancel"]


class StandIn:
    def __init__(self, address):
        self.address = address

    def url(self, session, path):
        return f"http://{self.address}/~{session}{path}"

    def ask(self, method, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def play(self, session, answers, then="stay"):
        """Plays answers to every call of one session."""
        rule = {"operation": OPERATIONS, "answers": answers, "then": then}
        self.ask("PUT", f"/__admin/sessions/{session}/scenarios/measured", {"scenario": "measured", "rules": [rule]})

    def exchanges(self):
        """All exchanges, by session, in the order in which they came."""
        by_session = {}
        for exchange in self.ask("GET", "/__admin/exchanges")["exchanges"]:
            by_session.setdefault(exchange["session"], []).append(exchange)
        return by_session

    def example(self, method, path, body):
        """The sound answer."""
        data = body.encode() if body else None
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(self.url("example", path), data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()


@contextmanager
def started(program: Path):
    with TemporaryDirectory() as folder:
        file = Path(folder) / "address"
        words = [program, "--listen", "127.0.0.1:0", "--address-file", file, "--quiet"]
        words += ["--auth", "off", "--profile", "lenient", "--journal", "256", "--max-sessions", "10000"]
        server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield StandIn(address_of(server, file))
        finally:
            server.terminate()
            server.wait(timeout=20)


def address_of(server, file):
    end = time.monotonic() + START
    while not file.exists():
        if server.poll() is not None:
            raise RuntimeError(f"the stand-in ended with status {server.returncode}")
        if time.monotonic() > end:
            raise RuntimeError(f"the stand-in took no calls within {START:g} s")
        time.sleep(0.02)
    return file.read_text().strip()
