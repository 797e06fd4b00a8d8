"""The `.yml` files under models/."""

from __future__ import annotations

import pytest

from featsql.ir.header import Declarations

from .reading import declared, declared_findings


def test_an_empty_file_declares_nothing() -> None:
    assert declared("") == declared("# later\n") == declared("version: 2\n") == Declarations()


def test_a_source_with_all_its_keys() -> None:
    read = declared(
        """
version: 2
sources:
  - name: shop
    description: The shop's own database.
    database: lake
    schema: raw
    owner: growth
    tags: [money]
    freshness: {warn_after: 12h}
    meta: {tier: 1}
    tables:
      - name: orders
        identifier: ORDERS_V2
        path: data/orders/*.parquet
        timestamp: ordered_at
        available_at: loaded_at
        freshness: {warn_after: 1h, error_after: 1d}
        description: One row an order.
        tags: [daily, money]
        tests: [{row_count: {min: 1}}]
        columns: [{name: order_id, type: bigint, tests: [unique, not_null]}]
      - name: customers
"""
    )
    orders, customers = read.sources
    assert (orders.id, orders.database, orders.schema, orders.identifier) == ("shop.orders", "lake", "raw", "ORDERS_V2")
    assert (orders.path, str(orders.path_span)) == ("data/orders/*.parquet", "models/shop.yml:15:15")
    assert (str(orders.timestamp), str(orders.available_at)) == ("ordered_at", "loaded_at")
    assert (orders.freshness, [t.plain for t in orders.tests]) == (
        {"warn_after": "1h", "error_after": "1d"},
        [{"row_count": {"min": 1}}],
    )
    assert (orders.description, orders.tags, orders.owner) == ("One row an order.", ("money", "daily"), "growth")
    assert [(str(c.name), str(c.type), [t.plain for t in c.tests]) for c in orders.columns] == [
        ("order_id", "bigint", ["unique", "not_null"])
    ]
    # what a table leaves out is the source's
    assert (customers.identifier, customers.path, customers.freshness) == ("customers", None, {"warn_after": "12h"})
    assert (customers.owner, customers.tags, customers.meta) == ("growth", ("money",), {"tier": 1})


def test_the_schema_is_the_sources_name_unless_it_says() -> None:
    [table] = declared("sources: [{name: shop, tables: [{name: orders}]}]").sources
    assert (table.schema, table.database) == ("shop", None)


@pytest.mark.parametrize("path", ["a.parquet", "a/*.csv", "a/**/*.CSV.gz", "a.ndjson", "/data/a.json.zst", "s3://b/*.tsv"])
def test_files_in_place_of_a_table(path: str) -> None:
    [table] = declared(f"sources: [{{name: s, tables: [{{name: t, path: '{path}'}}]}}]").sources
    assert table.path == path


def test_entities_models_seeds_and_exposures() -> None:
    read = declared(
        """
entities:
  - {name: customer, keys: [customer_id], description: A person.}
  - {name: day, keys: day}
models: [{name: stg_orders, description: Clean orders., columns: {order_id: {tests: [unique]}}}]
seeds: [{name: carriers, columns: [{name: carrier, type: varchar}], tests: [{row_count: {min: 1}}]}]
exposures: [{name: dashboard, type: dashboard}]
"""
    )
    assert [(e.name.text, [k.text for k in e.keys], e.description) for e in read.entities] == [
        ("customer", ["customer_id"], "A person."),
        ("day", ["day"], ""),
    ]
    assert [(m.name.text, m.description, [t.plain for t in m.columns[0].tests]) for m in read.models] == [
        ("stg_orders", "Clean orders.", ["unique"])
    ]
    assert [(s.name.text, str(s.columns[0].type), [t.plain for t in s.tests]) for s in read.seeds] == [
        ("carriers", "varchar", [{"row_count": {"min": 1}}])
    ]
    assert read.exposures == [{"name": "dashboard", "type": "dashboard"}]


@pytest.mark.parametrize(
    ("text", "code", "place", "said"),
    [
        ("- a", "FS104", "1:1", "is a mapping, not a list"),
        ("source: []", "FS102", "1:1", "did you mean `sources`?"),
        ("version: 3", "FS106", "1:10", "`version` is 2"),
        ("sources: {a: b}", "FS104", "1:10", "a list of mappings, not a mapping"),
        ("sources: [shop]", "FS104", "1:11", "an item of `sources` is a mapping"),
        ("sources: [{tables: []}]", "FS105", "1:11", "a source needs `name`"),
        ("sources: [{name: s}]", "FS105", "1:11", "a source needs `tables`"),
        ("sources: [{name: my.shop, tables: []}]", "FS109", "1:18", "write `my_shop`"),
        ("sources: [{name: s, tables: [{nme: t}]}]", "FS105", "1:30", "a table needs `name`"),
        ("sources: [{name: s, shcema: raw, tables: []}]", "FS102", "1:21", "did you mean `schema`?"),
        ("sources: [{name: s, tables: [{name: t, path: data/t}]}]", "FS106", "1:46", ".parquet, .csv or .json"),
        ("sources: [{name: s, tables: [{name: t, loaded_at_field: x}]}]", "FS102", "1:40", "it is called `available_at` here"),
        ("sources: [{name: s, freshness: 12h, tables: []}]", "FS104", "1:32", "`freshness` is a mapping"),
        ("sources: [{name: s, freshness: {warn_aftr: 12h}, tables: []}]", "FS102", "1:33", "did you mean `warn_after`?"),
        ("sources: [{name: s, freshness: {warn_after: 1mo}, tables: []}]", "FS107", "1:45", "not an exact length"),
        ("sources: [{name: s, freshness: {error_after: {count: 12, period: hour}}, tables: []}]", "FS107", "1:46", "write `12h`"),
        ("entities: [{name: e}]", "FS105", "1:12", "an entity needs `keys`"),
        ("entities: [{name: e, keys: []}]", "FS106", "1:28", "an empty list"),
        ("entities: [{name: e, keys: [a, A]}]", "FS106", "1:32", "`A` is there twice in `keys`"),
        ("entities: [{name: my entity, keys: a}]", "FS109", "1:19", "cannot name an entity"),
        ("models: [{description: x}]", "FS105", "1:10", "needs `name`"),
        ("models: [{name: m, columns: [{name: a, data_type: x}]}]", "FS102", "1:40", "it is called `type` here"),
        ("seeds: [{name: s, columns: [{name: a}, {name: A}]}]", "FS103", "1:47", "`A` is there twice"),
        ("exposures: [{type: x}]", "FS105", "1:13", "an exposure needs `name`"),
        ("sources: [{name: '{{ x }}', tables: []}]", "FS101", "1:18", "Jinja"),
    ],
)
def test_what_is_wrong(text: str, code: str, place: str, said: str) -> None:
    found = declared_findings(text)
    assert (code, place) in [finding[:2] for finding in found]
    assert said in next(finding[2] for finding in found if finding[:2] == (code, place))


def test_what_is_right_is_read_beside_what_is_wrong() -> None:
    """All errors of a file at once: one wrong table does not hide the next one's."""
    found = declared_findings("sources: [{name: s, tables: [{name: 1}, {name: t, pth: x}]}]\nentities: [{name: e}]")
    assert sorted(code for code, _, _ in found) == ["FS102", "FS104", "FS105"]
