"""The faults that clients are measured with, and a few failures with a status that some libraries resend after, too."""

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What the client gets of an answer."""

    NO_STATUS = "no status"
    BROKEN_BODY = "a status, then a body that breaks off"
    ODD = "a whole answer that is odd"
    STATUS = "a failure with a status"


@dataclass(frozen=True)
class Fault:
    # As it is shown: the way it is written in a scenario, without brackets.
    name: str
    kind: Kind
    # The answer of the scenario.
    answer: dict
    # The only version of HTTP that has it.
    http: str | None = None
    # Whether it ends by the timeout of the client.
    slow: bool = False


def fault(name, kind, value=None, **more):
    shown = f"{name}: {value}" if isinstance(value, (str, list)) else name
    return Fault(shown, kind, {"fault": name if value is None else {name: value}}, **more)


def status(number, retry_after=None):
    if retry_after is None:
        return Fault(str(number), Kind.STATUS, {"status": number})
    answer = {"status": number, "headers": {"Retry-After": retry_after}}
    return Fault(f"{number}, Retry-After: {retry_after}", Kind.STATUS, answer, slow=True)


# Pauses are so long that the timeout of the clients, a second, ends within the answer.
FAULTS = [
    fault("reset", Kind.NO_STATUS),
    fault("close", Kind.NO_STATUS),
    fault("hang", Kind.NO_STATUS, slow=True),
    fault("garbage", Kind.NO_STATUS),
    fault("status_line", Kind.NO_STATUS, "garbled"),
    fault("rst_stream", Kind.NO_STATUS, "refused_stream", http="2"),
    fault("rst_stream", Kind.NO_STATUS, "internal_error", http="2"),
    fault("reset_mid_body", Kind.BROKEN_BODY),
    fault("hang_mid_body", Kind.BROKEN_BODY, slow=True),
    fault("truncate", Kind.BROKEN_BODY, "50%"),
    fault("truncate", Kind.BROKEN_BODY, "0%"),
    fault("bad_chunk", Kind.BROKEN_BODY),
    fault("content_length", Kind.ODD, "wrong"),
    fault("content_length", Kind.ODD, "absent"),
    fault("duplicate_header", Kind.ODD, "Content-Type"),
    fault("duplicate_header", Kind.ODD, "Content-Length"),
    fault("huge_header", Kind.ODD, "64KiB"),
    fault("slow_headers", Kind.ODD, "200ms", slow=True),
    fault("early_hints", Kind.ODD, [100], http="1.1"),
    fault("early_hints", Kind.ODD, [102], http="1.1"),
    fault("early_hints", Kind.ODD, [103], http="1.1"),
    fault("bad_json", Kind.ODD),
    fault("content_type", Kind.ODD, "text/html"),
    fault("drip", Kind.ODD, {"bytes_per_second": 200}, slow=True),
    fault("drift", Kind.ODD, {"drop": ["/msg"]}),
    fault("skew", Kind.ODD, "20m"),
    fault("goaway", Kind.ODD),
    status(503),
    status(503, retry_after="1"),
    status(429, retry_after="1"),
    status(408),
]
