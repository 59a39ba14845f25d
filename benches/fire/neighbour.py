"""A normal client, in a process of its own: it calls every few milliseconds and takes the time of each call."""

import multiprocessing
import socket
import time

from . import calls

PAUSE = 0.004

# One call in so many comes on a connection of its own.
FRESH = 10

# A call that takes longer has failed.
PATIENCE = 10.0


class Neighbour:
    """Calls until it is asked what it saw."""

    def __init__(self, host, port):
        # The other process must not inherit the connections of an attack.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=call_on, args=(host, port, theirs), daemon=True)
        self.process.start()
        theirs.close()
        self.pipe.recv()

    def seen(self):
        """The times of all calls in seconds, in order, and how many failed."""
        self.pipe.send(None)
        times, failed = self.pipe.recv()
        self.process.join()
        return sorted(times), failed


def percentile(times, share):
    return times[int((len(times) - 1) * share)] if times else float("inf")


def call_on(host, port, pipe):
    call, times, failed, stream = calls.post(), [], 0, None
    pipe.send(None)
    while not pipe.poll(PAUSE):
        start = time.monotonic()
        try:
            if stream is None or (len(times) + failed) % FRESH == 0:
                stream = renewed(stream, host, port)
            stream.write(call)
            stream.flush()
            status = calls.read_answer(stream)
            if status is None or status[0] != 200:
                raise OSError(f"answered {status}")
            times.append(time.monotonic() - start)
        except OSError:
            failed += 1
            stream = None
    pipe.send((times, failed))


def renewed(stream, host, port):
    if stream is not None:
        stream.close()
    connection = socket.create_connection((host, port), timeout=PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    stream = connection.makefile("rwb")
    connection.close()
    return stream
