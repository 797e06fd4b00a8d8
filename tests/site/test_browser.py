"""The pages in a real Chromium, from disk: opened, searched, clicked; nothing said in the console, nothing asked of others.

`FEATSQL_SCREENSHOTS` names a folder that keeps the pictures. Chromium is the system's: `apt-get install chromium`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from featsql import Project
from featsql.site.data import site_data
from featsql.site.writing import site_files
from tests.docs.shell import Shell
from tests.site.artifacts import artifacts, together
from tests.site.browsing import FLAGS, chromium, until
from tests.site.vectors import VECTORS

_TRACES = (
    "[globalThis.ran, ({}).ran, document.querySelectorAll('img, iframe, object, embed, base, math, video, template').length]"
)
"""What a text leaves that became a program or an element."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """The template's, and its address."""
    with Shell(tmp_path_factory.mktemp("site")) as shell:
        shell.run("featsql init flights -q")
        project = Project(shell.folder / "flights")
        return project, project.docs().page.as_uri()


@contextmanager
def opened(browser: Browser, address: str, **options: object) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what went wrong on it."""
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            wrong.append(message.text)

    context = browser.new_context(viewport={"width": 1280, "height": 860}, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
    )
    page.goto(address)
    yield page, wrong
    context.close()


def go(page: Page, route: str) -> None:
    page.evaluate("route => { location.hash = route }", route)
    until(page, "!document.querySelector('[aria-busy]') && !!document.querySelector('main h1')")


def keep(page: Page, name: str, tmp_path: Path) -> None:
    folder = Path(os.environ.get("FEATSQL_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(150)
    page.screenshot(path=folder / f"{name}.png", full_page=True)


def test_every_page_of_the_template(browser: Browser, site: tuple[Project, str]) -> None:
    project, address = site
    nodes = project.graph.nodes.values()
    routes = ["/", "/browse", "/tests", "/graph", *(f"/entity/{name}" for name in project.graph.entities)]
    routes += [f"/node/{quote(node.id, safe='')}" for node in nodes]
    routes += [
        f"/column/{quote(n.id, safe='')}/{c.name}" for n in nodes if n.kind == "feature_view" for c in (n.columns or ())[:4]
    ]
    with opened(browser, address) as (page, wrong):
        for route in routes:
            go(page, route)
            assert "There is no" not in page.inner_text("main h1"), route
        assert wrong == []


def test_search_forgives_and_leads(browser: Browser, site: tuple[Project, str]) -> None:
    with opened(browser, site[1]) as (page, wrong):
        page.keyboard.press("/")
        page.keyboard.type("plane late 30")
        page.wait_for_selector("#hits li b:text-is('plane_late_30d')")
        page.fill("[role=combobox]", "wether")
        page.wait_for_selector("#hits li b:text-is('airport_weather')")
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("late_arrivals")
        page.wait_for_selector("#hits li b:text-is('late_arrivals')")
        page.keyboard.press("Enter")
        until(page, "document.querySelector('h1').textContent.includes('late_arrivals')")
        assert wrong == []


def test_a_feature_tells_all_of_itself(browser: Browser, site: tuple[Project, str], tmp_path: Path) -> None:
    with opened(browser, f"{site[1]}#/column/feature_view.flights.plane_delays/plane_late_30d") as (page, wrong):
        page.wait_for_selector(".edges")
        text = page.inner_text("main")
        for told in (
            "count(*) filter (where arrived_late) over last_30d",
            "nyc.flights.arrived_at",
            "models/staging/stg_flights.sql",
            "late_arrivals.plane_late_30d",
            "closed: left",
            "featsql retrieve",
        ):
            assert told in text or (page.get_by_role("tab", name="CLI").count() == 1 and told.startswith("featsql")), told
        page.get_by_role("tab", name="Compiled for duckdb").click()
        assert "with" in page.inner_text(".code pre >> nth=-1")
        keep(page, "feature", tmp_path)
        page.emulate_media(color_scheme="dark")
        keep(page, "feature-dark", tmp_path)
        page.emulate_media(media="print", color_scheme="light")
        keep(page, "feature-print", tmp_path)
        assert wrong == []


def test_the_graph_is_walked_and_saved(browser: Browser, site: tuple[Project, str], tmp_path: Path) -> None:
    with opened(browser, f"{site[1]}#/graph") as (page, wrong):
        page.focus("canvas")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(".graph-aside h2")
        page.fill(".graph-bar input", "+bad_days,kind:feature_view")
        page.wait_for_selector("text=2 shown")
        page.fill(".graph-bar input", "")
        with page.expect_download() as saved:
            page.get_by_role("button", name="SVG").click()
        drawn = Path(saved.value.path()).read_text(encoding="utf-8")
        assert drawn.startswith("<svg ")
        assert ">late_arrivals</text>" in drawn
        keep(page, "graph", tmp_path)
        assert wrong == []


def test_a_phone_has_nothing_beside_the_page(browser: Browser, site: tuple[Project, str], tmp_path: Path) -> None:
    with opened(browser, site[1]) as (page, wrong):
        page.set_viewport_size({"width": 375, "height": 740})
        for route in ("/", "/node/feature_view.flights.plane_delays", "/column/feature_view.flights.plane_delays/plane_late_30d"):
            go(page, route)
            assert page.evaluate("document.documentElement.scrollWidth") <= 375, route
        keep(page, "phone", tmp_path)
        assert wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(browser: Browser, site: tuple[Project, str], scheme: str) -> None:
    """WCAG AA: 4.5 to 1 between a text and what it stands on."""
    with opened(browser, site[1], color_scheme=scheme) as (page, _):
        for route in (
            "/",
            "/column/feature_view.flights.plane_delays/plane_late_30d",
            "/node/training_set.flights.late_arrivals",
        ):
            go(page, route)
            assert page.evaluate(_CONTRAST) == []


_CONTRAST = """() => {
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => { const f = [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255]; };
  const found = new Set();
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.textContent.trim() || !e.offsetParent || e.closest('svg, .gutter, .visually-hidden')) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) found.add(`${e.className || e.tagName}: ${n.textContent.trim().slice(0, 30)}`);
  }
  return [...found];
}"""


def test_no_vector_runs_a_script(browser: Browser, tmp_path: Path) -> None:
    data = site_data(together(artifacts(text, f"n{i}") for i, text in enumerate(VECTORS)), False)
    for name, content in site_files(data, "vectors").items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    with opened(browser, (tmp_path / "index.html").as_uri()) as (page, wrong):
        routes = ["/", "/browse", "/tests", "/graph"]
        for i, text in enumerate(VECTORS):
            routes += [f"/node/feature_view.p.n{i}", f"/column/feature_view.p.n{i}/f"]
            if i % 8 == 0:
                coded = quote(text, safe="")
                routes += [f"/node/{kind}" for kind in (f"training_set.p.n{i}_set", f"source.p.raw.n{i}", f"exposure.p.n{i}")]
                routes += [f"/entity/{coded}", f"/owner/{coded}", f"/test/test.p.n{i}", f"/column/feature_view.p.n{i}/{coded}"]
        for route in routes:
            go(page, route)
            assert page.evaluate(_TRACES) == [None, None, 0], route
        page.fill("[role=combobox]", "script")
        page.wait_for_selector("#hits li")
        assert page.evaluate("globalThis.ran") is None
        assert wrong == []
