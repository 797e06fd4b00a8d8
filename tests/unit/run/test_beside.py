"""A second process: what it gives, what happens when it fails, and that none is left."""

from __future__ import annotations

import os
import threading
import time

import pytest

from featsql.run.beside import Beside, can_fork


def _fail() -> str:
    raise ValueError("not said to anyone")


def _sleep() -> str:
    time.sleep(600)
    return "late"


def _has_ended(beside: Beside) -> bool:
    try:
        os.kill(beside._child, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_the_other_process_gives_comes_back() -> None:
    with Beside(lambda: "é\n" * 1_000_000) as beside:
        assert beside.result() == "é\n" * 1_000_000
    assert _has_ended(beside)


def test_what_fails_there_is_to_be_done_here() -> None:
    with Beside(_fail) as beside:
        assert beside.result() is None
    assert _has_ended(beside)


def test_nobody_waits_for_what_nobody_asks() -> None:
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), Beside(_sleep) as beside:
        raise KeyboardInterrupt
    assert _has_ended(beside)
    assert time.monotonic() - started < 60


def test_a_process_with_threads_is_not_copied() -> None:
    ended = threading.Event()
    thread = threading.Thread(target=ended.wait)
    thread.start()
    try:
        assert not can_fork()
    finally:
        ended.set()
        thread.join()
