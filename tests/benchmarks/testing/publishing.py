"""A reader polls tables while they are built again and again, half of the time from bad data."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from featsql import Project
from tests.unit.testing.shop import VIEW, write_shop

HEADER = "columns: {amount: {tests: [not_null, {range: {min: 0}}]}, order_id: {tests: [unique]}}"
TOTALS = "/*---\nmaterialized: table\n---*/\nselect max(customer_id) as generation from {{ ref('clean') }}\n"
CLEAN = "select *, cast(status as integer) as number from {{ ref('orders') }}\n"
QUESTION = """
select
    (select count(*) from orders where amount is null or amount < 0 or try_cast(status as integer) is null),
    (select count(*) from orders),
    (select count(distinct customer_id) from orders),
    (select max(customer_id) from orders) - (select generation from totals),
    (select max(customer_id) from orders) - (select max(customer_id) from spend__online),
    (select max(customer_id) from orders) - (select max(customer_id) from clean where number >= 0)
"""
WHOLE = (0, 200, 1, 0, 0, 0)
"""No bad row, all rows, one generation, the same in everything that is made of it."""
PAIR = """
select
    (select max(customer_id) from orders) - (select generation from totals) as mixed,
    (select count(*) from orders where amount is null or amount < 0) as bad
"""
GLANCE = "select count(*), count(amount), min(amount), sum(order_id), min(customer_id), max(customer_id) from orders"
"""A question that is quickly answered: are all rows there, none bad, none twice, of one generation, and of which."""
PAIRS, WHOLES = 20, 500
"""Of so many questions one is about two tables, one about everything; the others are glances."""


@dataclass
class Poll:
    """What a reader saw: how often it asked, and each answer that was not whole."""

    asked: int = 0
    seconds: float = 0.0
    wrong: list[object] = field(default_factory=list)
    generations: set[int] = field(default_factory=set)

    @property
    def hertz(self) -> float:
        return self.asked / self.seconds


def orders(generation: int, flaw: str = "") -> str:
    """200 orders of one customer, who is the generation; one of them is wrong if there is a `flaw`."""
    rows = [[str(i), str(generation), "1", "2024-01-01 10:00:00", "5.00"] for i in range(200)]
    match flaw:
        case "negative":
            rows[7][4] = "-1.00"
        case "missing":
            rows[7][4] = ""
        case "twice":
            rows[7][0] = "8"
        case "cast":
            rows[7][2] = "x"
    return "order_id,customer_id,status,ordered_at,amount\n" + "".join(",".join(row) + "\n" for row in rows)


FLAWS = ("negative", "missing", "twice", "cast")


def poll_while_building(folder: Path, builds: int, hertz: float = 1000.0) -> Poll:
    """`builds` builds, every second one of bad data, and a reader that asks at this frequency as well as it can."""
    files = {"models/spend.sql": VIEW, "models/clean.sql": CLEAN, "models/totals.sql": TOTALS}
    shop = write_shop(folder, HEADER, orders(0), files)
    assert Project(shop).build(as_of="2024-02-01").ok
    poll, over = Poll(), threading.Event()

    def read() -> None:
        started = time.perf_counter()
        with duckdb.connect(str(shop / "target/shop.duckdb")) as connection:
            while not over.is_set():
                began = time.perf_counter()
                poll.asked += 1
                try:
                    _ask(connection, poll)
                except duckdb.Error as error:
                    poll.wrong.append(str(error))
                time.sleep(max(0.0, 1 / hertz - (time.perf_counter() - began)))
        poll.seconds = time.perf_counter() - started

    sys.setswitchinterval(0.0002)  # reader and builder share one interpreter: DuckDB lets no other process in while it writes
    reader = threading.Thread(target=read)
    reader.start()
    try:
        for build in range(1, builds + 1):
            flaw = FLAWS[build // 2 % len(FLAWS)] if build % 2 else ""
            (shop / "data/orders.csv").write_text(orders(build, flaw), encoding="utf-8")
            result = Project(shop).build(as_of="2024-02-01")
            assert result.ok is not bool(flaw), (build, flaw)
    finally:
        over.set()
        reader.join()
        sys.setswitchinterval(0.005)
    return poll


def _ask(connection: duckdb.DuckDBPyConnection, poll: Poll) -> None:
    """One of the questions, in turn."""
    if poll.asked % PAIRS:
        answer = connection.execute(GLANCE).fetchall()[0]
        if answer == (200, 200, 5, 19_900, answer[-1], answer[-1]):
            poll.generations.add(answer[-1])
        else:
            poll.wrong.append(answer)
        return
    question, whole = (PAIR, (0, 0)) if poll.asked % WHOLES else (QUESTION, WHOLE)
    answer = connection.execute(question).fetchall()[0]
    if answer != whole:
        poll.wrong.append(answer)
