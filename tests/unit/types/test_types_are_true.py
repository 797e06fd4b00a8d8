"""R26: the type that the compiler gives a feature, before anything connects, is the type that a run leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import duckdb
import pytest

from featsql import Project
from featsql.front.sql import canonical_type

COLUMNS: Final = {
    "tiny": ("tinyint", "3"),
    "small": ("smallint", "3"),
    "whole": ("integer", "3"),
    "big": ("bigint", "3"),
    "huge": ("hugeint", "3"),
    "utiny": ("utinyint", "3"),
    "uwhole": ("uinteger", "3"),
    "ubig": ("ubigint", "3"),
    "uhuge": ("uhugeint", "3"),
    "price": ("decimal(10, 2)", "3.25"),
    "loose": ("decimal", "3.25"),
    "ratio": ("float", "0.5"),
    "score": ("double", "0.5"),
    "word": ("varchar", "'abc'"),
    "short_word": ("varchar(10)", "'abc'"),
    "is_paid": ("boolean", "true"),
    "day": ("date", "date '2024-03-05'"),
    "hour": ("time", "time '10:00:00'"),
    "moment": ("timestamp", "timestamp '2024-03-05 10:00:00'"),
    "instant": ("timestamptz", "timestamptz '2024-03-05 10:00:00+00'"),
    "exact_moment": ("timestamp_ns", "timestamp_ns '2024-03-05 10:00:00'"),
    "span": ("interval", "interval 3 days"),
    "raw_bytes": ("blob", "'abc'::blob"),
    "ident": ("uuid", "'00000000-0000-0000-0000-000000000001'::uuid"),
    "numbers": ("integer[]", "[1, 2]"),
    "prices": ("decimal(10, 2)[]", "[1.5, 2.5]"),
    "pair": ("struct(x integer, y varchar)", "{'x': 1, 'y': 'a'}"),
    "counts": ("map(varchar, integer)", "map {'a': 1}"),
    "letter": ("enum('a', 'b')", "'a'"),
    "document": ("json", "'{\"a\": 1}'"),
}
"""One column of every type: how it is declared, and a value."""

OF_ONE_ROW: Final = (
    *("tiny + tiny", "tiny + 1", "tiny + 1000", "small * 2", "whole + whole", "whole + 1", "whole - big", "big * 3000000000"),
    *("huge + 1", "uhuge + 1", "ubig + big", "uwhole + whole", "utiny + 1", "-tiny", "-price", "abs(whole)", "sign(whole)"),
    *("whole // 2", "whole % 2", "whole / 2", "ratio / ratio", "ratio / 2", "ratio + whole", "score * ratio", "price / 2"),
    *("price + 1", "price + price", "price * price", "price * 2", "loose - price", "whole * 1.5", "price * score", "1.5", "7"),
    *("round(price, 1)", "round(price)", "round(score, 2)", "floor(score)", "ceil(price)", "log10(whole)", "ln(score)"),
    *("sqrt(whole)", "power(whole, 2)", "greatest(tiny, 1)", "least(whole, big)", "greatest(price, 1)"),
    *("coalesce(tiny, 1)", "coalesce(whole, 0)", "coalesce(price, 0)", "coalesce(price, whole)", "coalesce(word, 'none')"),
    *("nullif(whole, 0)", "nullif(tiny, 0)", "case when is_paid then 1 else 2 end", "case when is_paid then tiny else big end"),
    *("case when is_paid then price else 0 end", "case when is_paid then 'a' else 'b' end", "if(is_paid, whole, 1)"),
    *("is_paid and whole > 1", "word like 'a%'", "whole between 1 and 2", "whole in (1, 2)", "day is null", "not is_paid"),
    *("lower(word)", "trim(word)", "word || '-' || short_word", "concat(word, whole)", "length(word)", "word[1]", "'text'"),
    *("substring(word, 1, 2)", "regexp_extract(word, 'b')", "string_split(word, 'b')", "hash(word)", "md5(word)"),
    *("date_trunc('month', day)", "date_trunc('month', moment)", "day + 1", "day - day", "moment - moment", "year(day)"),
    *(
        "moment + interval 1 day",
        "day + interval 1 day",
        "instant + span",
        "span * 2",
        "extract(dow from moment)",
        "epoch(moment)",
    ),
    *("extract(epoch from span)", "date_diff('day', day, moment)", "strftime(moment, '%Y')", "hour", "date_part('year', day)"),
    *(
        "cast(price as decimal)",
        "cast(whole as varchar(3))",
        "whole::double",
        "try_cast(word as integer)",
        "cast(word as char(2))",
    ),
    *("numbers[1]", "len(numbers)", "list_sum(numbers)", "list_transform(numbers, lambda n: n * 2)", "prices[1]"),
    *("pair.x", "pair.y", "pair['x']", "counts['a']", "map_keys(counts)", "{'k': whole, 'v': price}", "[whole, 1]"),
    *("document->>'a'", "json_extract(document, '$.a')", "octet_length(raw_bytes)", "ident", "letter", "letter || 'x'"),
    *("as_of_time", "as_of_time - moment", "date_diff('hour', moment, as_of_time)", "coalesce(whole, 1) -- of the user\n"),
)
OVER_WINDOWS: Final = (
    *("count(*) over w", "count(distinct word) over w", "sum(tiny) over w", "sum(whole) over w", "sum(huge) over w"),
    *("sum(uhuge) over w", "sum(distinct uhuge) over w", "sum(ubig) over w", "sum(price) over w", "sum(loose) over w"),
    *("sum(ratio) over w", "sum(is_paid) over w", "sum(price * whole) over w", "sum(round(price, 1)) over w"),
    *("sum(length(word)) over w", "sum(list_sum(numbers)) over w", "sum(greatest(tiny, 1)) over w"),
    *("avg(price) over w", "avg(whole) over w", "avg(day) over w", "avg(moment) over w", "avg(span) over w"),
    *("median(whole) over w", "median(price) over w", "median(ratio) over w", "median(day) over w", "median(hour) over w"),
    *("quantile_cont(whole, 0.5) over w", "quantile_cont(price, [0.25, 0.75]) over w", "mode(letter) over w"),
    *("max(uhuge) over w", "min(pair) over w", "max(date_trunc('month', day)) over w", "stddev_samp(whole) over w"),
    *("first(numbers) over w", "last(price / 2) over w", "arg_max(word || 'x', big) over w", "array_agg(price * 2) over w"),
    *("array_agg(pair) over w", "approx_count_distinct(word) over w", "bool_or(is_paid) over w"),
    *("sum(price) over w / nullif(count(*) over w, 0)", "sum(whole) over w + 1", "coalesce(sum(price) over w, 0)"),
    *(
        "round(avg(score) over w, 2)",
        "as_of_time - max(moment) over w",
        "array_agg(whole) over w[1]",
        "-median(day - day) over w",
    ),
    *("sum(price) filter (where moment < as_of_time) over w", "sum(date_diff('hour', moment, as_of_time)) over w"),
    *("last(as_of_time - moment) over w", "whole + count(*) over w", "case when count(*) over w > 1 then price end"),
)
EXPRESSIONS: Final = (*OF_ONE_ROW, *OVER_WINDOWS)

SOURCES: Final = (
    "sources:\n  - {name: raw, schema: raw, tables: [{name: events, columns: [%s]}, {name: labels, columns: [%s]}]}\n"
)
ENTITIES: Final = "entities: [{name: customer, keys: [customer_id]}]\n"
VIEW: Final = """/*---
kind: feature_view
entity: customer
timestamp: happened_at
online: true
windows: {w: 7d}
---*/
"""
TRAINING: Final = """/*---
kind: training_set
timestamp: decided_at
features: [%s]
---*/
select customer_id, decided_at from {{ source('raw', 'labels') }}
"""


def declared(columns: dict[str, str]) -> str:
    return ", ".join(f"{{name: {name}, type: {json.dumps(type_name)}}}" for name, type_name in columns.items())


def lay_out(root: Path, declarations: str) -> None:
    """A project with every expression as a feature: over a source, over a CTE, and over a model that computes it."""
    listed = "".join(f",\n    {expression} as f{i}" for i, expression in enumerate(EXPRESSIONS))
    of_rows = [e for e in OF_ONE_ROW if "as_of_time" not in e]
    computed = "".join(f",\n    {expression} as f{i}" for i, expression in enumerate(of_rows))
    names = "".join(f", f{i}, max(f{i}) over w as m{i}" for i in range(len(of_rows)))
    source = "{{ source('raw', 'events') }}"
    files = {
        "featsql.yml": "name: types\nprofile: types\ndialect: duckdb\n",
        "profiles.yml": "types: {target: dev, outputs: {dev: {type: duckdb, path: types.duckdb}}}\n",
        "models/declarations.yml": declarations + ENTITIES,
        "models/direct.sql": f"{VIEW}select customer_id, happened_at{listed}\nfrom {source}",
        "models/computed.sql": f"select customer_id, happened_at{computed}\nfrom {source}",
        "models/of_model.sql": f"{VIEW}select customer_id, happened_at{names} from {{{{ ref('computed') }}}}",
        "models/of_cte.sql": (
            f"{VIEW}with computed as (select customer_id, happened_at{computed}\nfrom {source})\n"
            f"select customer_id, happened_at{names} from computed"
        ),
        "models/unions.sql": (
            f"select tiny as a, whole as b, price as c, word as d, day as e from {source}\n"
            f"union all select big, score, whole, 'a', moment from {source}"
        ),
        **{f"models/set_{view}.sql": TRAINING % view for view in ("direct", "of_model", "of_cte")},
    }
    for path, text in files.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    values = ", ".join(f"cast({value} as {written}) as {name}" for name, (written, value) in COLUMNS.items())
    with duckdb.connect(str(root / "types.duckdb")) as connection:
        connection.execute("create schema raw")
        connection.execute(
            f"create table raw.events as select 1::bigint customer_id, timestamp '2024-03-05' happened_at, {values}"
        )
        connection.execute("create table raw.labels as select 1::bigint customer_id, timestamp '2024-03-06' decided_at")


DECLARED: Final = SOURCES % (
    declared({"customer_id": "bigint", "happened_at": "timestamp", **{name: written for name, (written, _) in COLUMNS.items()}}),
    declared({"customer_id": "bigint", "decided_at": "timestamp"}),
)
UNDECLARED: Final = "sources: [{name: raw, schema: raw, tables: [{name: events}, {name: labels}]}]\n"
RELATIONS: Final = (
    "set_direct",
    "set_of_model",
    "set_of_cte",
    "computed",
    "unions",
    "direct",
    "of_model",
    "of_cte",
    "direct__online",
)
Types = dict[str, dict[str, str | None]]


def in_manifest(root: Path) -> Types:
    """Types by relation and column."""
    manifest = json.loads((root / "target" / "manifest.json").read_text(encoding="utf-8"))
    nodes = {node["name"]: node["columns"] for node in manifest["nodes"].values()}
    return {name: {column: told["type"] for column, told in columns.items()} for name, columns in nodes.items()}


def built(root: Path) -> Types:
    """Types of the relations that a run leaves, in the compiler's spelling."""
    result = Project(root).run(as_of="2024-03-07")
    assert result.ok, [d.message for r in result.results for d in r.diagnostics]
    with duckdb.connect(str(root / "types.duckdb"), read_only=True) as connection:
        described = {name: connection.execute(f"describe {name}").fetchall() for name in RELATIONS}
    return {name: {row[0]: canonical_type(row[1], "duckdb") for row in rows} for name, rows in described.items()}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Types, Types]:
    """Types as the manifest of a compile has them, which had declared types and no connection, and as a run then left them."""
    root = tmp_path_factory.mktemp("declared")
    lay_out(root, DECLARED)
    Project(root).compile(as_of="2024-03-07")
    return in_manifest(root), built(root)


@pytest.mark.parametrize("relation", RELATIONS)
def test_compiled_types_are_those_of_the_run(relation: str, both: tuple[Types, Types]) -> None:
    manifest, left = both
    compiled = manifest[relation.removesuffix("__online")]
    for name, found in left[relation].items():
        if name not in ("event_time", "as_of_time"):
            assert (name, compiled[name]) == (name, found)
    assert None not in compiled.values()


def test_what_the_warehouse_tells_of_its_tables_is_as_good_as_a_declaration(tmp_path: Path, both: tuple[Types, Types]) -> None:
    lay_out(tmp_path, UNDECLARED)
    built(tmp_path)
    declared_types, _ = both
    assert {name: in_manifest(tmp_path)[name] for name in declared_types} == declared_types
