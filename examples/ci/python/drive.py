"""The client under test: it shares files."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import datetime, timezone


class Drive:
    """Calls KooDrive at a URL, for the user whose token it has."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, token

    def share(self, file: str, days: int) -> str | None:
        """A link to the file that lives some days; nothing if the service refuses to make one."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "X-User-Id": "1505084218764547200",
            "X-Date": datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ"),
        }
        body = {"scope": 1, "fileIds": [file], "containerId": "c", "validDays": days}
        call = urllib.request.Request(f"{self._url}/koodrive/ose/v1/share", json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(call) as answer:
                return json.load(answer)["shareLink"]["shortUrl"]
        except urllib.error.HTTPError:
            return None
