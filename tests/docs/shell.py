"""The few commands that pages use, run in a folder: featsql in this process, the rest as a shell would."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from featsql.cli.main import main

ROOT = Path(__file__).parents[2]
SHOWN_FOLDER = "/projects"
"""What pages show in place of the test's own folder."""

_ASSIGNMENT = re.compile(r"[A-Z_][A-Z0-9_]*=.*", re.DOTALL)
_ENVIRONMENT = {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}


class Shell:
    """A reader at a terminal: a folder to be in, the last exit code, and programs left running in the background."""

    def __init__(self, folder: Path) -> None:
        self.top = folder
        self.folder = folder
        self.exit_code = 0
        self._running: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Shell:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running:
            process.kill()
            process.communicate()

    def write(self, path: str, content: bytes) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    def run(self, command: str) -> str:
        """What the command prints to stdout and stderr, in the order in which it comes, without the last line end."""
        words = shlex.split(command.replace("\\\n", " "))
        variables = {}
        while _ASSIGNMENT.fullmatch(words[0]):
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        with _surroundings(self.folder, {**_ENVIRONMENT, **variables}):
            printed = self._run(words)
        return printed.replace(str(self.top), SHOWN_FOLDER).replace(sys.executable, "python").rstrip("\n")

    def _run(self, words: list[str]) -> str:
        match words:
            case ["featsql", *arguments]:
                self.exit_code, printed = _featsql(arguments)
                return printed
            case ["echo", "$?"]:
                return str(self.exit_code)
            case ["cd", folder]:
                self.folder = (self.folder / folder).resolve()
                return ""
            case ["cat", *files]:
                return "".join((self.folder / file).read_text(encoding="utf-8") for file in files)
            case ["rm", *files]:
                for file in files:
                    (self.folder / file).unlink()
                return ""
            case ["python", *arguments, "&"]:
                return self._start([sys.executable, *arguments])
            case ["python", *arguments]:
                return self._wait([sys.executable, *arguments])
            case ["timeout", signal_option, seconds, "featsql", *arguments]:
                return self._wait(["timeout", signal_option, seconds, sys.executable, "-m", "featsql", *arguments])
            case _:
                raise ValueError(f"pages cannot run `{shlex.join(words)}`; tests/docs/shell.py says what they can")

    def _wait(self, words: list[str]) -> str:
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.exit_code = done.returncode
        return done.stdout

    def _start(self, words: list[str]) -> str:
        """Leave it running; its first line says that it is ready."""
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._running.append(process)
        assert process.stdout
        return process.stdout.readline()


def _featsql(arguments: list[str]) -> tuple[int, str]:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="utf-8", newline="", write_through=True)
    with redirect_stdout(stream), redirect_stderr(stream):
        exit_code = main(arguments)
        stream.flush()
    return exit_code, written.getvalue().decode()


@contextmanager
def _surroundings(folder: Path, variables: Mapping[str, str]) -> Iterator[None]:
    """The folder, the environment and the signal handlers of a shell, for one command."""
    environment = dict(os.environ)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    before = Path.cwd()
    os.chdir(folder)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)
        for number, handler in handlers.items():
            signal.signal(number, handler)
