"""Calls to the admin API of a stand-in."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection, HTTPException
from typing import Any, Mapping
from urllib.parse import quote, urlencode, urlsplit

from .errors import NotStarted, Refused, WrongScenario
from .process import Process

_PATIENCE = 60.0
_WRONG_SCENARIO = 422


class Admin:
    """Each call has a connection of its own, so that threads need not know of one another."""

    def __init__(self, process: Process) -> None:
        self._process = process
        place = urlsplit(process.url)
        self._host, self._port = place.hostname or "127.0.0.1", place.port or 80
        self._token = os.environ.get("UNDERSTUDY_ADMIN_TOKEN")

    def get(self, *path: str, **query: str | None) -> Any:
        return self._call("GET", path, query, None)

    def post(self, *path: str, body: str | Mapping[str, Any], **query: str | None) -> Any:
        return self._call("POST", path, query, body)

    def put(self, *path: str, body: Mapping[str, Any]) -> Any:
        return self._call("PUT", path, {}, body)

    def delete(self, *path: str) -> None:
        self._call("DELETE", path, {}, None)

    def _call(self, method: str, path: tuple[str, ...], query: Mapping[str, str | None], body: Any) -> Any:
        target = "/__admin/" + "/".join(quote(part, safe="") for part in path)
        if given := {name: value for name, value in query.items() if value is not None}:
            target += "?" + urlencode(given)
        payload = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        connection = HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request(method, target, None if payload is None else payload.encode(), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            if self._process.has_ended():
                raise NotStarted(self._process.obituary()) from None
            raise NotStarted(f"the stand-in at {self._process.url} cannot be asked: {error}") from error
        finally:
            connection.close()
        value: Any = json.loads(text) if text else {}
        if status == _WRONG_SCENARIO:
            raise WrongScenario(value["text"].rstrip())
        if status >= 400:
            raise Refused(status, value["detail"])
        return value
