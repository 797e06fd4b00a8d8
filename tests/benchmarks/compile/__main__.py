"""`python -m tests.benchmarks.compile --models 1000`: compiles in fresh processes, cold by stage, then warm."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.compile.generator import generate

ROOT = Path(__file__).parents[3]

_COMPILE = """
import json, resource
from time import perf_counter
started = perf_counter()
from featsql import Project
project = Project(".")
opened = perf_counter()
project.graph
read = perf_counter()
compiled = project.compile(as_of="2026-01-01")
done = perf_counter()
stages = dict(project.timings)
stages = {"imports and settings": opened - started, "files": read - opened - sum(stages.values()), **stages}
stages["plan, emit, write"] = done - read
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"stages": stages, "queries": len(compiled.queries), "memory_kb": memory}))
"""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.compile", description=__doc__)
    parser.add_argument("--models", type=int, default=1000, help="how many .sql files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which project (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="the fastest of so many (default: %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the project there and leave it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        lines = generate(folder, options.models, options.seed)
        print(f"{options.models:,} models, {lines:,} lines, {os.cpu_count()} cores; the fastest of {options.repeat}")
        stages = _fastest(options.repeat, lambda: _cold(folder, "-c", _COMPILE))
        ways = {
            "cold": _fastest(options.repeat, lambda: _cold(folder, *_COMMAND)),
            "one model changed": _fastest(options.repeat, lambda: _changed(folder)),
            "nothing changed": _fastest(options.repeat, lambda: _run(folder, *_COMMAND)),
        }
    _print(json.loads(stages.printed), ways)


_COMMAND = ("-c", "from featsql.cli.main import entry; entry()", "compile")


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end: seconds on the clock, seconds of CPU with its children, what it printed."""

    seconds: float
    cpu: float
    printed: str


def _fastest(times: int, run: Callable[[], Run]) -> Run:
    return min((run() for _ in range(times)), key=lambda found: found.seconds)


def _cold(folder: Path, *words: str) -> Run:
    """Into a folder that is not there. What earlier runs wrote is moved, not deleted: for some seconds after a thousand files
    were deleted, ext4 makes new ones ten times as slowly."""
    if (folder / "target").exists():
        (folder / "target").rename(folder / f"target-{time.time_ns()}")
    return _run(folder, *words)


def _changed(folder: Path) -> Run:
    """A condition in the SQL of a model that others read."""
    path = next(iter(sorted((folder / "models" / "joins").glob("*.sql"))))
    text = path.read_text(encoding="utf-8")
    one, other = "status <> 'cancelled'", "status <> 'stopped'"
    path.write_text(text.replace(one, other) if one in text else text.replace(other, one), encoding="utf-8")
    return _run(folder, *_COMMAND)


def _run(folder: Path, *words: str) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    started, cpu = time.perf_counter(), _children_cpu()
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return Run(time.perf_counter() - started, _children_cpu() - cpu, done.stdout)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(told: Mapping[str, object], ways: Mapping[str, Run]) -> None:
    stages = told["stages"]
    assert isinstance(stages, dict)
    for stage, spent in stages.items():
        print(f"  {stage:<24}{spent:8.2f} s")
    print("`featsql compile`, from start to end of the process:")
    for way, run in ways.items():
        print(f"  {way:<24}{run.seconds:8.2f} s, {run.cpu:.2f} s of CPU")
    print(f"{told['queries']:,} queries, {int(str(told['memory_kb'])) / 1024:,.0f} MB at most")


if __name__ == "__main__":
    main(sys.argv[1:])
