"""A project of any size, shaped like those of analytics teams: sources, staging, joins of joins, feature views, training sets."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS = (
    ("row_id", "bigint"),
    ("customer_id", "bigint"),
    ("merchant_id", "bigint"),
    ("status", "varchar"),
    ("country", "varchar"),
    ("amount", "decimal(12, 2)"),
    ("created_at", "timestamp"),
    ("loaded_at", "timestamp"),
)
"""Every source table and every model has these, so that anything can be joined to anything."""

LAYER_SIZE = 100
"""Models read the layer before theirs: a graph some ten layers deep at a thousand models."""


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of a project's models are what; the rest are joins."""

    staging: float = 0.10
    feature_views: float = 0.20
    training_sets: float = 0.05


USUAL = Shares()


def generate(folder: Path, models: int, seed: int = 1, shares: Shares = USUAL) -> int:
    """Write a project of `models` (20 or more) SQL files into a folder: the same bytes each time. Returns the lines of SQL."""
    dice = random.Random(f"{seed}-{models}")
    staging = [f"stg_{number:05}" for number in range(max(4, int(models * shares.staging)))]
    views = [f"features_{number:05}" for number in range(int(models * shares.feature_views))]
    sets = [f"training_{number:05}" for number in range(int(models * shares.training_sets))]
    joins = [f"joined_{number:05}" for number in range(max(0, models - len(staging) - len(views) - len(sets)))]
    files = {f"staging/{name}.sql": _staging(number) for number, name in enumerate(staging)}
    tables = [*staging, *joins]
    for place, name in enumerate(joins, start=len(staging)):
        files[f"joins/{name}.sql"] = _join(tables[max(0, place - LAYER_SIZE) : place], dice)
    for name in views:
        files[f"features/{name}.sql"] = _feature_view(dice.choice(tables), dice)
    for name in sets:
        files[f"training/{name}.sql"] = _training_set(dice.choice(tables), dice.sample(views, min(4, len(views))))
    _write(folder, files, len(staging))
    return sum(text.count("\n") for text in files.values())


def _write(folder: Path, files: dict[str, str], sources: int) -> None:
    for name, text in {
        "featsql.yml": 'name: large\nprofile: large\ndialect: duckdb\nvars: {start: "2024-01-01", smallest: 1}\n',
        "profiles.yml": "large:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: large.duckdb, schema: main}\n",
        "macros/money.sql": _MACROS,
        "models/declarations.yml": _declarations(sources),
        **{f"models/{name}": text for name, text in files.items()},
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


_MACROS = """\
{% macro bucket(column, edges) -%}
case
    {%- for edge in edges %}
    when {{ column }} < {{ edge }} then {{ loop.index }}
    {%- endfor %}
    else {{ edges | length + 1 }}
end
{%- endmacro %}

{% macro ratio(part, whole) -%}
{{ part }} / nullif({{ whole }}, 0)
{%- endmacro %}
"""


def _declarations(sources: int) -> str:
    columns = "".join(f"          - {{name: {name}, type: '{type_name}'}}\n" for name, type_name in COLUMNS)
    tables = "".join(f"      - name: events_{number:05}\n        columns:\n{columns}" for number in range(sources))
    entities = "  - {name: customer, keys: [customer_id]}\n  - {name: merchant, keys: [merchant_id]}\n"
    return f"sources:\n  - name: raw\n    schema: raw\n    tables:\n{tables}entities:\n{entities}"


def _staging(number: int) -> str:
    return f"""\
select
    row_id,
    customer_id,
    merchant_id,
    lower(trim(status)) as status,
    coalesce(country, 'unknown') as country,
    amount,
    created_at,
    loaded_at
from {{{{ source('raw', 'events_{number:05}') }}}}
where created_at >= timestamp '{{{{ var("start") }}}}'
    and amount >= {{{{ var("smallest") }}}}
"""


def _join(earlier: Sequence[str], dice: random.Random) -> str:
    base, one, two, three = (dice.choice(earlier) for _ in range(4))
    country = dice.choice(("case when country = 'unknown' then null else country end", "upper(country)"))
    bucket = "{{ bucket('recent.amount', [10, 100, 1000]) }}" if dice.random() < 0.5 else "cast(log10(recent.amount) as integer)"
    return f"""\
with recent as (
    select row_id, customer_id, merchant_id, status, {country} as country, amount, created_at, loaded_at
    from {{{{ ref('{base}') }}}}
    where status <> 'cancelled'
),

totals as (
    select customer_id, sum(amount) as total, count(*) as orders, max(created_at) as last_at
    from {{{{ ref('{one}') }}}}
    group by customer_id
)

select
    recent.row_id,
    recent.customer_id,
    coalesce(recent.merchant_id, other.merchant_id) as merchant_id,
    recent.status,
    coalesce(recent.country, places.country) as country,
    cast(recent.amount + coalesce(other.amount, 0) as decimal(12, 2)) as amount,
    greatest(recent.created_at, coalesce(totals.last_at, recent.created_at)) as created_at,
    recent.loaded_at,
    totals.orders,
    {bucket} as size_bucket,
    row_number() over (partition by recent.customer_id order by recent.created_at desc) as nth_order
from recent
left join totals on recent.customer_id = totals.customer_id
left join {{{{ ref('{two}') }}}} as other on recent.row_id = other.row_id and recent.customer_id = other.customer_id
left join {{{{ ref('{three}') }}}} as places on recent.merchant_id = places.merchant_id
"""


def _feature_view(table: str, dice: random.Random) -> str:
    entity, key, other = dice.choice((("customer", "customer_id", "merchant_id"), ("merchant", "merchant_id", "customer_id")))
    days = dice.choice((28, 30, 90))
    return f"""\
/*---
kind: feature_view
entity: {entity}
timestamp: created_at
available_at: loaded_at
ttl: {days}d
windows: {{short: 7d, long: {days}d, before: {{range: 7d, offset: 7d}}, lifetime: all}}
online: true
owner: growth
description: How a {entity} has been doing.
---*/
select
    {key},
    created_at,
    amount as last_amount,
    country as last_country,
    count(*) over short as orders_short,
    sum(amount) over long as amount_long,
    {{{{ ratio('sum(amount) over short', 'sum(amount) over before') }}}} as trend,
    max(amount) over long as largest_long,
    count(distinct {other}) filter (where status = 'paid') over long as partners_long,
    date_diff('hour', max(created_at) over lifetime, as_of_time) as hours_since
from {{{{ ref('{table}') }}}}
where status <> 'refunded'
"""


def _training_set(table: str, views: Sequence[str]) -> str:
    features = "".join(f"  - {{view: {view}, prefix: {view}_}}\n" for view in views)
    return f"""\
/*---
kind: training_set
timestamp: created_at
label: is_large
features:
{features}---*/
select customer_id, merchant_id, created_at, amount > 100 as is_large
from {{{{ ref('{table}') }}}}
"""
