"""Scenes as projects: many of them in one, each asked under every strategy; and the comparison of their answers."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from unittest.mock import patch

import duckdb
import pyarrow.parquet as pq
import yaml

from featsql import Project
from featsql.ir.plan import Lookup
from featsql.ir.relational import Relation as PlanRelation
from featsql.plan.strategies import STRATEGIES, Strategy
from tests.oracle.aggregation import Value
from tests.oracle.cases import Relation, Table
from tests.oracle.dice import Dice
from tests.oracle.project import arrow_table, read_relation
from tests.pit.workbench import machine_time_zone

from .scene import Scene, draw_scene, event_table, spine_table, view_sql

CASES = int(os.environ.get("FEATSQL_METAMORPHIC_CASES", "4"))
"""Scenes a relation."""
EVERY_STRATEGY = ("auto", *STRATEGIES)
Features = dict[str, Value]
Answers = dict[str, dict[int, Features]]
"""By strategy and number of the ask."""
Pair = tuple[Scene, Scene]
Meet = Callable[[dict[int, Features], dict[int, Features]], Sequence[tuple[Features, Features]]]
Kind = Literal["training", "online", "history"]
TOLD = 40
TARGET = 0
"""The ask of every scene that has a whole key and a time, the last one of all."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a run: the machine's time zone, threads, and settings of DuckDB."""

    timezone: str | None = None
    threads: int = 2
    memory_limit: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


USUAL = Surroundings()


def scenes(salt: str, is_fit: Callable[[Scene], bool] = lambda _: True, count: int = 0) -> list[Scene]:
    """The scenes of a relation, those that fit; 40 draws a scene must be enough."""
    wanted = count or CASES
    first = Dice(salt).number(0, 83)
    drawn = (draw_scene(salt, number) for number in range(first, first + 40 * wanted))
    found = [scene for scene, _ in zip((scene for scene in drawn if is_fit(scene)), range(wanted), strict=False)]
    assert len(found) == wanted, f"{len(found)} scenes of `{salt}` fit, {wanted} wanted"
    return found


# --- running


def run(given: Sequence[Scene], surroundings: Surroundings = USUAL) -> list[Answers]:
    """A training set for each scene and strategy, all in one project; what each says, by number of the ask."""
    found = run_relations(given, "training", surroundings)
    return [
        {strategy: _by_number(relation, len(scene.keys)) for strategy, relation in relations.items()}
        for scene, relations in zip(given, found, strict=True)
    ]


def run_relations(
    given: Sequence[Scene], kind: Kind, surroundings: Surroundings = USUAL, as_of: str | None = None
) -> list[dict[str, Relation]]:
    """For each scene, the relation of that kind by strategy. Strategies that compute nothing of a scene are not asked again."""
    with tempfile.TemporaryDirectory(prefix="featsql-metamorphic-") as name:
        folder = Path(name)
        lay_out(given, folder, surroundings, kind)
        with machine_time_zone(surroundings.timezone):
            project = Project(folder)
            built = _stand_ins(project, len(given), kind, as_of)
            nodes = sorted({name.removesuffix("__online") for name in built.values()})
            result = project.run(select=nodes, as_of=as_of)
        failed = [f"{node.name}: {node.message}" for node in result.results if node.status != "success"]
        assert result.ok, "\n".join(failed)
        with duckdb.connect(str(folder / "lab.duckdb")) as connection:
            connection.execute("set timezone = 'UTC'")
            relations = {name: read_relation(connection, name) for name in set(built.values())}
    return [{s: relations[built[relation_name(n, s, kind)]] for s in EVERY_STRATEGY} for n in range(len(given))]


def relation_name(n: int, strategy: str, kind: Kind) -> str:
    return f"{'t' if kind == 'training' else 'v'}{n}_{strategy}{'__online' if kind == 'online' else ''}"


def _stand_ins(project: Project, count: int, kind: Kind, as_of: str | None) -> dict[str, str]:
    """For each relation the one that is built for it: the automatic one, where the pinned strategy computes nothing."""
    stand_ins = {}
    for n in range(count):
        for strategy in EVERY_STRATEGY:
            name = relation_name(n, strategy, kind)
            node = next(each.id for each in project.graph.nodes.values() if each.name == name.removesuffix("__online"))
            with computing_strategies() as computing:
                project.compile([node], as_of=as_of)
            stand_ins[name] = name if strategy in computing else relation_name(n, "auto", kind)
    return stand_ins


@contextmanager
def computing_strategies() -> Iterator[set[str]]:
    """The names of the strategies that compute something while it lasts; others pass their lookups on."""
    names: set[str] = set()

    def noted(strategy: Strategy) -> Strategy:
        def relations(lookup: Lookup) -> tuple[PlanRelation, ...]:
            names.add(strategy.name)
            return strategy.relations(lookup)

        return replace(strategy, relations=relations)

    with patch.dict(STRATEGIES, {name: noted(strategy) for name, strategy in STRATEGIES.items()}):
        yield names


def _by_number(relation: Relation, keys: int) -> dict[int, Features]:
    names = [name for name, _ in relation.fields]
    assert len({row[0] for row in relation.rows}) == len(relation.rows), "each ask has one answer"
    return {row[0]: dict(zip(names[keys + 2 :], row[keys + 2 :], strict=True)) for row in relation.rows}


# --- laying out


def lay_out(given: Sequence[Scene], folder: Path, surroundings: Surroundings, kind: Kind) -> None:
    """Write the project and its source tables."""
    _write_settings(folder, surroundings)
    for place in ("models", "data"):
        (folder / place).mkdir()
    declared: list[Mapping[str, object]] = []
    with duckdb.connect(str(folder / "lab.duckdb")) as connection:
        connection.execute("set timezone = 'UTC'; create schema lake")
        for n, scene in enumerate(given):
            declared += _store(scene, n, folder, connection)
            _write_models(scene, n, folder / "models", kind)
    entities = [{"name": f"e{n}", "keys": [name for name, _ in scene.keys]} for n, scene in enumerate(given) if scene.keys]
    text = yaml.safe_dump({"sources": [{"name": "lake", "schema": "lake", "tables": declared}], "entities": entities})
    (folder / "models" / "declared.yml").write_text(text, encoding="utf-8")


def _write_settings(folder: Path, surroundings: Surroundings) -> None:
    target: dict[str, object] = {"type": "duckdb", "path": "lab.duckdb", "threads": surroundings.threads}
    if surroundings.memory_limit:
        target |= {"memory_limit": surroundings.memory_limit, "temp_directory": "spill"}
    if surroundings.settings:
        target["settings"] = dict(surroundings.settings)
    (folder / "featsql.yml").write_text("name: lab\nprofile: lab\ndialect: duckdb\n")
    (folder / "profiles.yml").write_text(yaml.safe_dump({"lab": {"target": "dev", "outputs": {"dev": target}}}))


def _write_models(scene: Scene, n: int, folder: Path, kind: Kind) -> None:
    events = f"{{{{ source('lake', 'e{n}') }}}}"
    if scene.storage == "model":
        (folder / f"m{n}.sql").write_text(f"select * from {events}\n")
        events = f"{{{{ ref('m{n}') }}}}"
    if kind == "training":
        view = f"{scene.view_name or 'v'}{n}"
        (folder / f"{view}.sql").write_text(view_sql(scene, events, f"e{n}"), encoding="utf-8")
    for strategy in EVERY_STRATEGY:
        pinned = (f"strategy: {strategy}",) if strategy != "auto" else ()
        if kind == "training":
            text = _training_sql(scene, n, view, pinned)
        else:
            header = (*pinned, "online: true") if kind == "online" else pinned
            text = view_sql(replace(scene, header=header), events, f"e{n}")
        (folder / f"{relation_name(n, strategy, kind).removesuffix('__online')}.sql").write_text(text, encoding="utf-8")


def _training_sql(scene: Scene, n: int, view: str, pinned: tuple[str, ...]) -> str:
    header = [
        "kind: training_set",
        "timestamp: t",
        f"features: [{', '.join(f'{view}.{name}' for name in scene.asked) or view}]",
        *pinned,
    ]
    columns = ", ".join(["number", *(name for name, _ in scene.keys), "t"])
    where = f" where {scene.spine_where}" if scene.spine_where else ""
    return "\n".join(["/*---", *header, "---*/", f"select {columns} from {{{{ source('lake', 's{n}') }}}}{where}", ""])


def _store(scene: Scene, n: int, folder: Path, connection: duckdb.DuckDBPyConnection) -> list[Mapping[str, object]]:
    """The scene's two tables, as it says; what is declared of them."""
    event_rows, spine_rows = event_table(scene), spine_table(scene)
    events = arrow_table(event_rows)
    connection.register("contents", arrow_table(spine_rows))
    connection.execute(f"create table lake.s{n} as from contents")
    connection.register("contents", events)
    place: dict[str, object] = {}
    match scene.storage:
        case "table" | "model":
            connection.execute(f"create table lake.e{n} as from contents")
        case "view":
            connection.execute(f"create table lake.b{n} as from contents; create view lake.e{n} as from lake.b{n}")
        case "parquet":
            pq.write_table(events, folder / "data" / f"e{n}.parquet", row_group_size=3)
            place = {"path": f"data/e{n}.parquet"}
        case "files":
            for part, start in enumerate(range(0, max(len(events), 1), 5)):
                pq.write_table(events.slice(start, 5), folder / "data" / f"e{n}_{part}.parquet")
            place = {"path": f"data/e{n}_*.parquet"}
    return [{**_declared(f"e{n}", event_rows), **place}, _declared(f"s{n}", spine_rows)]


def _declared(name: str, table: Table) -> dict[str, object]:
    """With types, so that compiling alone tells what strategies can compute."""
    return {"name": name, "columns": [{"name": field, "type": kind} for field, kind in table.fields]}


# --- comparing


def assert_same(pairs: Iterable[Pair], *surroundings: Surroundings) -> None:
    """Asks that both scenes of a pair make have the same features, and there are such asks.

    `surroundings` are those of the first scenes and those of the second.
    """
    assert_related(pairs, lambda left, right: [(left[n], right[n]) for n in left.keys() & right.keys()], *surroundings)


def assert_target_same(pairs: Iterable[Pair]) -> None:
    """The same of the target alone."""
    assert_related(pairs, lambda left, right: [(left[TARGET], right[TARGET])])


def assert_related(pairs: Iterable[Pair], met: Meet, *surroundings: Surroundings) -> None:
    """`met` makes, of the answers for both scenes of a pair, what must be equal."""
    kept = list(pairs)
    if surroundings:
        lefts, rights = (run(scenes, around) for scenes, around in zip(zip(*kept, strict=True), surroundings, strict=True))
    else:
        once = list(dict.fromkeys(scene for pair in kept for scene in pair))
        answers = dict(zip(once, run(once), strict=True))
        lefts, rights = ([answers[pair[side]] for pair in kept] for side in (0, 1))
    wrong: list[str] = []
    count = 0
    for pair, left, right in zip(kept, lefts, rights, strict=True):
        for strategy in EVERY_STRATEGY:
            related = met(left[strategy], right[strategy])
            count += len(related)
            wrong += [_story(pair, strategy, *each) for each in related if not are_equal(*(list(f.values()) for f in each))]
    assert count, "nothing was compared"
    assert not wrong, f"{len(wrong)} of {count} answers differ\n" + "\n\n".join(wrong[:2])


def are_equal(one: Value, other: Value) -> bool:
    """Equal; of floats, up to the rounding that an order of rows may bring."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(are_equal, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and bool(one == other)


def _story(pair: Pair, strategy: str, one: Features, other: Features) -> str:
    before, after = pair
    differing = {a: (x, y) for (a, x), y in zip(one.items(), other.values(), strict=True) if not are_equal(x, y)}
    texts = [view_sql(scene, "events", "e") for scene in pair]
    lines = [f"strategy {strategy}: (before, after) {differing}", texts[0]]
    lines += ["--- after", texts[1]] if texts[0] != texts[1] else []
    for title, here, there in (("before only", before, after), ("after only", after, before)):
        lines += [f"{title}: {event}" for event in here.events if event not in there.events]
        lines += [f"{title}: {ask}" for ask in here.spine if ask not in there.spine]
    events = [f"{len(before.events)} events before, {TOLD} of them:", *map(str, before.events[:TOLD])]
    return "\n".join([*lines, *events, "asks before:", *map(str, before.spine)])
