"""A project of any size whose every model has 20 columns, each of which can be followed up to a source."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Final

VALUES: Final = tuple(f"c{number}" for number in range(18))
"""The columns beside the key and the time."""
SOURCES: Final = 20


def generate(folder: Path, models: int, seed: int = 1) -> None:
    """Write it: of its models 70 % are plain ones that join two others, 25 % feature views, 5 % training sets."""
    dice = random.Random(seed)
    files = {
        "featsql.yml": "name: large\nprofile: large\ndialect: duckdb\n",
        "profiles.yml": "large: {target: dev, outputs: {dev: {type: duckdb, path: large.duckdb, schema: main}}}\n",
        "models/declarations.yml": _declarations(),
    }
    plain, views = [f"m{n}" for n in range(int(models * 0.7))], [f"v{n}" for n in range(int(models * 0.25))]
    for number, name in enumerate(plain):
        files[f"models/{name}.sql"] = _plain(number, plain[:number], dice)
    for number, name in enumerate(views):
        files[f"models/{name}.sql"] = _view(number, dice.choice(plain))
    for number in range(models - len(plain) - len(views)):
        files[f"models/s{number}.sql"] = _set(sorted(dice.sample(views, 2)), dice.choice(plain))
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _declarations() -> str:
    columns = ["{name: k, type: bigint}", "{name: ts, type: timestamp}"]
    columns += [f"{{name: {c}, type: double, description: Measured as {c}.}}" for c in VALUES]
    tables = [f"      - {{name: t{number}, columns: [{', '.join(columns)}]}}" for number in range(SOURCES)]
    return "\n".join(["sources:", "  - name: raw", "    tables:", *tables, "entities:", "  - {name: thing, keys: [k]}", ""])


def _plain(number: int, before: list[str], dice: random.Random) -> str:
    near = before[-120:]
    read = [f"{{{{ ref('{name}') }}}}" for name in dice.sample(near, 2)] if number >= 60 else []
    first, second = read or [f"{{{{ source('raw', 't{dice.randrange(SOURCES)}') }}}}"] * 2
    values = ",\n".join(f"    a.{c} + b.{other} as {c}" for c, other in zip(VALUES, VALUES[1:] + VALUES[:1], strict=True))
    header = f"description: Model {number}.\nowner: team{number % 9}\ntags: [g{number % 13}]"
    return (
        f"/*---\n{header}\n---*/\nwith a as (select * from {first}),\nb as (select * from {second})\n"
        f"select\n    a.k,\n    a.ts,\n{values}\nfrom a\njoin b on a.k = b.k and b.ts <= a.ts\n"
    )


def _view(number: int, read: str) -> str:
    header = (
        f"kind: feature_view\nentity: thing\ntimestamp: ts\nonline: true\nowner: team{number % 9}\n"
        f"windows: {{last_7d: 7d, last_30d: 30d}}\ndescription: Features {number}."
    )
    sums = ",\n".join(f"    sum({c}) over last_{(7, 30)[n % 2]}d as f{number}_{n}" for n, c in enumerate(VALUES))
    return f"/*---\n{header}\n---*/\nselect\n    k,\n    ts,\n{sums}\nfrom {{{{ ref('{read}') }}}}\n"


def _set(views: list[str], spine: str) -> str:
    header = f"kind: training_set\ntimestamp: ts\nfeatures: [{', '.join(views)}]"
    return f"/*---\n{header}\n---*/\nselect k, ts\nfrom {{{{ ref('{spine}') }}}}\n"
