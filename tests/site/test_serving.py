"""What `docs serve` refuses: other names, other origins, other paths; and that nobody waits for a client who stalls."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from featsql.site.serving import DocsServer, Served, remote

FILES = {"index.html": b"the page", "assets/app.js": b"the program", "data/columns.js": b"data"}


def _running(served: Served) -> Iterator[DocsServer]:
    server = DocsServer(("127.0.0.1", 0), served)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def local() -> Iterator[DocsServer]:
    yield from _running(Served(FILES))


@pytest.fixture
def open_to_all() -> Iterator[DocsServer]:
    yield from _running(remote(FILES, lambda: "secret"))


def ask(server: DocsServer, target: str, *headers: str, method: str = "GET", host: str | None = None) -> tuple[int, str]:
    """Status and the whole answer to a request as it is written, byte by byte."""
    port = server.server_address[1]
    lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host or f'127.0.0.1:{port}'}"] if host != "" else []), *headers]
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1", "replace"))
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode("latin-1")
    return int(answer.split(" ", 2)[1]), answer


def test_pages_with_their_headers(local: DocsServer) -> None:
    status, answer = ask(local, "/")
    assert status == 200
    assert answer.endswith("the page")
    for header in ("default-src 'none'", "frame-ancestors 'none'", "nosniff", "Cross-Origin-Resource-Policy: same-origin"):
        assert header in answer
    assert ask(local, "/assets/app.js")[1].endswith("the program")
    assert ask(local, "/version")[1].endswith("1")


_DOTS = ("..", "%2e%2e", "%2E%2E", ".%2e", "..%00", "..;", "%252e%252e", "%c0%ae%c0%ae", "..\\", "%5c..", "....//", "..%2f")
_ENDS = ("etc/passwd", "profiles.yml", "index.html", "manifest.json")
_STARTS = ("/", "/assets/", "/data/", "//", "/./")
PATHS = sorted(
    {f"{start}{'/'.join([dots] * depth)}/{end}" for start, dots, end, depth in itertools.product(_STARTS, _DOTS, _ENDS, (1, 4))}
)


def test_no_path_leads_out(local: DocsServer) -> None:
    assert len(PATHS) >= 200
    answers = {path: ask(local, path) for path in PATHS}
    assert {path: status for path, (status, _) in answers.items() if status not in (400, 404)} == {}
    assert [path for path, (_, answer) in answers.items() if "root:" in answer or "type: duckdb" in answer] == []


@pytest.mark.parametrize(
    "target", ["http://evil/", "*", "index.html", "/" + quote("index.html\x00"), "/assets", "/data/", "/assets/../index.html"]
)
def test_other_targets(local: DocsServer, target: str) -> None:
    assert ask(local, target)[0] in (400, 404)


_NAMES = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost.evil:{port}",
    "127.0.0.1",
    "localhost",
    "127.0.0.2:{port}",
    "0.0.0.0:{port}",
    "[::]:{port}",
    "2130706433:{port}",
    "0x7f000001:{port}",
    "127.1:{port}",
    "localhost:1",
    "localhost:{port}@evil",
    "user@localhost:{port}",
    "localhost :{port}",
    "localhost:{port}/x",
    "localhost:{port}.",
    "127.0.0.1:{port},evil",
    "169.254.169.254",
)
_ORIGINS = (
    "http://evil.example",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://localhost:{port}",
    "null",
    "file://",
    "http://127.0.0.1:{port}.evil",
    "http://evil@127.0.0.1:{port}",
    "http://[::1]:{port}",
    "",
    "chrome-extension://x",
    "http://127.0.0.1:{port}/",
    "http://127.0.0.2:{port}",
    "ftp://127.0.0.1:{port}",
    "*",
    "http://evil http://127.0.0.1:{port}",
)


@pytest.mark.parametrize("name", _NAMES)
def test_other_names_of_the_host(local: DocsServer, name: str) -> None:
    assert ask(local, "/", host=name.format(port=local.server_address[1]))[0] == 403


def test_no_host_or_two(local: DocsServer) -> None:
    assert ask(local, "/", host="")[0] == 403
    assert ask(local, "/", "Host: evil.example")[0] == 403


@pytest.mark.parametrize("origin", _ORIGINS)
def test_other_origins(local: DocsServer, origin: str) -> None:
    assert ask(local, "/", f"Origin: {origin.format(port=local.server_address[1])}")[0] == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_requests_that_another_page_makes(local: DocsServer, site: str) -> None:
    assert ask(local, "/data/columns.js", f"Sec-Fetch-Site: {site}")[0] == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_reading_is_all(local: DocsServer, method: str) -> None:
    assert ask(local, "/", method=method)[0] == 501


def test_other_machines_need_the_token(open_to_all: DocsServer) -> None:
    assert ask(open_to_all, "/", host="box:1")[0] == 403
    assert ask(open_to_all, "/?token=wrong", host="box:1")[0] == 403
    assert ask(open_to_all, "/", "Cookie: featsql-docs=wrong", host="box:1")[0] == 403
    status, answer = ask(open_to_all, "/?token=secret", host="box:1")
    assert status == 303
    assert "HttpOnly; SameSite=Strict" in answer
    assert ask(open_to_all, "/", "Cookie: featsql-docs=secret", host="box:1")[0] == 200


def test_who_stalls_keeps_nobody_waiting(local: DocsServer) -> None:
    stalled = [socket.create_connection(("127.0.0.1", local.server_address[1])) for _ in range(20)]
    for client in stalled:
        client.sendall(b"GET / HTTP/1.1\r\nHost:")
    assert ask(local, "/")[0] == 200
    for client in stalled:
        client.close()


def test_what_is_new_has_a_new_version() -> None:
    served = Served(FILES)
    served.replace(dict(FILES))
    assert served.version == "1"
    served.replace({"index.html": b"other"})
    assert served.version == "2"
