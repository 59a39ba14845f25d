"""A stand-in of its own on a free port, and what the system says of its process."""

import http.client
import json
import os
import resource
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

START = 10.0


class StandIn:
    def __init__(self, server, address):
        self.server = server
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.process = Path(f"/proc/{server.pid}")

    def ask(self, method, path, body=None, timeout=60):
        """An admin call: the status, and the answer if it has one."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        finally:
            connection.close()

    def lives(self):
        return self.server.poll() is None

    def memory(self):
        """Megabytes of memory that are resident now."""
        return self.status("VmRSS") / 1024

    def peak(self):
        """The most megabytes that ever were."""
        return self.status("VmHWM") / 1024

    def threads(self):
        return self.status("Threads")

    def descriptors(self):
        return len(list((self.process / "fd").iterdir())) if self.lives() else 0

    def status(self, name):
        if not self.lives():
            return 0
        for line in (self.process / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
        return 0


def allow_descriptors():
    """As many as the system lets us have: a connection is one here and one in the stand-in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@contextmanager
def started(program, *options, quiet=True):
    """A server whose authority for certificates goes with it."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "address"
        words = [program, "--listen", "127.0.0.1:0", "--address-file", file, *(["--quiet"] if quiet else []), *options]
        env = {**os.environ, "XDG_DATA_HOME": folder}
        server = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield StandIn(server, address_of(server, file))
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def address_of(server, file):
    end = time.monotonic() + START
    while not file.exists():
        if server.poll() is not None:
            raise RuntimeError(f"the stand-in ended with status {server.returncode}")
        if time.monotonic() > end:
            raise RuntimeError(f"the stand-in took no calls within {START:g} s")
        time.sleep(0.02)
    return file.read_text().strip()
