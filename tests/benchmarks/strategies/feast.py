"""Feast's own DuckDB offline store on the same rows, in an environment and a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

from tests.benchmarks.strategies.race import Entry, check
from tests.benchmarks.strategies.shapes import SPINE
from tests.benchmarks.strategies.workloads import FEAST, TTL_DAYS, View

REQUIREMENT = "feast[duckdb]==0.67.0"

# Feast sees rows at the label's time: asked a microsecond earlier, it sees those that were before
_SPINE = f"""select row_id, customer, asked_at - to_microseconds(1) as event_timestamp from {SPINE}"""
# its created time breaks ties; it has no type for decimals in files
_EVENTS = """
    select customer, happened_at, epoch_ms(0) + to_microseconds(event_id) as created_at,
        clicks, cast(amount as double) as amount, score, category
    from {table}"""


def entry(
    connection: duckdb.DuckDBPyConnection, reference: str, view: View, folder: Path, environment: Path | None, runs: int
) -> Entry:
    """Feast's times for the latest values of one view; `reference` is SQL for the rows that it should give."""
    if environment is None:
        with tempfile.TemporaryDirectory() as made:
            return entry(connection, reference, view, folder, Path(made), runs)
    folder.mkdir(parents=True)
    for name, sql in (("spine", _SPINE), ("events", _EVENTS.format(table=view.table))):
        connection.execute(f"copy ({sql}) to '{folder / name}.parquet' (format parquet)")
    asked = {
        "ttl_days": TTL_DAYS,
        "columns": [feature.column for feature in view.features],
        "threads": connection.execute("select current_setting('threads')").fetchall()[0][0],
        "runs": runs,
    }
    # -I: this folder has a module `feast` too
    script = Path(__file__).with_name("feast_process.py")
    done = subprocess.run(
        [str(_python(environment)), "-I", str(script), str(folder), json.dumps(asked)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"Feast failed:\n{done.stderr[-3000:]}")
    found = Entry("peer", FEAST, _rows(view, folder), seconds=json.loads(done.stdout.splitlines()[-1]))
    found.wrong = check(connection, reference, found.sql)
    return found


def _rows(view: View, folder: Path) -> str:
    """Its answer with our names and types."""
    types = {"clicks": "bigint", "amount": "decimal(12, 2)", "score": "double", "category": "varchar"}
    values = ", ".join(f"cast(f.{f.column} as {types[f.column]}) as {f.name}" for f in view.features)
    return f"select s.*, {values} from {SPINE} as s left join '{folder}/found.parquet' as f on s.row_id = f.row_id"


def _python(environment: Path) -> Path:
    """The interpreter of an environment that has Feast; made when it is not there."""
    python = environment / "bin" / "python"
    ready = environment / "ready"
    if not ready.exists():
        for command in (
            [sys.executable, "-m", "venv", str(environment)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT],
        ):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"Feast cannot be installed:\n{done.stderr[-3000:]}")
        ready.write_text(REQUIREMENT, encoding="utf-8")
    return python
