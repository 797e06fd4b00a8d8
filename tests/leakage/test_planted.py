"""Leaks in copies of the template are found, and it gives no alarm itself. All of them: `python -m tests.leakage.planted`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from featsql import Project
from tests.leakage.planting import KIND_OF, examine, make_sample, read_defects

DEFECTS = {defect.name: defect for defect in read_defects()}
TRIED = (
    "a plane's mean, gathered before the as-of join",
    "a status that is overwritten when the flight is in",
    "a table of days at midnight of their own",
    "a nightly load, waited for half a day",
    "an observation stamped in local time",
    "an as-of join the wrong way round",
    "gaps filled from the next report",
    "the delay of a flight that is in the air",
)
"""One of each sort, by rows too."""
READ = {name: kinds for name, d in DEFECTS.items() if (kinds := {kind for kind in d.found_by if kind in KIND_OF.values()})}
"""The defects that the static checks have to find, and as what."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample(tmp_path_factory.mktemp("planted") / "sample")


def test_there_are_sixty_and_each_is_found() -> None:
    assert len(DEFECTS) >= 60 and all(defect.found_by for defect in DEFECTS.values())


def test_the_template_gives_no_alarm(sample: Path) -> None:
    found = examine(sample)
    assert (found.kinds, found.errors) == (frozenset(), ())


@pytest.mark.parametrize("name", TRIED)
def test_a_leak_is_found(name: str, sample: Path, tmp_path: Path) -> None:
    found = examine(_copy(sample, tmp_path), DEFECTS[name])
    assert not found.errors and set(DEFECTS[name].found_by) <= found.kinds


@pytest.mark.parametrize("name", [name for name in READ if name not in TRIED])
def test_what_reading_finds_is_found_when_compiling(name: str, sample: Path, tmp_path: Path) -> None:
    project = _copy(sample, tmp_path)
    DEFECTS[name].plant(project)
    assert READ[name] <= {KIND_OF[warning.code] for warning in Project(project).warnings}


def _copy(sample: Path, folder: Path) -> Path:
    copy = folder / "copy"
    shutil.copytree(sample, copy)
    return copy
