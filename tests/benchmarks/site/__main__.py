"""`python -m tests.benchmarks.site --models 1000`: the site of a generated project, in seconds; the browser is Chromium."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, sleep
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.site.generator import generate
from tests.site.browsing import FLAGS, chromium, until

_READY = "!document.querySelector('[aria-busy]') && !!document.querySelector('main h1')"
_DRAWN = "/\\d+ shown/.test(document.querySelector('main').innerText.replaceAll(',', ''))"
_PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.site", description=__doc__)
    parser.add_argument("--models", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--served", type=int, default=100, help="how many of the project that is served (default: %(default)s)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "large"
        generate(folder, options.models)
        print(f"{options.models:,} models of 20 columns, {os.cpu_count()} cores")
        started = perf_counter()
        subprocess.run([sys.executable, "-m", "featsql", "docs", "generate", "-q"], cwd=folder, check=True)
        _say("featsql docs generate", perf_counter() - started)
        _browse(folder / "target" / "docs" / "index.html")
        small = Path(scratch) / "small"
        generate(small, options.served)
        _say(f"a change of {options.served} models, served", _served(small))


def _browse(page_file: Path) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        started = perf_counter()
        page.goto(page_file.as_uri())
        until(page, _READY)
        _say("first page, interactive", perf_counter() - started)
        started = perf_counter()
        _to_graph(page)
        _say("the whole graph, drawn", perf_counter() - started)
        started = perf_counter()
        for _ in range(20):
            page.mouse.move(600, 400)
            page.mouse.wheel(0, -120)
            page.evaluate(_PAINTED)
        _say("one step of zooming", (perf_counter() - started) / 20)
        browser.close()


def _to_graph(page: Page) -> None:
    page.evaluate("() => { location.hash = '/graph' }")
    until(page, _DRAWN)
    page.evaluate(_PAINTED)


def _served(folder: Path) -> float:
    """From a change of a file until the server has the new site."""
    command = [sys.executable, "-m", "featsql", "docs", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr
            address = server.stderr.readline().split()[0]
            version = _version(address)
            changed = folder / "models" / "m1.sql"
            changed.write_text(changed.read_text(encoding="utf-8").replace("Model 1.", "Changed."), encoding="utf-8")
            started = perf_counter()
            while _version(address) == version:
                assert perf_counter() - started < 30, "the site is not made anew"
                sleep(0.01)
            return perf_counter() - started
        finally:
            server.terminate()


def _version(address: str) -> bytes:
    with urlopen(f"{address}version") as answer:
        return bytes(answer.read())


def _say(what: str, seconds: float) -> None:
    print(f"  {what:<32}{seconds:8.2f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
