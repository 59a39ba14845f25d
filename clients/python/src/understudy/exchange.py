"""A call and its answer, as the journal has them."""

from __future__ import annotations

from typing import Any, List, Optional, TypedDict


class Request(TypedDict, total=False):
    """What came. Secrets are hidden."""

    method: str
    target: str
    headers: List[List[str]]
    body: str
    body_base64: str
    body_left_out: str


class Response(TypedDict, total=False):
    """What left."""

    status: int
    headers: List[List[str]]
    body: str
    body_base64: str


class Finding(TypedDict):
    """A place where the call broke the contract."""

    at: str
    rule: str
    expected: str
    found: str


class Exchange(TypedDict, total=False):
    """A call and its answer. `docs/wire.md` describes every member."""

    exchange: int
    time: str
    session: str
    operation: Optional[str]
    attempt: int
    answer: str
    request: Request
    response: Response
    violations: List[Finding]
    warnings: List[Finding]
    outcome: Optional[dict[str, Any]]
    sent: Optional[dict[str, Any]]
    delay_ms: int
    retry_after_ms: int
    fault: str
    resends: int
    world: dict[str, Any]
    signature: dict[str, Any]


def line(exchange: Exchange) -> str:
    """A call in a line, as the terminal of the server has it."""
    request = exchange["request"]
    call = f"{request['method']} {request['target']}" if "method" in request else "(not a request)"
    parts = [f"{exchange['exchange']:4}", call, str(exchange["response"]["status"]), exchange["operation"] or "", exchange["answer"]]
    return "  ".join(part for part in parts if part)
