"""A client under test: it shares a file."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

TOKEN = "0123456789abcdef0123456789abcdef0123456789abcdef"


def share(url: str, days: int = 7, headers: dict[str, str] | None = None) -> tuple[int, dict[str, object]]:
    """Status and body."""
    request = urllib.request.Request(
        f"{url}/koodrive/ose/v1/share",
        json.dumps({"scope": 1, "fileIds": ["a"], "containerId": "c", "validDays": days}).encode(),
        {
            "Authorization": f"Bearer {TOKEN}",
            "X-User-Id": "1505084218764547200",
            "X-Date": "20260102T030405Z",
            "Content-Type": "application/json",
            **(headers or {}),
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)
