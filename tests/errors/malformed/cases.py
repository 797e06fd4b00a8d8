"""What is wrong with the base project, what is typed, and what has to be said about it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "cases"
_COMMAND = "build --as-of 2026-02-01"
_FINDING = re.compile(
    r"^(?:error|warning)\[(?P<code>FS\d{3})\]: (?P<message>.*(?:\n(?! *-->| *=|\n).*)*)(?:\n *--> (?P<place>\S+:\d+:\d+))?", re.M
)


@dataclass(frozen=True, slots=True)
class Said:
    """One finding: its code, its place (`-` when it has none) and its message, or a piece of it."""

    code: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class Case:
    """`edit` replaces words of base's files, `files` are written whole (None: deleted), `latin_1` in another encoding.

    `exit` and `errors` are what is expected; `held`: another process has the warehouse open meanwhile.
    """

    name: str
    edit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str | None] = field(default_factory=dict)
    latin_1: Mapping[str, str] = field(default_factory=dict)
    run: str = _COMMAND
    held: bool = False
    exit: int = 2
    errors: Sequence[Mapping[str, str]] = ()

    def apply(self, project: Path) -> None:
        for path, words in self.edit.items():
            text = (project / path).read_text(encoding="utf-8")
            for old, new in words.items():
                assert text.count(old) == 1, f"`{old}` stands in {path} {text.count(old)} times"
                text = text.replace(old, new)
            (project / path).write_text(text, encoding="utf-8")
        for path, whole in self.files.items():
            if whole is None:
                (project / path).unlink()
            else:
                _write(project / path, whole.encode())
        for path, whole in self.latin_1.items():
            _write(project / path, whole.encode("latin-1"))

    @property
    def expected(self) -> list[Said]:
        return [Said(error["code"], error.get("at", "-"), error["says"]) for error in self.errors]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def read_cases() -> dict[str, Case]:
    """Every case, by its file and its name."""
    found: dict[str, Case] = {}
    for path in sorted(FOLDER.glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")):
            case = Case(**entry)
            assert found.setdefault(f"{path.stem}: {case.name}", case) is case, f"{path.name}: two cases `{case.name}`"
    return found


def findings(printed: str) -> list[Said]:
    """What a command's output says, in its order."""
    return [Said(m["code"], m["place"] or "-", m["message"].strip()) for m in _FINDING.finditer(printed)]
