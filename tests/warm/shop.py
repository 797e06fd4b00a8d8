"""A small project with one of everything that a compile can meet, and what may happen to its files."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

Files = dict[str, str]

FILES: Final[Mapping[str, str]] = {
    "featsql.yml": "name: shop\nprofile: shop\ndialect: duckdb\nvars: {start: '2024-01-01', least: 1}\n",
    "profiles.yml": "shop:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: shop.duckdb, schema: main}\n"
    "    prod: {type: snowflake, account: a, user: u, password: p, database: db, warehouse: w, schema: feats}\n",
    "data/visits.csv": "customer_id,visited_at\n1,2024-01-01 00:00:00\n",
    "seeds/countries.csv": "country,region\nfr,eu\n",
    "macros/money.sql": "{% macro cents(column) %}cast({{ column }} * 100 as bigint){% endmacro %}\n",
    "models/declarations.yml": """\
sources:
  - name: raw
    schema: raw
    tables:
      - name: orders
        timestamp: ordered_at
        columns:
          - {name: order_id, type: bigint}
          - {name: customer_id, type: bigint}
          - {name: amount, type: 'decimal(12, 2)'}
          - {name: status, type: varchar}
          - {name: country, type: varchar}
          - {name: ordered_at, type: timestamp}
          - {name: loaded_at, type: timestamp}
      - {name: visits, path: data/visits.csv}
entities:
  - {name: customer, keys: [customer_id]}
models:
  - name: stg_orders
    description: Orders, cleaned.
    columns: [{name: order_id, description: Its number., tests: [not_null]}]
""",
    "models/stg_orders.sql": """\
select order_id, customer_id, amount, lower(status) as status, country, ordered_at, loaded_at
from {{ source('raw', 'orders') }}
where ordered_at >= timestamp '{{ var("start") }}' and amount >= {{ var("least") }}
""",
    "models/paid.sql": """\
/*---
materialized: ephemeral
---*/
select order_id, customer_id, amount, ordered_at, loaded_at
from {{ ref('stg_orders') }}
where status = 'paid'
""",
    "models/places.sql": """\
/*---
description: Orders with their regions.
materialized: table
---*/
with last_orders as (
    select customer_id, country, max(ordered_at) as last_at
    from {{ ref('stg_orders') }}
    group by customer_id, country
)

select last_orders.customer_id, countries.region, last_orders.last_at
from last_orders
left join {{ ref('countries') }} as countries on last_orders.country = countries.country
""",
    "models/daily.sql": """\
/*---
materialized: incremental
unique_key: order_id
---*/
select order_id, amount, {{ cents('amount') }} as cents, loaded_at
from {{ ref('stg_orders') }}
{% if is_incremental() %}where loaded_at > (select max(loaded_at) from {{ this }}){% endif %}
""",
    "models/kept.sql": """\
/*---
kind: snapshot
unique_key: customer_id
strategy: check
check_columns: [region]
---*/
select customer_id, region from {{ ref('places') }}
""",
    "models/spend.sql": """\
/*---
kind: feature_view
entity: customer
timestamp: ordered_at
available_at: loaded_at
ttl: 90d
windows: {week: 7d, ever: all}
online: true
---*/
select
    customer_id,
    ordered_at,
    amount as last_amount,
    count(*) over week as orders_week,
    sum({{ cents('amount') }}) over ever as cents_ever
from {{ ref('paid') }}
""",
    "models/regions.sql": """\
/*---
kind: feature_view
entity: customer
timestamp: last_at
windows: {ever: all}
---*/
select customer_id, last_at, region, count(*) over ever as visits
from {{ ref('places') }}
where region <> '{{ env_var("SHOP_REGION", "none") }}'
""",
    "models/seen.sql": "select customer_id, visited_at from {{ source('raw', 'visits') }}\n",
    "models/train.sql": """\
/*---
kind: training_set
timestamp: ordered_at
label: is_large
features:
  - spend
  - {view: regions, prefix: r_}
---*/
select customer_id, ordered_at, amount > {{ var('least') }} as is_large from {{ ref('stg_orders') }}
""",
    "tests/none_negative.sql": "select * from {{ ref('stg_orders') }} where amount < 0\n",
}


@dataclass(slots=True)
class World:
    """What a compile is given: the project's files, and what is not in them."""

    files: Files
    variables: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    target: str = "dev"
    as_of: str = "2026-01-01"


Edit = Callable[[World, random.Random], None]


def whole() -> World:
    return World({**FILES})


def edit(world: World, dice: random.Random) -> str:
    """Do one thing to the world; what it was."""
    name, chosen = dice.choice(_EDITS)
    chosen(world, dice)
    return name


def _model(world: World, dice: random.Random) -> str | None:
    models = sorted(path for path in world.files if path.startswith("models/") and path.endswith(".sql"))
    return dice.choice(models) if models else None


def _swap(*pairs: tuple[str, str]) -> Edit:
    """One of the words in one of the models, both ways, where it stands."""
    both = [*pairs, *((new, old) for old, new in pairs)]

    def swapped(world: World, dice: random.Random) -> None:
        found = [(p, a, b) for p, text in sorted(world.files.items()) if p.startswith("models/") for a, b in both if a in text]
        if found:
            path, old, new = dice.choice(found)
            world.files[path] = world.files[path].replace(old, new, 1)

    return swapped


def _appended(text: str) -> Edit:
    def appended(world: World, dice: random.Random) -> None:
        if path := _model(world, dice):
            world.files[path] += text.format(number=dice.randrange(100))

    return appended


def _in_body(world: World, dice: random.Random) -> None:
    """A comment between header and SQL: every place behind it moves."""
    if path := _model(world, dice):
        head, mark, body = world.files[path].rpartition("---*/\n")
        world.files[path] = f"{head}{mark}-- note {dice.randrange(100)}\n{body}"


def _replaced(path: str, old: str, new: str) -> Edit:
    def replaced(world: World, dice: random.Random) -> None:
        text = world.files.get(path, "")
        world.files[path] = text.replace(old, new, 1) if old in text else text.replace(new, old, 1)

    return replaced


def _gone(world: World, dice: random.Random) -> None:
    if path := _model(world, dice):
        del world.files[path]


def _renamed(world: World, dice: random.Random) -> None:
    if path := _model(world, dice):
        world.files[f"models/renamed_{dice.randrange(3)}.sql"] = world.files.pop(path)


def _new(world: World, dice: random.Random) -> None:
    world.files[f"models/new_{dice.randrange(3)}.sql"] = f"select {dice.randrange(9)} as n, * from {{{{ ref('places') }}}}\n"


def _restored(world: World, dice: random.Random) -> None:
    """As after `git checkout .`: one file, or all of them."""
    if dice.random() < 0.5:
        world.files = {**FILES}
    else:
        path = dice.choice(sorted(FILES))
        world.files[path] = FILES[path]


def _variables(world: World, dice: random.Random) -> None:
    world.variables = dice.choice([{}, {"least": 2}, {"start": "2025-01-01"}])


def _environment(world: World, dice: random.Random) -> None:
    world.environment = dice.choice([{}, {"SHOP_REGION": "eu"}, {"SHOP_REGION": "us"}, {"ELSE": "1"}])


def _target(world: World, dice: random.Random) -> None:
    world.target = dice.choice(["dev", "dev", "prod"])


def _time(world: World, dice: random.Random) -> None:
    world.as_of = dice.choice(["2026-01-01", "2026-02-03T04:05:06.000007Z", "1971-01-01"])


def _nothing(world: World, dice: random.Random) -> None:
    return


_VALUES = _swap(("'paid'", "'settled'"), (">= {{ var", "> {{ var"), ("'none'", "'nowhere'"), ("lower(status)", "upper(status)"))
_VIEWS = _swap(
    ("amount as last_amount", "amount + 1 as last_amount"), ("over week as", "over ever as"), ("count(*)", "count(amount)")
)
_COLUMNS = _swap((", country, ordered_at", ", ordered_at"), ("as cents,", "as pennies,"), ("amount > ", "amount >= "))
_REACHES = _swap(
    ("max(ordered_at)", "min(ordered_at)"), ("left join", "inner join"), ("where status", "where now() > ordered_at and status")
)
_HEADERS = _swap(("ttl: 90d", "ttl: 30d"), ("online: true", "online: false"), ("cleaned.", "kept clean."), ("table\n", "view\n"))
_WRONG = _swap(
    ("select", "selekt"), ("ref('stg_orders')", "ref('stg_order')"), ("ttl: 90d", "tlt: 90d"), ("]}]", "]]}"), ("from", "frm")
)
_NUMBERS = _appended(" -- 1767225600000000 {number}\n")
_EDITS: Final[tuple[tuple[str, Edit], ...]] = (
    *[("value", _VALUES), ("feature", _VIEWS), ("comment behind", _appended("-- {number}\n")), ("comment before", _in_body)] * 10,
    *[("restore", _restored)] * 6,
    *[("nothing", _nothing), ("time", _time)] * 2,
    ("columns", _COLUMNS),
    ("reach", _REACHES),
    ("header", _HEADERS),
    ("error", _WRONG),
    ("number", _NUMBERS),
    ("hole", _appended("-- \ue0ff {number}\n")),
    ("table", _swap(("{{ ref('places') }}", "main.places"))),
    ("macro", _replaced("macros/money.sql", "* 100", "* 1000")),
    ("seed", _replaced("seeds/countries.csv", "fr,eu", "fr,eu\nus,na")),
    ("seed's columns", _replaced("seeds/countries.csv", "region", "area")),
    ("data", _replaced("data/visits.csv", "visited_at", "visited_at,page")),
    ("profile", _replaced("profiles.yml", "schema: main", "schema: other")),
    ("project", _replaced("featsql.yml", "least: 1", "least: 3")),
    ("type", _replaced("models/declarations.yml", "decimal(12, 2)", "double")),
    ("delete", _gone),
    ("rename", _renamed),
    ("new", _new),
    ("variables", _variables),
    ("environment", _environment),
    ("target", _target),
)
