"""What the stand-in says of the client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Verdict:
    """How the client kept to the contract and to what the scenarios expect."""

    passed: bool
    """Whether it did."""
    reasons: list[str]
    """Why not: `contract broken`, `expectation unmet`, `no calls`, `journal incomplete`."""
    text: str
    """As people read it."""
    data: dict[str, Any]
    """As programs read it: the answer of `GET /__admin/verdict`."""

    @classmethod
    def read(cls, data: dict[str, Any]) -> Verdict:
        text = str(data.pop("text")).rstrip()
        return cls(data["verdict"] == "passed", list(data["reasons"]), text, data)
