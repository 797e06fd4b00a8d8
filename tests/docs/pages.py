"""A page as a script: fenced blocks with `title=` are files, `console` blocks are commands and what they print."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.docs.shell import Shell


@dataclass(frozen=True, slots=True)
class FileBlock:
    """A file that the reader is to have from here on: ```` ```sql title=models/spend.sql ````."""

    path: str
    text: str
    encoding: str


@dataclass(frozen=True, slots=True)
class Run:
    """One command and its output; a line `...` in the output stands for any lines."""

    command: str
    output: str


@dataclass(frozen=True, slots=True)
class ConsoleBlock:
    """Commands in order. `start` and `end` are the page's lines between the fences."""

    runs: tuple[Run, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    path: Path
    text: str
    blocks: tuple[FileBlock | ConsoleBlock, ...]

    @property
    def consoles(self) -> tuple[ConsoleBlock, ...]:
        return tuple(block for block in self.blocks if isinstance(block, ConsoleBlock))


_OPEN = re.compile(r"(`{3,})(.*)")


def read_page(path: Path) -> Page:
    return parse(path, path.read_text(encoding="utf-8"))


def parse(path: Path, text: str) -> Page:
    lines = text.split("\n")
    blocks: list[FileBlock | ConsoleBlock] = []
    at = 0
    while at < len(lines):
        opened = _OPEN.fullmatch(lines[at])
        at += 1
        if not opened:
            continue
        start = at
        while lines[at].rstrip() != opened[1]:
            at += 1
        if block := _block(opened[2], lines[start:at], start):
            blocks.append(block)
        at += 1
    return Page(path, text, tuple(blocks))


def _block(info: str, lines: Sequence[str], start: int) -> FileBlock | ConsoleBlock | None:
    language, *words = info.split() or [""]
    settings = dict(word.partition("=")[::2] for word in words)
    if "title" in settings:
        return FileBlock(settings["title"], "\n".join([*lines, ""]), settings.get("encoding", "utf-8"))
    if language == "console":
        return ConsoleBlock(_runs(lines), start, start + len(lines))
    return None


def _runs(lines: Sequence[str]) -> tuple[Run, ...]:
    runs: list[tuple[str, list[str]]] = []
    for line in lines:
        if runs and not runs[-1][1] and runs[-1][0].endswith("\\"):
            runs[-1] = (f"{runs[-1][0]}\n{line}", [])
        elif line.startswith("$ "):
            runs.append((line[2:], []))
        else:
            assert runs, f"a console block begins with a command, not with: {line}"
            runs[-1][1].append(line)
    return tuple(Run(command, "\n".join(output)) for command, output in runs)


def perform(page: Page, shell: Shell) -> list[tuple[Run, ...]]:
    """Write the page's files and run its commands, in the order of the page; each console block as it really came out."""
    performed = []
    for block in page.blocks:
        match block:
            case FileBlock():
                shell.write(block.path, block.text.encode(block.encoding))
            case ConsoleBlock():
                performed.append(tuple(Run(run.command, shell.run(run.command)) for run in block.runs))
    return performed


def differences(page: Page, performed: Sequence[tuple[Run, ...]]) -> str:
    """What the page shows and the commands did not print, as a diff; empty when the page is true."""
    found = []
    for block, actual_runs in zip(page.consoles, performed, strict=True):
        for shown, actual in zip(block.runs, actual_runs, strict=True):
            if not same_output(shown.output, actual.output):
                diff = difflib.unified_diff(shown.output.split("\n"), actual.output.split("\n"), "page", "run", lineterm="")
                found.append(f"$ {shown.command}\n" + "\n".join(diff))
    return "\n\n".join(found)


def updated(page: Page, performed: Sequence[tuple[Run, ...]]) -> str:
    """The page's text with what the commands print now; output that is the same but for times stays as written."""
    lines = page.text.split("\n")
    for block, actual_runs in reversed(list(zip(page.consoles, performed, strict=True))):
        fresh: list[str] = []
        for shown, actual in zip(block.runs, actual_runs, strict=True):
            output = shown.output if same_output(shown.output, actual.output) else actual.output
            fresh.extend([f"$ {shown.command}", *([output] if output else [])])
        lines[block.start : block.end] = "\n".join(fresh).split("\n")
    return "\n".join(lines)


_CHANGING = (
    (re.compile(r"(\d+m )?\d+(\.\d+)?(?= ?(ms|s)\b)"), "0"),
    (re.compile(r"\b(pid|process) \d+"), r"\1 0"),
    (re.compile(r"\b(DuckDB|featsql) \d+(\.\d+)*"), r"\1 0"),
    (re.compile(r" {2,}"), " "),
)


def same_output(shown: str, actual: str) -> bool:
    """Are these the same, but for times, process ids and versions? `...` on a line of its own stands for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in map(_steady_line, shown.split("\n"))
    )
    return re.fullmatch(pattern, "\n".join([*map(_steady_line, actual.split("\n")), ""])) is not None


def _steady_line(line: str) -> str:
    steady = line
    *changing, (spaces, one) = _CHANGING
    for pattern, stand_in in changing:
        steady = pattern.sub(stand_in, steady)
    return spaces.sub(one, steady) if steady != line else line
