"""The worker process: it works wherever its parent was started, and is gone when its parent is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from featsql.front import jinja_process
from featsql.front.jinja import Rendering

from .rendering import CONTEXT, render_many, template

ROOT = Path(__file__).parents[3]
ENDLESS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
STUCK = f"""
from featsql.front.jinja import Limits, Rendering
from tests.unit.jinja.rendering import CONTEXT, template
with Rendering([template({ENDLESS!r})], CONTEXT, Limits(seconds_all=1)) as rendering:
    print(rendering._worker._process.pid, flush=True)
    rendering.finish()
"""


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in (Path(f"/proc/{pid}/status").read_text() if Path(f"/proc/{pid}/status").exists() else "")


def comes_true(fact: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not fact() and time.monotonic() < deadline:
        time.sleep(0.02)
    return fact()


@pytest.mark.parametrize(("number", "seconds"), [(signal.SIGINT, 2), (signal.SIGKILL, 8)])
def test_no_worker_outlives_its_parent(number: signal.Signals, seconds: float) -> None:
    """Ctrl-C takes it along; when the parent is killed in its sleep, the worker's own limit of processor time ends it."""
    with subprocess.Popen([sys.executable, "-c", STUCK], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout
        worker = int(parent.stdout.readline())
        time.sleep(0.2)
        assert is_running(worker)
        parent.send_signal(number)
        parent.wait(timeout=5)
        assert parent.returncode != 0
        assert comes_true(lambda: not is_running(worker), seconds)


def test_what_is_not_finished_is_ended() -> None:
    with Rendering([template(ENDLESS), template("select 1")], CONTEXT) as rendering:
        assert [ready is not None for ready in rendering.ready] == [False, True]
        assert rendering._worker
        process = rendering._worker._process
        assert process.poll() is None
    assert process.returncode is not None


def test_work_can_be_done_while_templates_render() -> None:
    with Rendering([template("{{ 1 + 1 }}")], CONTEXT) as rendering:
        assert rendering.ready == (None,)
        (result,), found = rendering.finish()
    assert result and (result.text.value, found) == ("2", ())


def test_several_threads_at_once() -> None:
    def work(i: int) -> tuple[str | None, ...]:
        results, found = render_many([f"{{{{ {i} + {k} }}}}" for k in range(30)])
        assert found == ()
        return tuple(result.text.value if result else None for result in results)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(8))) == [tuple(str(i + k) for k in range(30)) for i in range(8)]


@pytest.mark.parametrize("before", ["", "sys.argv = []", "import __main__; del __main__.__spec__", "import os; os.close(0)"])
def test_any_start_will_do(before: str, tmp_path: Path) -> None:
    """From `python -c` in a folder whose modules have the names of Python's own."""
    for name in ("json", "signal", "queue", "jinja2"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('not this one')\n")
    script = f"""
import sys
sys.path.remove("")
sys.path.append({str(ROOT)!r})
from tests.unit.jinja.rendering import render_many
sys.path.insert(0, "")
{before}
results, found = render_many(["{{{{ 1 + 1 }}}}"])
print(found, results[0].text.value)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "() 2\n"


def test_a_script_from_standard_input() -> None:
    script = "from tests.unit.jinja.rendering import sql\nprint(sql('{{ 1 + 1 }}'))\n"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-"], input=script, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


def test_a_worker_that_cannot_be_started_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(ROOT / "no-such-python"))
    results, [found] = render_many(["{{ 1 + 1 }}", "{{ 2 + 2 }}", "select 1"])
    assert [result is None for result in results] == [True, True, False]
    assert (found.code, found.message) == ("FS900", "the process that renders templates could not be started")
    assert found.notes == ("No such file or directory",)


def test_a_worker_that_dies_at_once_is_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jinja_process, "_BOOT", "print('hello'); raise SystemExit(3)")
    results, [found] = render_many(["{{ 1 + 1 }}", "{{ 2 + 2 }}"])
    assert results == (None, None)
    assert (found.code, found.notes) == ("FS900", ("it ended without a word",))


def test_a_worker_that_is_taken_away_is_replaced() -> None:
    """The template it was at is to blame, for all that can be known; the next one has a worker of its own."""
    with Rendering([template(ENDLESS), template("{{ 1 + 1 }}")], CONTEXT) as rendering:
        assert rendering._worker
        time.sleep(0.5)
        os.kill(rendering._worker._process.pid, signal.SIGKILL)
        (first, second), [found] = rendering.finish()
    assert first is None
    assert second and second.text.value == "2"
    assert found.code == "FS205"
