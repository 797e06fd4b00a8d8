"""What inference leaves open is asked, in as few statements as possible, and only where an answer could be true."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from featsql import Project
from featsql.engines import describer
from featsql.ir.model import Column
from featsql.ir.project import Describe
from tests.unit.compiling.memory import SPEND, compiler, node, sql

HEADER = SPEND[: SPEND.index("select")]
FROM = "from {{ source('raw', 'orders') }}"


class Asked:
    """Remembers what was asked of a describer."""

    def __init__(self, describe: Describe) -> None:
        self.describe = describe
        self.statements: list[str] = []

    def __call__(self, statement: str) -> tuple[str, ...] | None:
        self.statements.append(statement)
        return self.describe(statement)


@pytest.fixture(scope="module")
def describe() -> Describe:
    found = describer("duckdb")
    assert found
    return found


@pytest.fixture
def asked(describe: Describe) -> Asked:
    return Asked(describe)


def types(
    asked: Describe, files: dict[str, str], name: str, catalog: Mapping[str, tuple[Column, ...]] | None = None
) -> list[str | None]:
    """Of a model's columns, in their order."""
    columns = node(compiler({f"models/{path}": text for path, text in files.items()}, catalog, asked).graph, name).columns
    assert columns
    return [column.type for column in columns]


def view(*features: str) -> dict[str, str]:
    listed = ", ".join(f"{feature} as f{i}" for i, feature in enumerate(features))
    return {"v.sql": f"{HEADER}select customer_id, ordered_at, {listed} {FROM}"}


def test_nothing_is_asked_where_nothing_is_open(asked: Asked) -> None:
    found = types(asked, view("amount", "lower('A')", "count(*) over last_7d", "sum(amount) over last_7d / 2"), "v")
    assert found[2:] == ["DECIMAL(10, 2)", "TEXT", "BIGINT", "DOUBLE"]
    assert asked.statements == []


def test_all_open_expressions_of_a_model_are_one_statement(asked: Asked) -> None:
    found = types(asked, {"m.sql": f"select amount + 1 as a, round(amount) as b, md5('x') as c {FROM}"}, "m")
    assert found == ["DECIMAL(13, 2)", "DECIMAL(10, 0)", "TEXT"]
    assert len(asked.statements) == 1


def test_of_a_view_what_rows_carry_is_one_statement_and_what_windows_give_another(asked: Asked) -> None:
    features = (
        "round(amount)",
        "sum(amount + 1) over last_7d",
        "round(sum(amount) over last_7d, 1)",
        "median(ordered_at) over last_7d",
    )
    found = types(asked, view(*features), "v")
    assert found[2:] == ["DECIMAL(10, 0)", "DECIMAL(38, 2)", "DECIMAL(38, 1)", "TIMESTAMP"]
    assert len(asked.statements) == 2


def test_an_argument_that_is_told_makes_its_sum_a_bigint(asked: Asked) -> None:
    files = {f"models/{path}": text for path, text in view("sum(bit_count(customer_id)) over last_7d").items()}
    assert "as bigint) as f0" in sql(compiler(files, describe=asked), "v")


def test_one_expression_that_is_refused_leaves_the_others_theirs(asked: Asked) -> None:
    found = types(asked, view("round(amount)", "no_such_function(amount)", "upper(amount::varchar) || 'x'"), "v")
    assert found[2:] == ["DECIMAL(10, 0)", None, "TEXT"]


def test_a_body_that_is_refused_is_asked_no_further(asked: Asked) -> None:
    files = view("round(amount)", "floor(amount)")
    files["v.sql"] += " where no_such_function(amount)"
    assert types(asked, files, "v")[2:] == [None, None]
    assert len(asked.statements) == 2


def test_nothing_is_asked_of_what_is_not_known(asked: Asked) -> None:
    assert types(asked, {"m.sql": "select round(score) as a from {{ source('raw', 'labels') }}"}, "m") == [None]
    assert asked.statements == []


def test_a_column_of_no_known_type_spoils_only_what_is_made_of_it(asked: Asked) -> None:
    catalog = {"source.shop.raw.labels": (Column("customer_id", "BIGINT"), Column("score"))}
    labels = "from {{ source('raw', 'labels') }}"
    text = f"select customer_id % 2 as a, score as b, max(score) as c, [score] as d, score is null as e {labels} group by all"
    assert types(asked, {"m.sql": text}, "m", catalog) == ["BIGINT", None, None, None, "BOOLEAN"]


def test_a_feature_of_a_column_of_no_known_type_is_not_asked(asked: Asked) -> None:
    catalog = {"source.shop.raw.labels": (Column("customer_id", "BIGINT"), Column("at", "TIMESTAMP"), Column("score"))}
    text = HEADER.replace("timestamp: ordered_at", "timestamp: at")
    text += "select customer_id, at, score + 1 as a, customer_id % 2 as b from {{ source('raw', 'labels') }}"
    assert types(asked, {"v.sql": text}, "v", catalog)[2:] == [None, "BIGINT"]
    assert "score + 1" not in "".join(asked.statements)


def test_branches_of_a_union_have_their_common_type(asked: Asked) -> None:
    union = f"select customer_id as a {FROM} union all select amount {FROM}"
    assert types(asked, {"m.sql": union}, "m") == ["DECIMAL(21, 2)"]


def test_what_is_known_flows_on(asked: Asked) -> None:
    files = {
        "m.sql": f"with d as (select *, amount * 2 as double_amount {FROM}) select * from d",
        "v.sql": f"{HEADER}select customer_id, ordered_at, sum(double_amount) over last_7d as f0 from {{{{ ref('m') }}}}",
    }
    assert types(asked, files, "v")[2:] == ["DECIMAL(38, 2)"]


def test_without_a_describer_types_are_left_open() -> None:
    columns = node(compiler({f"models/{path}": text for path, text in view("round(amount)").items()}).graph, "v").columns
    assert columns and columns[-1] == Column("f0", None)


def test_no_file_is_read(describe: Describe, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    assert describe(f"select * from read_csv('{tmp_path / 'secret.csv'}')") is None
    assert describe(f"select * from '{tmp_path / 'secret.csv'}'") is None


@pytest.mark.parametrize("statement", ["select * from range(len(range(3000000000)))", "select 1 limit len(range(3000000000))"])
def test_a_constant_that_needs_all_memory_is_not_known(describe: Describe, statement: str) -> None:
    """DuckDB computes it to bind the statement."""
    describe(statement)
    assert describe("select 1 as a, 'x' as b") == ("INTEGER", "VARCHAR")


def test_a_describer_that_cannot_be_started_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/no/such/python")
    found = describer("duckdb")
    assert found and found("select 1") is None


def test_a_describer_that_is_ended_starts_again(describe: Describe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featsql.engines.describing._SECONDS", 0.0)
    found = describer("duckdb")
    assert found and found("select 1") is None
    monkeypatch.undo()
    assert found("select 1") == ("INTEGER",)


def test_no_dialect_without_a_describer() -> None:
    assert describer("snowflake") is None


def test_an_overflow_points_at_the_call(tmp_path: Path) -> None:
    orders = "select 1 as customer_id, timestamp '2024-03-05' as ordered_at, unnest([9223372036854775807, 1]) as amount"
    call = "sum(amount) over last_7d"
    header = HEADER.replace("windows:", "online: true\nwindows:")
    files = {
        "featsql.yml": "name: sums\nprofile: sums\ndialect: duckdb\n",
        "profiles.yml": "sums: {target: dev, outputs: {dev: {type: duckdb, path: sums.duckdb}}}\n",
        "models/entities.yml": "entities: [{name: customer, keys: [customer_id]}]\n",
        "models/orders.sql": orders,
        "models/spend.sql": f"{header}select customer_id, ordered_at,\n  {call} as spent\nfrom {{{{ ref('orders') }}}}",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    result = Project(tmp_path).run(as_of="2024-03-07")
    (found,) = [diagnostic for each in result.results for diagnostic in each.diagnostics]
    assert found.span and found.span.text == call
