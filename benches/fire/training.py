"""What users do, over and over: the calls by which a compiler learns what is hot."""

import json
import socket
import ssl
from pathlib import Path
from types import SimpleNamespace

from . import calls, soak, standin

BENCHES = Path(__file__).resolve().parent.parent
CONNECTIONS = 16
ROUNDS = 2000
SECURE_ROUNDS = 200
WORLD_ROUNDS = 100

# How a stand-in is started for the calls that count most, and what is said of it.
STAGES = {
    "the documented example": [],
    "a scripted answer": ["--scenario", BENCHES / "scripted.yaml"],
    "templates": ["--scenario", BENCHES / "templated.yaml"],
}


def run(program, seconds):
    for stage, options in STAGES.items():
        with standin.started(program, *options, quiet=False) as server, Crowd(server, CONNECTIONS) as crowd:
            for _ in range(ROUNDS):
                crowd.call(calls.post())
        print(f"{ROUNDS * CONNECTIONS} calls that get {stage}", flush=True)
    with standin.started(program, "--tls", "self-signed") as server, Crowd(server, CONNECTIONS, secure=True) as crowd:
        for _ in range(SECURE_ROUNDS):
            crowd.call(calls.post())
    print(f"{SECURE_ROUNDS * CONNECTIONS} calls over https", flush=True)
    with standin.started(program, "--world", "--auth", "off", quiet=False) as server, Crowd(server, 1) as crowd:
        print(f"{visit(crowd)} calls on a world", flush=True)
    # What is rarer has to be seen, too, or it is taken for what never runs.
    return soak.run(SimpleNamespace(understudy=program, seconds=seconds, clients=4))


class Crowd:
    """Connections that all make the same call."""

    def __init__(self, server, size, secure=False):
        self.streams = []
        # Whom it speaks to it has started itself.
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if secure else None
        if tls:
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        for _ in range(size):
            connection = socket.create_connection((server.host, server.port), timeout=standin.START)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with tls.wrap_socket(connection) if tls else connection as connection:
                self.streams.append(connection.makefile("rwb"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for stream in self.streams:
            stream.close()

    def call(self, request):
        """The body of the last answer."""
        for stream in self.streams:
            stream.write(request)
            stream.flush()
        for stream in self.streams:
            answer = calls.read_answer(stream)
            if answer is None or answer[0] != 200:
                raise RuntimeError(f"a call got {answer}")
        return answer[1]


def visit(crowd):
    """Folders are made, renamed and listed; how many calls that were."""
    made = 0

    def call(path, **body):
        nonlocal made
        made += 1
        return json.loads(crowd.call(calls.post(f"/koodrive/ose/v1/{path}", json.dumps(body).encode())))

    user = dict(calls.HEADERS)["x-user-id"]
    space = json.loads(crowd.call(calls.get(f"/koodrive/ose/v1/space/{user}?type=1")))["data"]["containerId"]
    for number in range(WORLD_ROUNDS):
        folder = call("directory", containerId=space, fileName=f"folder {number}", fileType="10")["id"]
        call(f"files/rename/{folder}", containerId=space, name=f"renamed {number}", renameMode=2)
        call(f"files/{folder}/detail", containerId=space)
        call("files/0", containerId=space, parentFileId="root", pageInfo={"pageSize": 100})
    return made + 1
