"""Opening DuckDB files: the keys of a profile, and every way in which it can fail."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.engines import connect
from featsql.engines.base import Engine, EngineError, Mode
from featsql.engines.duckdb import DuckdbEngine
from featsql.ir.project import Target
from featsql.ir.query import CreateTable

from .warehouses import RUN, SCHEMA, name, query

Open = Callable[..., Engine]

_HOLD = """
import sys, duckdb
held = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "read")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def open_target(tmp_path: Path) -> Iterator[Open]:
    """Connect with these keys; a keyword `mode`, `schema`, `database` or `threads` is the target's own."""
    opened: list[Engine] = []

    def open_target(
        mode: Mode = "write", schema: str = SCHEMA, database: str | None = None, threads: int = 2, **config: object
    ) -> Engine:
        target = Target("dev", "shop", "duckdb", schema, database, threads, {"path": "target/shop.duckdb", **config})
        opened.append(connect(target, str(tmp_path), mode))
        return opened[-1]

    yield open_target
    for engine in opened:
        engine.close()


def refused(open_target: Open, **keys: object) -> Diagnostic:
    with pytest.raises(FeatsqlError) as caught:
        open_target(**keys)
    [diagnostic] = caught.value.diagnostics
    return diagnostic


def setting(engine: Engine, setting: str) -> object:
    return engine.query(query(f"select current_setting('{setting}') as s")).to_pylist()[0]["s"]


@contextmanager
def another_process(path: Path, mode: str) -> Iterator[int]:
    """A process that has the file open; its pid."""
    command = [sys.executable, "-c", _HOLD, str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        yield holder.pid
        holder.stdin.close()


def file_with(path: Path, sql: str = "select 1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


def test_folders_are_made_for_a_new_file(open_target: Open, tmp_path: Path) -> None:
    open_target(path="a/b/new.duckdb")
    assert (tmp_path / "a" / "b" / "new.duckdb").exists()


def test_paths_start_at_the_project_or_at_the_root(open_target: Open, tmp_path: Path) -> None:
    open_target(path=str(tmp_path / "elsewhere" / "x.duckdb"))
    assert (tmp_path / "elsewhere" / "x.duckdb").exists()


def test_memory(open_target: Open, tmp_path: Path) -> None:
    engine = open_target(path=":memory:")
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 1 as id")))
    assert engine.query(query("select id from {orders}")).num_rows == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_but_the_file_is_left_after_close(open_target: Open, tmp_path: Path) -> None:
    engine = open_target()
    step = CreateTable(name("orders"), query("select range as id from range(100000)"))
    engine.begin(RUN)
    engine.build(step)
    engine.publish((step,))
    engine.close()
    assert [path.name for path in (tmp_path / "target").iterdir()] == ["shop.duckdb"]
    with duckdb.connect(str(tmp_path / "target" / "shop.duckdb"), read_only=True) as connection:
        assert connection.execute(f"select count(*) from {SCHEMA}.orders").fetchall() == [(100000,)]


def test_settings_of_the_profile(open_target: Open, tmp_path: Path) -> None:
    own = {"default_null_order": "nulls_first", "scalar_subquery_error_on_multiple_rows": False}
    engine = open_target(threads=3, memory_limit="512MB", temp_directory="spill", settings=own)
    assert setting(engine, "threads") == 3
    assert setting(engine, "memory_limit") == "488.2 MiB"
    assert setting(engine, "temp_directory") == str(tmp_path / "spill")
    assert str(setting(engine, "default_null_order")).lower() == "nulls_first"
    assert setting(engine, "scalar_subquery_error_on_multiple_rows") is False


def test_settings_of_every_session(open_target: Open) -> None:
    engine = open_target()
    assert setting(engine, "TimeZone") == "UTC"
    assert setting(engine, "preserve_insertion_order") is True
    assert setting(engine, "autoinstall_known_extensions") is False
    assert setting(engine, "autoload_known_extensions") is False
    assert setting(engine, "enable_progress_bar_print") is False


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"path": ""}, "no `path`"),
        ({"pth": "x.duckdb"}, "unknown key `pth`"),
        ({"memory_limit": "much"}, "setting `memory_limit`"),
        ({"threads": 0}, "setting `threads`"),
        ({"settings": {"no_such_setting": 1}}, "setting `no_such_setting`"),
        ({"settings": {"x; drop schema main": 1}}, "setting `x; drop schema main`"),
        ({"settings": {"timezone": "Asia/Tokyo"}}, "setting `timezone` is featsql's own"),
        ({"settings": ["threads"]}, "`settings` is not a mapping"),
        ({"read_only": True}, "read_only: true"),
        ({"read_only": "true"}, "read_only: true"),
        ({"database": "prod"}, "is called `shop`, not `prod`"),
        ({"schema": "shop"}, "DuckDB cannot tell apart"),
    ],
)
def test_keys_that_cannot_be_used(open_target: Open, keys: dict[str, object], said: str) -> None:
    found = refused(open_target, **keys)
    assert found.code == "FS701"
    assert said in found.message


def test_the_nearest_key_is_offered(open_target: Open) -> None:
    assert refused(open_target, memory_limt="1GB").hints == ("did you mean `memory_limit`?",)


def test_values_of_settings_are_not_shown(open_target: Open) -> None:
    found = refused(open_target, settings={"default_null_order": "s3cr3t-k3y"})
    assert found.code == "FS701" and "s3cr3t" not in str(found)


def test_the_database_may_be_named(open_target: Open) -> None:
    engine = open_target(database="SHOP", schema="shop")
    assert isinstance(engine, DuckdbEngine) and engine.database() == "shop"


def test_a_folder(open_target: Open, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    found = refused(open_target, path="target")
    assert (found.code, found.message) == ("FS701", "`target` is a folder, not a DuckDB file")


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_file_of_another_kind(open_target: Open, tmp_path: Path, mode: Mode) -> None:
    for file in ("data.csv", "data.duckdb", "empty.duckdb"):
        (tmp_path / file).write_text("" if "empty" in file else "id,name\n1,someone\n")
        found = refused(open_target, path=file, mode=mode)
        assert (found.code, found.message) == ("FS701", f"`{file}` is not a DuckDB file")


def test_a_folder_that_cannot_be_made(open_target: Open, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file")
    found = refused(open_target)
    assert (found.code, found.message) == ("FS701", "`target/shop.duckdb` cannot be opened: file exists")


@pytest.mark.parametrize("mode", ["read", "write"])
def test_another_process_writes(open_target: Open, tmp_path: Path, mode: Mode) -> None:
    file = file_with(tmp_path / "target" / "shop.duckdb")
    with another_process(file, "write") as pid:
        found = refused(open_target, mode=mode)
    assert found.code == "FS703"
    assert f"`target/shop.duckdb` is in use by process {pid} (" in found.message
    # its command, without what follows options
    assert f"({sys.executable})" in found.message
    assert found.hints


def test_another_process_reads(open_target: Open, tmp_path: Path) -> None:
    orders = f"create schema {SCHEMA}; create table {SCHEMA}.orders as select 1 as id"
    with another_process(file_with(tmp_path / "target" / "shop.duckdb", orders), "read"):
        engine = open_target(mode="read")
        assert engine.query(query("select id from {orders}")).to_pylist() == [{"id": 1}]
        engine.close()
        assert refused(open_target).code == "FS703"


def test_two_runs_of_one_process(open_target: Open) -> None:
    first = open_target()
    found = refused(open_target)
    assert found.code == "FS703" and "another run of this process" in found.message
    first.close()
    open_target()


def test_an_engine_that_nobody_closed_holds_nothing(open_target: Open, tmp_path: Path) -> None:
    forgotten = connect(Target("dev", "shop", "duckdb", SCHEMA, config={"path": "target/shop.duckdb"}), str(tmp_path))
    del forgotten
    open_target()


def test_a_connection_of_the_same_program_is_no_hindrance(open_target: Open, tmp_path: Path) -> None:
    """A notebook has the file open; it and featsql share it."""
    file = file_with(tmp_path / "target" / "shop.duckdb")
    with duckdb.connect(str(file)) as notebook:
        notebook.execute(f"create schema {SCHEMA}; create table {SCHEMA}.orders as select 1 as id")
        engine = open_target(mode="read")
        assert engine.query(query("select id from {orders}")).to_pylist() == [{"id": 1}]
        with pytest.raises(duckdb.CatalogException, match="LINE 1"):
            notebook.execute("select * from nothing")


def test_a_reading_connection_of_the_same_program_stops_writing(open_target: Open, tmp_path: Path) -> None:
    with duckdb.connect(str(file_with(tmp_path / "target" / "shop.duckdb")), read_only=True):
        found = refused(open_target)
    assert found.code == "FS703" and "this process" in found.message


def test_read_mode_writes_nothing(open_target: Open, tmp_path: Path) -> None:
    file = file_with(tmp_path / "target" / "shop.duckdb")
    before = file.read_bytes()
    engine = open_target(mode="read", read_only=True)
    engine.begin(RUN)
    with pytest.raises(EngineError, match="read-only"):
        engine.build(CreateTable(name("orders"), query("select 1 as id")))
    engine.close()
    assert file.read_bytes() == before


def test_read_mode_without_a_file_reads_files_and_makes_none(open_target: Open, tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("id\n1\n")
    engine = open_target(mode="read", database="shop")
    assert engine.query(query(f"select id from read_csv('{tmp_path}/data.csv')")).to_pylist() == [{"id": 1}]
    assert engine.columns(name("orders")) is None
    engine.close()
    assert [path.name for path in tmp_path.iterdir()] == ["data.csv"]


def test_unknown_types_of_target(tmp_path: Path) -> None:
    with pytest.raises(FeatsqlError) as caught:
        connect(Target("dev", "shop", "duckbd", SCHEMA), str(tmp_path))
    assert caught.value.diagnostics[0].hints == ("did you mean `duckdb`?",)
