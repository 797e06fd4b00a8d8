"""Ctrl-C and `cancel`: a statement that would take minutes ends at once, and the connection is good for more."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from featsql.engines import connect
from featsql.engines.base import Cancelled, Engine
from featsql.ir.query import CreateTable

from .warehouses import RUN, SCHEMA, Rows, Warehouse, name, query

SOON = 0.3
AT_ONCE = 3.0
MOMENTS = 1500


@contextmanager
def soon(deed: Callable[[], object]) -> Iterator[None]:
    """Do it a moment after the block began; the block has to end at once from then on."""
    timer = threading.Timer(SOON, deed)
    begun = time.monotonic()
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
    assert time.monotonic() - begun < SOON + AT_ONCE


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_cancel_ends_a_query(engine: Engine, warehouse: Warehouse) -> None:
    with soon(engine.cancel), pytest.raises(Cancelled):
        engine.query(query(warehouse.slow))
    assert engine.query(query("select 1 as id")).to_pylist() == [{"id": 1}]


def test_cancel_ends_a_build_that_leaves_nothing(engine: Engine, warehouse: Warehouse, read: Callable[[str], Rows]) -> None:
    orders = CreateTable(name("orders"), query("select 1 as id"))
    engine.begin(RUN)
    engine.build(orders)
    with soon(engine.cancel), pytest.raises(Cancelled):
        engine.build(CreateTable(name("slow"), query(warehouse.slow)))
    engine.publish((orders,))
    assert read(f"select id from {SCHEMA}.orders") == [(1,)]
    assert read("select table_name from information_schema.tables") == [("orders",)]


def test_cancel_without_a_statement_does_nothing(engine: Engine) -> None:
    engine.cancel()
    assert engine.query(query("select 1 as id")).to_pylist() == [{"id": 1}]


def test_ctrl_c_ends_a_query(engine: Engine, warehouse: Warehouse) -> None:
    with soon(interrupt), pytest.raises(KeyboardInterrupt):
        engine.query(query(warehouse.slow))
    assert engine.query(query("select 1 as id")).to_pylist() == [{"id": 1}]


def test_ctrl_c_during_a_build_then_close(warehouse: Warehouse, tmp_path: Path) -> None:
    engine = connect(warehouse.target(tmp_path), str(tmp_path))
    engine.begin(RUN)
    engine.build(CreateTable(name("orders"), query("select 1 as id")))
    with soon(interrupt), pytest.raises(KeyboardInterrupt):
        engine.build(CreateTable(name("slow"), query(warehouse.slow)))
    engine.close()
    assert warehouse.reader(tmp_path)("select table_name from information_schema.tables") == []


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """KeyboardInterrupt after so many seconds, wherever the main thread is by then."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def set_alarm(seconds: float) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds)

    before = signal.signal(signal.SIGALRM, ring)
    yield set_alarm
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_ctrl_c_at_any_moment_neither_hangs_nor_mixes(
    engine: Engine, read: Callable[[str], Rows], alarm: Callable[[float], None]
) -> None:
    """Interrupted at moments spread over whole runs, tables `a` and `b` stay of one generation."""

    def run(g: int) -> None:
        steps = [CreateTable(name(table), query(f"select {g} as g from (select unnest(range(20000)))")) for table in "ab"]
        engine.begin(RUN)
        for step in steps:
            engine.build(step)
        engine.publish(steps)

    begun = time.monotonic()
    run(0)
    length = time.monotonic() - begun
    for g in range(1, MOMENTS):
        with pytest.raises(KeyboardInterrupt):
            alarm(length * g / MOMENTS)
            run(g)
            time.sleep(AT_ONCE)
        engine.discard()
        [(a, b)] = read(f"select distinct a.g, b.g from {SCHEMA}.a, (select distinct g from {SCHEMA}.b) b")
        assert a == b
        assert read("select count(*) from information_schema.tables") == [(2,)]
