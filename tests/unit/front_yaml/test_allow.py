"""`allow` silences a check's finding, with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from featsql import FeatsqlError, Project

SOURCES = """
sources:
  - name: bank
    tables:
      - name: payments
        available_at: loaded_at
        columns: [{name: id, type: bigint}, {name: paid_at, type: timestamp}, {name: loaded_at, type: timestamp}]
entities: [{name: customer, keys: [id]}]
"""
VIEW = """/*---
kind: feature_view
entity: customer
timestamp: paid_at
windows: {ever: all}
%s
---*/
select id, paid_at, count(*) over ever as payments from {{ source('bank', 'payments') }}
"""


def project(folder: Path, line: str) -> Project:
    (folder / "models").mkdir()
    (folder / "featsql.yml").write_text("name: shop\n")
    (folder / "profiles.yml").write_text("shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n")
    (folder / "models/sources.yml").write_text(SOURCES)
    (folder / "models/paid.sql").write_text(VIEW % line)
    return Project(folder)


def test_a_known_time_that_is_not_used_is_told(tmp_path: Path) -> None:
    assert [d.code for d in project(tmp_path, "").warnings] == ["FS503"]


def test_a_reason_silences_it(tmp_path: Path) -> None:
    assert project(tmp_path, "allow: {FS503: loaded within a minute}").warnings == ()


@pytest.mark.parametrize("line", ["allow: {FS53: x}", "allow: {FS503: }", "allow: {FS503: ''}", "allow: [FS503]"])
def test_a_wrong_code_or_no_reason_is_an_error(tmp_path: Path, line: str) -> None:
    with pytest.raises(FeatsqlError) as caught:
        assert project(tmp_path, line).warnings
    assert {d.code for d in caught.value.diagnostics} <= {"FS104", "FS106"}
    assert all(d.span for d in caught.value.diagnostics)
