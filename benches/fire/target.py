"""The stand-in as an attack sees it: connections, and what was done with them."""

import selectors
import socket
import time
from contextlib import contextmanager

# A listener's queue of the system holds about so many at a time.
AT_ONCE = 200

# How long connecting may take in all.
PATIENCE = 30.0


class Target:
    def __init__(self, host, port):
        self.host, self.port = host, port
        # How often the attack did what it does.
        self.done = 0

    @contextmanager
    def connections(self, count, receive=None):
        """Open connections that never block. They come from several addresses: one has too few ports."""
        connections = []
        try:
            end = time.monotonic() + PATIENCE
            while len(connections) < count:
                wave = [self.begun(len(connections) + place, receive) for place in range(min(AT_ONCE, count - len(connections)))]
                connections += wave
                finish(wave, end)
            yield connections
        finally:
            for connection in connections:
                connection.close()

    def begun(self, number, receive):
        connection = socket.socket()
        if receive is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.bind((f"127.0.0.{2 + number % 200}", 0))
        connection.setblocking(False)
        connection.connect_ex((self.host, self.port))
        return connection


def finish(connections, end):
    """Waits until all of them are connected."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection, selectors.EVENT_WRITE)
        waiting = len(connections)
        while waiting:
            if time.monotonic() > end:
                raise RuntimeError(f"{waiting} connections were not taken within {PATIENCE:g} s")
            for key, _ in selector.select(0.1):
                selector.unregister(key.fileobj)
                waiting -= 1


def send(connection, data):
    """Sends what fits; how much that was. Nothing where the stand-in has closed."""
    try:
        return connection.send(data)
    except BlockingIOError:
        return 0
    except OSError:
        return None


def drain(connection):
    """Reads what is there; whether the stand-in still holds the connection."""
    try:
        while data := connection.recv(1 << 18):
            if len(data) < 1 << 18:
                return True
        return False
    except BlockingIOError:
        return True
    except OSError:
        return False
