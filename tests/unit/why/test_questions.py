"""What `why` is asked: features by name, keys as data, times."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from featsql import FeatsqlError, Project

from .views import ask, write

ROWS = "(1, '2026-01-01 09:00', 9)\n(2, '2026-01-01 10:00', 10)"
ONE_WINDOW: dict[str, Any] = {"feature": "count(x) over w", "rows": ROWS, "header": "windows: {w: all}"}
PAIRS = {
    "feature": "x",
    "columns": "k, moment, j, x",
    "rows": "('a|b', '2026-01-01 09:00', 'c', 1)\n('a', '2026-01-01 09:00', 'b|c', 2)",
    "header": "",
    "keys": "k, j",
}


def _refused(project: Project, *question: Any) -> str:
    with pytest.raises(FeatsqlError) as refused:
        project.why(*question)
    return "\n".join(f"{d.code}: {d.message} ({' '.join(d.hints)})" for d in refused.value.diagnostics)


@pytest.mark.parametrize("key", [1, "1", " 1", "+1", {"k": 1}, {"K": "1"}])
def test_a_key_comes_in_any_form_and_is_cast_to_its_type(tmp_path: Path, key: Any) -> None:
    assert ask(tmp_path, "2026-01-01 12:00", key, **ONE_WINDOW).value == 1


@pytest.mark.parametrize("key", ["1.5", "one", "", 1.5, True, "1; drop table x"])
def test_a_key_that_does_not_cast_is_an_error(tmp_path: Path, key: Any) -> None:
    said = _refused(write(tmp_path, **ONE_WINDOW), "v.f", key)
    assert said.startswith(f"FS008: `{key}` is no value of the key `k`, which is INT")
    assert "`featsql show v` shows rows with their keys" in said


@pytest.mark.parametrize("text", ["O'Hare", "' or true --", '"', "{{ x }}", "a=b", "é🙂"])
def test_a_key_is_data_whatever_it_says(tmp_path: Path, text: str) -> None:
    quoted = text.replace("'", "''").replace("{{ x }}", "{{ '{{ x }}' }}")
    rows = f"('{quoted}', '2026-01-01 09:00', 1)\n('other', '2026-01-01 09:00', 2)"
    why = ask(tmp_path, "2026-01-01 12:00", text, **{**ONE_WINDOW, "rows": rows})
    assert (why.value, why.rows) == (1, 1)


def _pairs(folder: Path) -> Project:
    project = write(folder, **PAIRS)
    model = folder / "models" / "v.sql"
    model.write_text(model.read_text().replace("select k, moment,", "select k, j, moment,"))
    return project


def test_keys_of_several_columns_are_compared_column_by_column(tmp_path: Path) -> None:
    project = _pairs(tmp_path)
    assert project.why("v.f", {"k": "a|b", "j": "c"}, "2026-01-02").value == 1
    assert project.why("v.f", {"j": "b|c", "k": "a"}, "2026-01-02").value == 2
    nobody = project.why("v.f", {"k": "a", "j": "c"}, "2026-01-02")
    assert nobody.value is None and nobody.some_keys is not None
    assert nobody.some_keys.to_pylist() == [{"k": "a", "j": "b|c"}, {"k": "a|b", "j": "c"}]


@pytest.mark.parametrize(
    "key, message, hint",
    [
        ("a", "feature view `v` has the keys `k`, `j`: name each value", "write `--key k=VALUE --key j=VALUE`"),
        (None, "the key `k` of `v` has no value", "write `--key k=VALUE --key j=VALUE`"),
        ({"k": "a"}, "the key `j` of `v` has no value", "write `--key k=VALUE --key j=VALUE`"),
        ({"k": "a", "j": None}, "the key `j` of `v` has no value", "write `--key k=VALUE --key j=VALUE`"),
        ({"k": "a", "jj": "b"}, "`jj` is not a key of `v`", "did you mean `j`?"),
    ],
)
def test_a_key_that_is_not_whole_is_an_error(tmp_path: Path, key: Any, message: str, hint: str) -> None:
    said = _refused(_pairs(tmp_path), "v.f", key)
    assert f"FS008: {message} ({hint}" in said


def test_a_view_without_entity_needs_no_key(tmp_path: Path) -> None:
    project = write(tmp_path, **ONE_WINDOW)
    model = tmp_path / "models" / "v.sql"
    model.write_text(model.read_text().replace("entity: thing\n", "").replace("select k, moment,", "select moment,"))
    assert project.why("v.f", at="2026-01-02").value == 2
    assert "leave out `--key`" in _refused(project, "v.f", 1)


@pytest.mark.parametrize(
    "feature, message, hint",
    [
        ("w.f", "FS401: there is no feature view `w`", "v"),
        ("v.g", "FS404: feature view `v` has no feature `g`", "its features: f"),
        ("v", "FS008: `v` names no feature: write `v.FEATURE`", "its features: f"),
        ("t.p_f", "FS401: there is no feature view `t`", "`t` is a training set; it has `p_f` from `v.f`"),
        ("t.q", "FS401: there is no feature view `t`", "`t` is a training set; its features come from `v`"),
    ],
)
def test_a_name_that_is_no_feature_is_an_error(tmp_path: Path, feature: str, message: str, hint: str) -> None:
    project = write(tmp_path, **ONE_WINDOW)
    (tmp_path / "models" / "t.sql").write_text(
        "/*---\nkind: training_set\ntimestamp: moment\nfeatures: [{view: v, prefix: p_}]\n---*/\n"
        "select 1 as k, timestamp '2026-01-01' as moment\n"
    )
    said = _refused(project, feature, 1)
    assert said.startswith(message) and hint in said


def test_t_is_a_moment(tmp_path: Path) -> None:
    project = write(tmp_path, **ONE_WINDOW)
    for at in ("2026-01-01T10:00+01:00", datetime(2026, 1, 1, 9), datetime(2026, 1, 1, 9, tzinfo=UTC)):
        assert project.why("v.f", 1, at).value == 0, "nine o'clock is not before nine o'clock"
    assert project.why("v.f", 1).value == 1, "without a time it is now"
    assert "FS008: `soon` is not a time" in _refused(project, "v.f", 1, "soon")


@pytest.mark.parametrize("name", ["as_of", "as_of_time_", "event_time", "reason", "known_time"])
def test_no_name_of_ours_is_in_the_way_of_the_users(tmp_path: Path, name: str) -> None:
    view = {**ONE_WINDOW, "columns": f"k, moment, {name}", "feature": f"max({name}) over w"}
    write(tmp_path, **view)
    model = tmp_path / "models" / "v.sql"
    model.write_text(model.read_text().replace(" as f\n", f" as {name}\n"))
    why = Project(tmp_path).why(f"v.{name}", 2, "2026-01-02")
    assert why.value == 10
    assert set(why.parts[0].rows.column_names) >= {"event_time", "known_time", "reason"} and why.parts[0].rows.num_columns == 4


def test_the_value_is_what_a_training_set_has(tmp_path: Path) -> None:
    project = write(tmp_path, **ONE_WINDOW)
    spine = pa.table({"k": [2], "at": pa.array([datetime(2026, 1, 2)], pa.timestamp("us"))})
    assert project.retrieve(spine, timestamp="at", features=["v.f"])["f"].to_pylist() == [
        project.why("v.f", 2, "2026-01-02").value
    ]


def test_nothing_is_built_and_nothing_has_to_be(tmp_path: Path) -> None:
    project = write(tmp_path, **ONE_WINDOW)
    assert project.why("v.f", 1, "2026-01-02").value == 1
    assert project.show(inline="select count(*) from information_schema.tables").to_pylist() == [{"count_star()": 0}]
