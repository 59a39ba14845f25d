"""Calls to the admin API of a stand-in."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, Union
from urllib.parse import quote, urlencode, urlsplit

from .errors import NotStarted, Refused, WrongScenario
from .process import Process

Body = Union[str, bytes, Mapping[str, Any]]

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

    def get_bytes(self, *path: str, **query: str | None) -> bytes:
        return self._sent("GET", path, query, None)

    def post(self, *path: str, body: Body, **query: str | None) -> Any:
        return self._call("POST", path, query, body)

    def put(self, *path: str, body: Body) -> Any:
        return self._call("PUT", path, {}, body)

    def delete(self, *path: str) -> None:
        self._call("DELETE", path, {}, None)

    def _call(self, method: str, path: tuple[str, ...], query: Mapping[str, str | None], body: Body | None) -> Any:
        answer = self._sent(method, path, query, body)
        return json.loads(answer) if answer else None

    def _sent(self, method: str, path: tuple[str, ...], query: Mapping[str, str | None], body: Body | None) -> bytes:
        target = "/__admin/" + "/".join(quote(part, safe="") for part in path)
        if given := {name: value for name, value in query.items() if value is not None}:
            # A blank is written as %20: the admin API takes `+` for what it is.
            target += "?" + urlencode(given, quote_via=quote)
        payload = json.dumps(body) if isinstance(body, Mapping) else body
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        connection = HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request(method, target, payload.encode() if isinstance(payload, str) else payload, headers)
            answer = connection.getresponse()
            status, content = answer.status, answer.read()
        except (OSError, HTTPException) as error:
            if obituary := self._process.obituary():
                raise NotStarted(obituary) from None
            raise NotStarted(f"the stand-in at {self._process.url} cannot be asked: {error}") from error
        finally:
            connection.close()
        if status == _WRONG_SCENARIO:
            raise WrongScenario(json.loads(content)["text"].rstrip())
        if status >= 400:
            raise Refused(status, json.loads(content)["detail"])
        return content
