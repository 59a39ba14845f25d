"""Calls that the contract takes, as bytes."""

SHARE = b'{"scope":1,"fileIds":["a"],"containerId":"c","validDays":7}'
PATH = "/koodrive/ose/v1/share"

HEADERS = [
    ("host", "127.0.0.1"),
    ("authorization", "Bearer 0123456789abcdef"),
    ("x-user-id", "1505084218764547200"),
    ("x-date", "20260102T030405Z"),
    ("content-type", "application/json"),
]


def get(path):
    """A request without a body."""
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in HEADERS)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def post(path=PATH, body=SHARE, length=None, more=()):
    """A request whose length may be another one than that of its body."""
    lines = [f"POST {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in [*HEADERS, *more] if value is not None]
    lines.append(f"content-length: {len(body) if length is None else length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_answer(stream):
    """The next answer on a buffered stream: its status, its body, and how long that should be. Nothing at the end of the stream."""
    line = stream.readline()
    if not line:
        return None
    length = 0
    while (header := stream.readline()) not in (b"\r\n", b""):
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return int(line.split()[1]), stream.read(length), length
