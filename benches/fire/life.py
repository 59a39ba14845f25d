"""One session from its first call to its verdict. The client knows what it did; the stand-in has to say the same."""

import json
import random
import socket
import struct

from . import calls, http2

# What a client may do, and what it gets: a status, or nothing where a fault takes the answer.
KINDS = {
    "sound": 200,
    "broken": 400,
    "unknown": 404,
    "error": 400,
    "template": 200,
    "late": 200,
    "reset": None,
    "close": None,
    "truncate": None,
    "http2": 200,
}

ANSWERS = {
    "error": {"error": 13000311},
    "template": {"example": {"msg": "no {{ calls }}"}},
    "late": {"example": {}, "delay": "3ms"},
    "reset": {"fault": "reset"},
    "close": {"fault": "close"},
    "truncate": {"fault": {"truncate": "50%"}},
}

PATIENCE = 20.0


class Wrong(Exception):
    """The stand-in did not do what it should."""


class Life:
    def __init__(self, server, number):
        self.server, self.name = server, f"soak-{number}"
        self.random = random.Random(number)
        self.done = dict.fromkeys(KINDS, 0)
        self.stream = None

    def live(self):
        """Comes, plays its own scenario, calls, is judged and goes; how many calls that were."""
        plan = self.random.choices(list(KINDS), k=self.random.randint(20, 60))
        self.play(sum(kind != "unknown" for kind in plan))
        try:
            for kind in plan:
                self.call(kind)
        finally:
            self.hang_up()
        self.is_judged()
        status, _ = self.server.ask("DELETE", f"/__admin/sessions/{self.name}")
        if status != 204:
            raise Wrong(f"a session goes with status {status}")
        return len(plan)

    def play(self, expected):
        rules = [
            {"operation": "CreateShare", "match": {"body": {"comment": kind}}, "answers": [answer]}
            for kind, answer in ANSWERS.items()
        ]
        expect = [{"operation": "CreateShare", "calls": expected}]
        scenario = json.dumps({"scenario": "life", "rules": rules, "expect": expect})
        status, answer = self.server.ask("PUT", f"/__admin/sessions/{self.name}/scenarios/life", scenario)
        if status != 201:
            raise Wrong(f"a scenario comes with status {status}: {answer}")

    def call(self, kind):
        path = f"/~{self.name}{'/koodrive/unknown' if kind == 'unknown' else calls.PATH}"
        days = 366 if kind == "broken" else 7
        body = b'{"scope":1,"fileIds":["a"],"containerId":"c","validDays":%d,"comment":"%s"}' % (days, kind.encode())
        got = self.on_http2(path, body) if kind == "http2" else self.on_http1(path, body)
        if got != KINDS[kind]:
            raise Wrong(f"a call that is {kind} gets {got}")
        self.done[kind] += 1

    def on_http1(self, path, body):
        if self.stream is None:
            self.stream = self.connect()
        try:
            self.stream.write(calls.post(path, body))
            self.stream.flush()
            answer = calls.read_answer(self.stream)
        except ConnectionError:
            answer = None
        if answer is None or len(answer[1]) < answer[2]:
            self.hang_up()
            return None
        return answer[0]

    def on_http2(self, path, body):
        head = http2.block(path=path)
        call = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, head) + http2.frame(http2.DATA, http2.END_STREAM, 1, body)
        with self.connect() as stream:
            stream.write(http2.PREFACE + http2.settings() + call)
            stream.flush()
            while True:
                size, kind, flags, number = struct.unpack(">IBBI", b"\0" + stream.read(9))
                payload = stream.read(size)
                if number == 1 and flags & http2.END_STREAM and kind in (http2.DATA, http2.HEADERS):
                    return 200
                if kind == http2.RST_STREAM:
                    raise Wrong(f"a stream is reset: {payload}")

    def connect(self):
        connection = socket.create_connection((self.server.host, self.server.port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = connection.makefile("rwb")
        connection.close()
        return stream

    def hang_up(self):
        if self.stream is not None:
            try:
                self.stream.close()
            except OSError:
                pass
        self.stream = None

    def is_judged(self):
        _, verdict = self.server.ask("GET", f"/__admin/verdict?session={self.name}")
        (session,) = verdict["sessions"]
        (expectation,) = session["expectations"]
        said = {
            "calls": session["calls"],
            "broken": session["broken"]["count"],
            "expected calls": expectation["exchanges"]["count"],
            "met": expectation["met"],
        }
        calls_of_operation = sum(self.done.values()) - self.done["unknown"]
        right = {
            "calls": sum(self.done.values()),
            "broken": self.done["broken"] + self.done["unknown"],
            "expected calls": calls_of_operation,
            "met": True,
        }
        if said != right:
            raise Wrong(f"the verdict says {said}, and it was {right}")
