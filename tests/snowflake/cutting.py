"""A proxy that loses the connection at a statement of one's choice."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

_HOP = ("connection", "transfer-encoding", "keep-alive", "content-length")


@dataclass(slots=True)
class Wire:
    """`cut_at` counts statements from 1. `before`: it never arrives; `after`: it is done, and the answer is lost.

    `for_good`: nobody answers from then on; else the next request gets through."""

    port: int
    cut_at: int = 0
    moment: Literal["before", "after"] = "before"
    for_good: bool = True
    statements: int = 0
    is_down: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, path: str) -> bool:
        """Is this the statement at which the wire is cut?"""
        with self.lock:
            if "/queries/v1/query-request" in path:
                self.statements += 1
                return self.statements == self.cut_at
            return False


@contextmanager
def wire(target: int) -> Iterator[Wire]:
    """A port that leads to the emulator at `target`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_cut = found.count(self.path)
            if found.is_down or (is_cut and found.moment == "before"):
                self._drop(is_cut)
                return
            connection = http.client.HTTPConnection("127.0.0.1", target, timeout=60)
            connection.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() not in _HOP})
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if is_cut:
                self._drop(is_cut)
                return
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in _HOP:
                    self.send_header(key, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST
        do_DELETE = do_POST

        def _drop(self, is_cut: bool) -> None:
            found.is_down = found.is_down or (is_cut and found.for_good)
            self.close_connection = True
            self.connection.close()

        def log_message(self, *args: object) -> None:
            return

        def handle(self) -> None:
            try:
                super().handle()
            except (OSError, ValueError):
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Wire(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
