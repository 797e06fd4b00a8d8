"""`featsql docs serve`: the site is served, and made anew whenever a file of the project changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.cli.amounts import seconds
from featsql.cli.console import Console

if TYPE_CHECKING:
    from featsql.api import Project

_LOOK_EVERY: Final = 0.25
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_ALSO: Final = ("run_results.json", "catalog.json")
"""Files of the target path that runs write and pages show."""


def serve(opened: Callable[[], Project], console: Console, host: str, port: int, allow_remote: bool) -> None:
    """Serve until Ctrl-C. FS008 for a host that others could reach, without `--allow-remote`, and for a port that is taken."""
    from featsql.site.serving import DocsServer, Served, remote

    if host not in _LOCAL and not allow_remote:
        hint = "`--allow-remote` lets other machines in, with a token"
        raise FeatsqlError(Diagnostic("FS008", f"`--host {host}` is reachable from other machines", hints=(hint,)))
    project = opened()
    seen = dict(_stamps(project))  # before it is read: what changes meanwhile is seen
    files = _files(project)
    served = remote(files) if allow_remote else Served(files)
    try:
        server = DocsServer((host, port), served)
    except OSError as error:
        raise FeatsqlError(Diagnostic("FS008", f"`{host}:{port}` cannot be listened on: {error.strerror or error}")) from None
    address = f"http://{host}:{server.server_address[1]}/" + (f"?token={served.token}" if served.token else "")
    console.say(f"{address}  Ctrl-C ends it", event="DocsServed", facts={"address": address})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        _follow(opened, project, seen, lambda found: served.replace(_files(found)), console)
    finally:
        server.shutdown()
        server.server_close()


def _follow(
    opened: Callable[[], Project],
    project: Project,
    seen: Mapping[str, tuple[int, int]],
    show: Callable[[Project], None],
    console: Console,
) -> None:
    while True:
        sleep(_LOOK_EVERY)
        now = dict(_stamps(project))
        if now == seen:
            continue
        seen = now
        started = perf_counter()
        try:
            project = opened()
            show(project)
            console.say(f"made anew in {seconds(perf_counter() - started)}", event="DocsRemade")
        except FeatsqlError as error:
            console.findings(error.diagnostics)  # the last good site stays


def _files(project: Project) -> Mapping[str, bytes]:
    from featsql.documentation import data_of
    from featsql.site.writing import site_files

    project.docs()
    data = data_of(project.target_path, True)
    return site_files(data, str(data["index"]["project"]))


def _stamps(project: Project) -> Iterator[tuple[str, tuple[int, int]]]:
    """When each file that the site depends on was last written."""
    settings = project.settings
    folders = (*settings.model_paths, *settings.macro_paths, *settings.seed_paths, *settings.test_paths)
    paths: list[Path] = [project.root / "featsql.yml", *(project.target_path / name for name in _ALSO)]
    for folder in folders:
        paths += (path for path in (project.root / folder).rglob("*") if path.suffix in (".sql", ".yml", ".yaml", ".csv"))
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        yield str(path), (found.st_mtime_ns, found.st_size)
