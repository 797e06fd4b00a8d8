"""Chromium, the system's: `apt-get install chromium`."""

from __future__ import annotations

import shutil

from playwright.sync_api import Page

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")


def chromium() -> str:
    """Where it is."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "this needs Chromium: apt-get install chromium"
    return found


def until(page: Page, holds: str) -> None:
    """Wait for an expression; Playwright's own way would need `eval`, which the pages' policy forbids."""
    for _ in range(500):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(10)
    raise AssertionError(holds)
