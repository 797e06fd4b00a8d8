"""Terminals, pipes and signals: processes of their own."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

Process = Callable[..., "subprocess.Popen[str]"]


def on_terminal(process: Process, scene: str, *words: str, **environment: str) -> str:
    """All that a terminal of 80 columns is sent."""
    ours, theirs = pty.openpty()
    variables = {"TERM": "xterm", "COLUMNS": "80", **environment}
    child = process(scene, *words, stdin=theirs, stdout=theirs, stderr=theirs, variables=variables)
    os.close(theirs)
    sent = b""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not select.select([ours], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        sent += piece
    os.close(ours)
    child.wait(timeout=10)
    return sent.decode()


@pytest.mark.parametrize("words", [["run"], ["show", "churn"], ["debug"], ["nonsense"], ["--help"]])
def test_no_escape_codes_in_pipes(process: Process, words: list[str]) -> None:
    out, err = process("failing", *words).communicate(timeout=30)
    assert out + err and "\x1b" not in out + err


def test_colour_and_a_bar_on_a_terminal(process: Process) -> None:
    sent = on_terminal(process, "lively", "run")
    assert "\x1b[32mOK   \x1b[0m" in sent and "\x1b[1;31mFAIL \x1b[0m" in sent
    assert "\x1b[1;31merror[FS702]" in sent
    assert "━" in sent and "0/2" in sent and "\x1b[?25h" in sent, "a bar, and the cursor comes back"
    assert "Done:" in sent.replace("\r", "").splitlines()[-1]


def test_no_color_is_honoured(process: Process) -> None:
    sent = on_terminal(process, "lively", "run", NO_COLOR="1")
    assert "OK " in sent and "\x1b[3" not in sent.replace("\x1b[?25", "")


def test_json_logs_stay_plain_on_a_terminal(process: Process) -> None:
    assert "\x1b" not in on_terminal(process, "lively", "run", "--log-format", "json")


def test_a_dumb_terminal_gets_plain_text(process: Process) -> None:
    assert "\x1b" not in on_terminal(process, "lively", "run", TERM="dumb")


def test_rows_cannot_drive_the_terminal(process: Process) -> None:
    for form in ("table", "csv", "json"):
        sent = on_terminal(process, "hostile", "show", "churn", "-o", form)
        assert "\x1b[31m" not in sent and "\u202e" not in sent and "[31m" in sent


def test_wide_rows_are_shown_as_records_on_a_terminal_and_as_lines_in_a_pipe(process: Process) -> None:
    sent = on_terminal(process, "wide", "show", "churn")
    assert "-- row 1 " in sent and "\x1b[2mNULL\x1b[0m" in sent
    out, _ = process("wide", "show", "churn").communicate(timeout=30)
    assert len(out.splitlines()) == 4


@pytest.mark.parametrize("number, code, words", [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "TERM")])
def test_a_stopped_run_says_that_nothing_changed(process: Process, number: signal.Signals, code: int, words: str) -> None:
    child = process("slow", "run")
    assert child.stderr is not None
    child.stderr.readline()  # the run has begun
    child.send_signal(number)
    _, err = child.communicate(timeout=10)
    assert (child.returncode, err) == (code, f"nothing was published: every table is as it was\nstopped by {words}\n")


def test_a_signal_early_on_leaves_no_traceback(process: Process) -> None:
    for wait in (0.05, 0.1, 0.15, 0.2):
        child = process("slow", "run", "-q")
        time.sleep(wait)
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=10)
        assert "Traceback" not in err


def test_a_closed_pipe_is_no_error(process: Process) -> None:
    child = process("many", "show", "churn", "--limit", "-1", "-o", "csv")
    assert child.stdout is not None and child.stderr is not None
    child.stdout.readline()
    child.stdout.close()
    assert child.stderr.read() in ("", "200,000 rows\n")
    assert child.wait(timeout=10) == 0


def test_closed_streams_are_no_error(process: Process) -> None:
    child = process("well", "run", preexec_fn=lambda: os.close(2))
    child.communicate(timeout=30)
    assert child.returncode == 0
    child = process("well", "ls", preexec_fn=lambda: os.close(1))
    _, err = child.communicate(timeout=30)
    assert (child.returncode, err) == (0, "")


def test_an_encoding_that_lacks_a_character_is_no_error(process: Process) -> None:
    child = process("hostile", "show", "churn", "-o", "csv", variables={"PYTHONIOENCODING": "ascii"})
    out, err = child.communicate(timeout=30)
    assert "\\u202e" in out and "Traceback" not in err
