"""Data cannot leave its place: no text of a project is markup or a program in any file of the site."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from featsql.site.data import Artifacts, site_data
from featsql.site.writing import asset, single_file, site_files
from tests.site.artifacts import artifacts
from tests.site.vectors import VECTORS


class _Tags(HTMLParser):
    """Every tag with its attributes, and what scripts hold."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script":
            self.scripts.append(data)


EXPECTED = [tag for tag, _ in _Tags(site_files(site_data(artifacts("plain"), False), "plain")["index.html"].decode()).tags]


def test_there_are_as_many_vectors_as_promised() -> None:
    assert len(set(VECTORS)) >= 150


@pytest.mark.parametrize("number", range(len(VECTORS)))
def test_no_vector_adds_a_tag_or_ends_a_literal(number: int) -> None:
    text = VECTORS[number]
    files = site_files(site_data(artifacts(text), False), text)
    page = _Tags(files["index.html"].decode())
    assert [tag for tag, _ in page.tags] == EXPECTED
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert text in json.dumps(json.loads(page.scripts[0]), ensure_ascii=False) or text in json.loads(page.scripts[0])["project"]
    for name, content in files.items():
        if name.startswith("data/"):
            call = re.fullmatch(r"""featsqlData\("([\w-]+)",'((?:[^'\\\n]|\\[\\'])*)'\);\n""", content.decode())
            assert call, name
            json.loads(re.sub(r"\\([\\'])", r"\1", call[2]))
            assert not re.search("[<>&\u2028\u2029]", call[2])


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    page = site_files(site_data(artifacts("x"), False), "x")["index.html"].decode()
    policy = next(a["content"] or "" for tag, a in _Tags(page).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert not re.search(r"https?:", policy)


def test_the_single_file_holds_all_and_allows_its_own_programs_alone() -> None:
    page = single_file(site_data(artifacts("</script><script>globalThis.ran=1</script>"), False), "x").decode()
    tags = _Tags(page).tags
    policy = next(a["content"] or "" for tag, a in tags if a.get("http-equiv") == "Content-Security-Policy")
    assert len(re.findall("'sha256-[^']+'", policy)) == 2
    programs = [a for tag, a in tags if tag == "script" and a.get("type") != "application/json"]
    assert programs == [{}]
    assert not [
        a for tag, a in tags if tag in ("script", "link") and (a.get("src") or (a.get("href") or "").startswith("assets"))
    ]


def test_the_same_artifacts_give_the_same_bytes() -> None:
    first, second = (site_files(site_data(artifacts("x"), False), "x") for _ in range(2))
    assert first == second


@pytest.mark.parametrize("broken", [None, {}, [], "text", 3, {"nodes": []}, {"nodes": {"a": None}}, {"results": [None, 3, {}]}])
def test_artifacts_of_another_shape_leave_gaps_and_no_error(broken: object) -> None:
    good = artifacts("x")
    for found in (
        Artifacts(broken, {}),
        Artifacts(good.manifest, good.lineage, broken, broken, broken),
        Artifacts(good.manifest, {}, {"results": broken}, {"nodes": broken}, {"orders": broken}),
    ):
        assert "index" in site_data(found, False)


def test_the_bundle_names_no_other_origin() -> None:
    script = asset("app.js").decode()
    found = set(re.findall(r"https?://[^\"'`\s)]+", script))
    assert found <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xhtml"}
