"""`docs serve`: the site over HTTP, from memory.

Reading is all that it can do. A request names an entry of a dictionary; no part of it is ever joined to a folder.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from featsql.site.writing import OWN_POLICY

_TYPES: Final = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_COOKIE: Final = "featsql-docs"
_SECONDS: Final = 15
"""A client that says nothing for so long is left alone."""
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(slots=True)
class Served:
    """What is served now; `version` changes with it. `token` is asked of everybody, where there is one."""

    files: Mapping[str, bytes]
    version: str = "1"
    token: str | None = None
    hosts: frozenset[str] = field(default=_LOCAL)
    """Names that a request may give in `Host`; empty: any, for the token decides."""

    def replace(self, files: Mapping[str, bytes]) -> None:
        if files != self.files:
            self.files = files
            self.version = str(int(self.version) + 1)


class DocsServer(ThreadingHTTPServer):
    """One thread a client, so that one who stalls keeps nobody else waiting."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], served: Served) -> None:
        self.served = served
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


def remote(files: Mapping[str, bytes], new_token: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> Served:
    """For other machines: any name of this one will do, the token is what lets in."""
    return Served(files, token=new_token(), hosts=frozenset())


class _Handler(BaseHTTPRequestHandler):
    timeout = _SECONDS
    protocol_version = "HTTP/1.1"
    server_version = "featsql"
    sys_version = ""
    server: DocsServer

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not told."""

    def _answer(self) -> None:
        served = self.server.served
        if not self._is_ours(served):
            return self._send(HTTPStatus.FORBIDDEN, b"this name of the server is not known\n")
        parts = urlsplit(self.path) if self.path.startswith("/") else None
        if parts is None or self.path.startswith("//"):
            return self._send(HTTPStatus.BAD_REQUEST, b"not a path\n")
        if served.token and not self._has_token(served.token):
            given = parse_qs(parts.query).get("token", [""])[0]
            if not hmac.compare_digest(given.encode(), served.token.encode()):
                return self._send(HTTPStatus.FORBIDDEN, b"the address needs its token\n")
            cookie = f"{_COOKIE}={served.token}; HttpOnly; SameSite=Strict; Path=/"
            return self._send(HTTPStatus.SEE_OTHER, b"", {"Location": "/", "Set-Cookie": cookie})
        if parts.path == "/version":
            return self._send(HTTPStatus.OK, served.version.encode())
        content = served.files.get("index.html" if parts.path == "/" else parts.path[1:])
        if content is None:
            return self._send(HTTPStatus.NOT_FOUND, b"there is no such page\n")
        kind = _TYPES.get(parts.path.rpartition(".")[2], "text/html")
        return self._send(HTTPStatus.OK, content, {"Content-Type": f"{kind}; charset=utf-8"})

    def _is_ours(self, served: Served) -> bool:
        """Is the request for a name of ours, and not sent by a page of somebody else?"""
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or not hosts[0]:
            return False
        port = self.server.server_address[1]
        if served.hosts and hosts[0].lower() not in {f"{name}:{port}" for name in served.hosts}:
            return False
        origins = self.headers.get_all("Origin") or []
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            return False
        return self.headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")

    def _has_token(self, token: str) -> bool:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return False
        found = cookies.get(_COOKIE)
        return found is not None and hmac.compare_digest(found.value.encode(), token.encode())

    def _send(self, status: HTTPStatus, content: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": str(len(content)),
            "Content-Security-Policy": f"{OWN_POLICY}; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
