"""A golden case: a small project, the text that featsql makes of it, and the rows that a build of it leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from featsql import FeatsqlError, Project
from tests.docs.shell import Shell
from tests.pit.text_table import Column, TextTable, write_cell

ROOT: Final = Path(__file__).parent
CASES: Final = tuple(sorted(path.parent for path in ROOT.glob("*/models")))
AS_OF: Final = "2026-02-01"
SHOWN_FOLDER: Final = "/project"
"""What expected text shows in place of the folder in which a case is compiled."""
DATABASE: Final = "golden.duckdb"

_SETTINGS: Final = "name: golden\nprofile: golden\ndialect: duckdb\n"
_PROFILES: Final = f"""golden:
  target: dev
  outputs:
    dev: {{type: duckdb, path: {DATABASE}, threads: 1}}
    prod: {{type: snowflake, account: acme, user: golden, database: warehouse, schema: features}}
"""


def lay_out(case: Path, folder: Path) -> None:
    """The case's project in an empty folder, with the shared settings where it has none of its own."""
    shutil.copytree(case, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("expected"))
    for name, text in (("featsql.yml", _SETTINGS), ("profiles.yml", _PROFILES)):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")


def expected(case: Path) -> dict[str, str]:
    """Every file under `expected/`, by its path there."""
    folder = case / "expected"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}


def compiled(folder: Path) -> dict[str, str]:
    """The SQL of every node: `duckdb/NAME.sql` and `snowflake/NAME.sql`, or what is said of those that have none there."""
    texts = {}
    for target in ("prod", "dev"):
        project = Project(folder, target=target)
        dialect = project.target.type
        try:
            made = project.compile(as_of=AS_OF)
        except FeatsqlError as error:
            if target == "dev":
                raise
            texts[f"{dialect}/refused.txt"] = "".join(f"{d.code} {d.span}: {d.message}\n" for d in error.diagnostics)
            continue
        texts |= {f"{dialect}/{path.name}": _shown(path.read_text(encoding="utf-8"), folder) for path in made.files.values()}
    return texts


def told(folder: Path, asked: Iterator[str]) -> dict[str, str]:
    """Of the optional texts those that are asked for: `ls.txt`, `steps.txt`, `manifest.json`."""
    texts = {
        "ls.txt": lambda: Shell(folder).run("featsql ls") + "\n",
        "steps.txt": lambda: Shell(folder).run(f"featsql run --dry-run --as-of {AS_OF}") + "\n",
        "manifest.json": lambda: _excerpt(json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))),
    }
    return {name: _shown(texts[name](), folder) for name in asked if name in texts}


def built(folder: Path, asked: Iterator[str]) -> dict[str, str]:
    """Build the project and read it: `rows/NAME.txt` for training sets, online tables and whatever else is asked for."""
    project = Project(folder)
    result = project.build(as_of=AS_OF)
    problems = [str(d.message) for r in result.results for d in r.diagnostics]
    assert result.ok, problems
    names = {path.removeprefix("rows/").removesuffix(".txt") for path in asked if path.startswith("rows/")}
    in_order = {node.name for node in project.graph.nodes.values() if node.kind == "training_set"}
    with duckdb.connect(str(folder / DATABASE), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        there = [str(name) for (name,) in connection.execute("select table_name from information_schema.tables").fetchall()]
        wanted = sorted(n for n in there if n in in_order or n.endswith("__online") or n in names)
        return {f"rows/{name}.txt": _rows(connection, name, ordered=name not in in_order) for name in wanted}


def _rows(connection: duckdb.DuckDBPyConnection, relation: str, *, ordered: bool) -> str:
    """A relation as a text table; rows of what has no order of its own are sorted."""
    quoted = '"' + relation.replace('"', '""') + '"'
    described = connection.execute(f"describe {quoted}").fetchall()
    columns = tuple(Column(str(name), str(type_name)) for name, type_name, *_ in described)
    texts = ", ".join('cast("' + column.name.replace('"', '""') + '" as varchar)' for column in columns)
    order = " order by all" if ordered else ""
    rows = connection.execute(f"select {texts} from {quoted}{order}").fetchall()
    return write_table(TextTable(columns, tuple(tuple(row) for row in rows)))


def write_table(table: TextTable) -> str:
    """The text that `text_table.parse` reads as this table."""
    lines = [[f"{column.name} {column.type}" for column in table.columns]]
    lines += [[write_cell(cell).replace("\n", "\\n") for cell in row] for row in table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    padded = (" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def _excerpt(manifest: Mapping[str, Any]) -> str:
    """What readers of a manifest build upon, without times, checksums and SQL."""
    kept = ("resource_type", "relation_name", "depends_on", "columns", "config")
    nodes = {name: {key: node.get(key) for key in kept} for name, node in manifest["nodes"].items()}
    shown = {"nodes": nodes, **{key: manifest[key] for key in ("entities", "features", "parent_map")}}
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


def _shown(text: str, folder: Path) -> str:
    return text.replace(folder.resolve().as_posix(), SHOWN_FOLDER)
