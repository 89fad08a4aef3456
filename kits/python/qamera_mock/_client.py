from __future__ import annotations

import http.client
import json
import os
import urllib.parse
from typing import Any, Callable, NamedTuple, Optional, Type

from ._errors import QameraMockError

_SECONDS = 700  # longer than any `within`; only keeps a hung server from hanging a run


class Reply(NamedTuple):
    status: int
    text: str


def refusal(reply: Reply, what: str) -> QameraMockError:
    """What the server says of a call that it refused."""
    told = reply.text.strip()
    try:
        body = json.loads(told)
        told = f"{body['pointer']}: {body['error']}" if body.get("pointer") else body["error"]
    except (ValueError, KeyError, AttributeError):
        pass  # not as the server words it: as it is
    return QameraMockError(f"{what}: {reply.status} {told}", reply.status)


class Client:
    """The control API of one server. Each call has a connection of its own, so threads may share it."""

    def __init__(self, url: str, token: Optional[str] = None, explain: Callable[[OSError], str] = lambda _: "") -> None:
        """`explain` says why the server does not answer, where that is known; else it gives ""."""
        self.url = url.rstrip("/")
        self._token = token or os.environ.get("QAMERA_MOCK_ADMIN_TOKEN") or "none"
        self._explain = explain
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise QameraMockError(f'"{url}" is no URL of a server: expected such as http://127.0.0.1:4010')
        self._parts = parts

    def _connect(self) -> http.client.HTTPConnection:
        kind: Type[http.client.HTTPConnection] = http.client.HTTPConnection
        if self._parts.scheme == "https":
            kind = http.client.HTTPSConnection
        return kind(self._parts.hostname or "", self._parts.port, timeout=_SECONDS)

    def send(self, method: str, path: str, *, key: Optional[str] = None, body: Any = None,
             accept: Optional[str] = None) -> Reply:
        """A control call, whatever its status."""
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if key is not None:
            headers["X-Api-Key"] = key
        if accept is not None:
            headers["Accept"] = accept
        if self._token != "none":
            headers["Authorization"] = f"Bearer {self._token}"
        connection = self._connect()
        try:
            text = None if body is None else json.dumps(body).encode()
            connection.request(method, f"{self._parts.path}/__admin{path}", body=text, headers=headers)
            response = connection.getresponse()
            return Reply(response.status, response.read().decode("utf-8", "replace"))
        except (OSError, http.client.HTTPException) as error:
            why = isinstance(error, OSError) and self._explain(error) or str(error) or type(error).__name__
            raise QameraMockError(f"{method} {self.url}/__admin{path}: {why}") from error
        finally:
            connection.close()

    def call(self, method: str, path: str, **options: Any) -> Any:
        """A control call that must succeed: its JSON."""
        reply = self.send(method, path, **options)
        if reply.status >= 300:
            raise refusal(reply, f"{method} /__admin{path}")
        return json.loads(reply.text)
