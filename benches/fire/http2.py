"""HTTP/2 as frames: what no library would send."""

import struct

from . import calls

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS = 1, 4
INITIAL_WINDOW_SIZE = 4
CANCEL = 8


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def settings(**values):
    names = {"window": INITIAL_WINDOW_SIZE}
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", names[name], value) for name, value in values.items()))


def integer(value, bits, first=0):
    """A number as HPACK writes it."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([first | value])
    written, value = [first | most], value - most
    while value >= 128:
        written.append(value % 128 + 128)
        value //= 128
    return bytes([*written, value])


def literal(name, value, indexed=False):
    """A header field without Huffman; an indexed one stays in the table of the connection."""
    texts = b"".join(integer(len(text), 7) + text for text in (name, value))
    return (b"\x40" if indexed else b"\x00") + texts


def block(method="POST", path=calls.PATH):
    """The head of a call."""
    pseudo = [(":method", method), (":scheme", "http"), (":authority", "127.0.0.1"), (":path", path)]
    fields = [*pseudo, *[field for field in calls.HEADERS if field[0] != "host"]]
    return b"".join(literal(name.encode(), value.encode()) for name, value in fields)


def reset(stream):
    return frame(RST_STREAM, stream=stream, payload=struct.pack(">I", CANCEL))
