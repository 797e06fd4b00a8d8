"""`python -m tests.benchmarks.compile --models 1000`: a cold compile in a fresh process, in seconds by stage; then warm ones."""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
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
        stages = min((_cold(folder, "-c", _COMPILE) for _ in range(options.repeat)), key=lambda run: run.seconds)
        compiling = ("-m", "featsql", "compile")
        commands = {
            "featsql compile, whole": [_cold(folder, *compiling) for _ in range(options.repeat)],
            "one file changed": [_changed(folder, nth, *compiling) for nth in range(options.repeat)],
            "nothing changed": [_run(folder, *compiling) for _ in range(options.repeat)],
        }
    _print(json.loads(stages.printed), {name: min(runs, key=lambda run: run.seconds) for name, runs in commands.items()})


@dataclass(frozen=True, slots=True)
class Run:
    """One process from start to end: seconds on the clock, seconds of CPU with its children, what it printed."""

    seconds: float
    cpu: float
    printed: str


def _cold(folder: Path, *words: str) -> Run:
    shutil.rmtree(folder / "target", ignore_errors=True)
    return _run(folder, *words)


def _changed(folder: Path, nth: int, *words: str) -> Run:
    """After an edit of one model, that others read."""
    model = min(folder.glob("models/**/stg_*.sql"))
    model.write_text(re.sub(r"'unknown\d*'", f"'unknown{nth}'", model.read_text()))
    return _run(folder, *words)


def _run(folder: Path, *words: str) -> Run:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    started, cpu = time.perf_counter(), _children_cpu()
    done = subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    return Run(time.perf_counter() - started, _children_cpu() - cpu, done.stdout)


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _print(told: Mapping[str, object], commands: Mapping[str, Run]) -> None:
    stages = told["stages"]
    assert isinstance(stages, dict)
    for stage, spent in stages.items():
        print(f"  {stage:<24}{spent:8.2f} s")
    for name, command in commands.items():
        print(f"  {name:<24}{command.seconds:8.2f} s, {command.cpu:.2f} s of CPU")
    print(f"{told['queries']:,} queries, {int(str(told['memory_kb'])) / 1024:,.0f} MB at most")


if __name__ == "__main__":
    main(sys.argv[1:])
