"""Ctrl-C and expired sessions, with a stand-in for the driver: the emulator neither stops statements nor ends sessions."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import snowflake.connector
from snowflake.connector.errors import OperationalError, ProgrammingError

from featsql.engines.base import Cancelled
from featsql.engines.snowflake_errors import Lost
from featsql.engines.snowflake_session import Session
from featsql.ir.project import Target

TARGET = Target("prod", "shop", "snowflake", "features", "warehouse", config={"account": "acme", "user": "u", "password": "p"})
SLOW = "select slow"


class Driver:
    """Sessions by number, and what each was told. A slow statement ends when its session is cancelled by another."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []
        self.cancelled = threading.Event()
        self.sessions = 0
        self.answers: list[Exception] = []

    def connect(self, **_: Any) -> Connection:
        self.sessions += 1
        return Connection(self, self.sessions)


class Connection:
    def __init__(self, driver: Driver, session_id: int) -> None:
        self.driver, self.session_id = driver, session_id

    def cursor(self) -> Connection:
        return self

    def execute(self, sql: str) -> Connection:
        self.driver.told.append((self.session_id, sql))
        if sql.startswith("select system$cancel_all_queries"):
            self.driver.cancelled.set()
        elif sql == SLOW:
            assert self.driver.cancelled.wait(20)
            raise ProgrammingError(msg="SQL execution canceled", errno=604)
        elif self.driver.answers:
            raise self.driver.answers.pop(0)
        return self

    def fetchall(self) -> list[tuple[int]]:
        return [(1,)]

    def close(self) -> None:
        return


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    found = Driver()
    monkeypatch.setattr(snowflake.connector, "connect", found.connect)
    return found


def soon(deed: Callable[[], object]) -> None:
    threading.Timer(0.3, deed).start()


def test_cancel_ends_the_statement_from_another_session(driver: Driver) -> None:
    session = Session(TARGET)
    soon(session.cancel)
    with pytest.raises(Cancelled):
        session.rows(SLOW)
    assert driver.told == [(1, SLOW), (2, "select system$cancel_all_queries(1)")]
    assert session.rows("select 1") == [(1,)]


def test_ctrl_c_does_too(driver: Driver) -> None:
    session = Session(TARGET)
    begun = time.monotonic()
    soon(lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        session.rows(SLOW)
    assert time.monotonic() - begun < 5
    assert (2, "select system$cancel_all_queries(1)") in driver.told


def test_cancel_without_a_statement_does_nothing(driver: Driver) -> None:
    Session(TARGET).cancel()
    assert driver.told == []


def test_a_session_that_has_expired_is_opened_again_with_its_tag(driver: Driver) -> None:
    session = Session(TARGET)
    session.tag("run 1")
    driver.answers.append(ProgrammingError(msg="Authentication token has expired.", errno=390114))
    assert session.rows("insert into t values (1)") == [(1,)]
    tag = "alter session set query_tag = 'run 1'"
    assert driver.told == [(1, tag), (1, "insert into t values (1)"), (2, tag), (2, "insert into t values (1)")]


def test_only_what_may_be_repeated_is_said_again(driver: Driver) -> None:
    session = Session(TARGET)
    driver.answers.append(OperationalError(msg="connection reset", errno=250003))
    assert session.rows("select 1", again=True) == [(1,)]
    driver.answers.append(OperationalError(msg="connection reset", errno=250003))
    with pytest.raises(Lost, match="the connection was lost"):
        session.rows("insert into t values (1)")
    assert [sql for _, sql in driver.told].count("insert into t values (1)") == 1
