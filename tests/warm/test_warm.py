"""The warm start: the same as from nothing, whatever was edited; nothing believed that is not sound; nothing secret kept."""

from __future__ import annotations

import random
import shutil
import threading
from pathlib import Path

import pytest

from featsql.warm import store
from featsql.warm.record import read
from tests.warm import shop
from tests.warm.campaign import campaign, outcome, way_of, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, shop.whole())
    return tmp_path


@pytest.mark.parametrize("seed", [1, 2])
def test_random_edits(tmp_path: Path, seed: int) -> None:
    """A sample; `python -m tests.warm --edits 10000` does as many as are wanted."""
    ways = campaign(tmp_path, seed, 30)
    assert ways["part"] > 2 and ways["whole"] > 2


def test_nothing_changed(folder: Path) -> None:
    assert way_of(lambda: outcome(folder, shop.whole(), "target"))[0] == "whole"
    way, again = way_of(lambda: outcome(folder, shop.whole(), "target"))
    assert way == "unchanged"
    assert again == outcome(folder, shop.whole(), None)


@pytest.mark.parametrize(
    ("path", "old", "new", "way"),
    [
        ("models/stg_orders.sql", "lower(status)", "upper(status)", "part"),
        ("models/stg_orders.sql", "select order_id", "-- what is sold\nselect order_id", "part"),
        ("models/spend.sql", "count(*) over week", "count(*) over ever", "part"),
        ("models/paid.sql", "'paid'", "'settled'", "part"),
        ("models/daily.sql", "cents,", "cents ,", "part"),
        ("models/spend.sql", "ttl: 90d", "ttl: 30d", "whole"),
        ("models/stg_orders.sql", ", loaded_at\n", ", loaded_at, 1 as one\n", "whole"),
        ("models/places.sql", "max(ordered_at)", "min(ordered_at)", "whole"),
        ("macros/money.sql", "100", "1000", "whole"),
        ("models/declarations.yml", "cleaned", "kept clean", "whole"),
    ],
)
def test_what_a_change_costs(folder: Path, path: str, old: str, new: str, way: str) -> None:
    """A part, where nobody else can see it; everything, where it can reach further."""
    world = shop.whole()
    outcome(folder, world, "target")
    assert old in world.files[path]
    world.files[path] = world.files[path].replace(old, new)
    write(folder, world)
    went, warm = way_of(lambda: outcome(folder, world, "target"))
    assert went == way
    assert warm == outcome(folder, world, None)


def test_files_that_somebody_touched_are_written_again(folder: Path) -> None:
    before = outcome(folder, shop.whole(), "target")
    compiled = folder / "target/compiled/duckdb"
    (compiled / "places.sql").write_text("select 1\n")
    (compiled / "spend.sql").unlink()
    (compiled / "stranger.sql").write_text("select 2\n")
    way, after = way_of(lambda: outcome(folder, shop.whole(), "target"))
    assert (way, after) == ("unchanged", before)


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_record_is_none(folder: Path, seed: int) -> None:
    before = outcome(folder, shop.whole(), "target")
    (record,) = (folder / "target/cache").glob("*.txt")
    content = bytearray(record.read_bytes())
    dice = random.Random(seed)
    content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    record.write_bytes(content[: dice.choice([len(content), dice.randrange(len(content))])])
    assert way_of(lambda: outcome(folder, shop.whole(), "target")) == ("whole", before)


@pytest.mark.parametrize(
    "index",
    [
        "",
        "7",
        "[]",
        '[{}, {}, null, [], {"model.a": 1}, {}]',
        '[{"a": 1}, {}, null, [], {}, {}]',
        '[{}, {}, "now", [], {}, {}]',
        '[{}, {}, null, [["FS509", 1, null, "", [], [], []]], {}, {}]',
        '[{}, {}, null, [], {"m": ["m", "model", "", "", 0, "", true, true, null, [], [["main", "../m", ""]], 0, null]}, {}]',
        '[{}, {}, null, [], {"m": ["m", "model", "", "", 0, "", true, true, null, [], [], 9, null]}, {}]',
    ],
)
def test_a_record_of_another_shape_is_none(index: str) -> None:
    """Sound as a file, and still not what a record is: types, places and names of files are looked at."""
    assert read([index, "{}"]) is None


def test_no_value_of_the_environment_is_kept(folder: Path) -> None:
    world = shop.whole()
    world.environment = {"SHOP_REGION": "se" + "cret-region", "PASSWORD": "se" + "cret-word"}
    world.files["models/regions.sql"] = world.files["models/regions.sql"].replace(
        'where region <> \'{{ env_var("SHOP_REGION", "none") }}\'', "{% if env_var('SHOP_REGION') == 'x' %}where false{% endif %}"
    )
    world.files["models/other.sql"] = "{% set name = 'PASS' ~ 'WORD' %}select {{ env_var(name) | length }} as n"
    write(folder, world)
    assert outcome(folder, world, "target").files
    kept = [path for path in (folder / "target").rglob("*") if path.is_file()]
    assert [path for path in kept if b"secret-" in path.read_bytes()] == []
    world.environment["PASSWORD"] = "longer than before"
    warm = outcome(folder, world, "target")
    assert warm == outcome(folder, world, None)
    assert b"select 18 as n" in warm.files["other.sql"]


def test_a_project_of_strangers_brings_no_records(folder: Path) -> None:
    from featsql import Project

    outcome(folder, shop.whole(), "target")
    way, _ = way_of(lambda: Project(folder, trust="none").compile(as_of="2026-01-01"))
    assert way == "whole"


def test_two_that_write_at_once(tmp_path: Path) -> None:
    """Whoever reads gets one record or the other, whole."""
    lines = [["a" * 100_000], ["b" * 200_000]]
    ended = threading.Event()

    def write_all() -> None:
        for number in range(60):
            store.save(tmp_path, "key", lines[number % 2])
        ended.set()

    store.save(tmp_path, "key", lines[0])
    writer = threading.Thread(target=write_all)
    writer.start()
    seen = [store.load(tmp_path, "key")]
    while not ended.is_set():
        seen.append(store.load(tmp_path, "key"))
    writer.join()
    assert all(found in lines for found in seen)


def test_old_records_are_forgotten(tmp_path: Path) -> None:
    for number in range(store.KEPT + 3):
        store.save(tmp_path, f"key{number}", [str(number)])
    assert len(list(tmp_path.iterdir())) == store.KEPT


def test_clean_takes_the_records_away(folder: Path) -> None:
    from featsql import Project

    outcome(folder, shop.whole(), "target")
    Project(folder).clean()
    assert not (folder / "target/cache").exists()
    shutil.rmtree(folder / "target", ignore_errors=True)
