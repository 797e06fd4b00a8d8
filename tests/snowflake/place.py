"""Where the tests of Snowflake run: an account that the environment names, else an emulator that they start themselves.

An account: `FEATSQL_TEST_SNOWFLAKE_ACCOUNT` and `_USER`, `_DATABASE`, and any other key of a profile (`_PASSWORD`, `_ROLE`,
`_WAREHOUSE`, `_PRIVATE_KEY_PATH`, `_AUTHENTICATOR`, ...). Tests make schemas of their own there and drop them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from featsql.engines import snowflake_loading as loading
from featsql.engines.snowflake_results import arrow_table
from featsql.front.connections import SNOWFLAKE as KEYS
from featsql.ir.model import Column

ROOT: Final = Path(__file__).parents[2]
EMULATOR: Final = Path(__file__).parent / "emulator"
ENVIRONMENT: Final = ROOT / ".venv-emulator"
PREFIX: Final = "FEATSQL_TEST_SNOWFLAKE_"
PASSWORD: Final = "right"


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse of the tests: the keys of a profile but for the schema. `is_account`: it is Snowflake itself."""

    keys: dict[str, Any]
    is_account: bool

    def profile(self, schema: str, **other: Any) -> dict[str, Any]:
        return {"type": "snowflake", **self.keys, "schema": schema, "threads": 1, **other}

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """The driver's own connection, as a BI tool has one."""
        import snowflake.connector

        from featsql.engines.snowflake_login import arguments
        from featsql.ir.project import Target

        target = Target("test", "test", "snowflake", "PUBLIC", self.keys["database"], config=self.keys)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            opened = snowflake.connector.connect(**arguments(target), arrow_number_to_decimal=True)
            try:
                yield opened
            finally:
                opened.close()


def fresh(word: str) -> str:
    """A name that no other test has."""
    return f"{word}_{secrets.token_hex(6)}"


def rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.cursor().execute(sql).fetchall()]


def arrow(connection: Any, sql: str) -> pa.Table:
    """The rows of a query, with the names and types that featsql gives them."""
    return arrow_table(connection.cursor().execute(sql))


def load(connection: Any, table: str, columns: Sequence[Column], cells: Sequence[Sequence[str | None]]) -> None:
    """A table of text that is cast to the columns' types there."""
    cursor = connection.cursor()
    cursor.execute(loading.created(table, columns, kind="table"))
    for statement in loading.inserted(table, columns, iter(cells)):
        cursor.execute(statement)


def load_frame(connection: Any, table: str, frame: pa.Table) -> None:
    load(connection, table, loading.frame_columns(frame), list(loading.frame_rows(frame)))


@contextmanager
def place() -> Iterator[Place]:
    account = named_account()
    if account:
        yield Place(account, is_account=True)
        return
    with emulator() as port:
        yield emulated(port)


def named_account() -> dict[str, Any]:
    """The keys that the environment gives; none: no account is named."""
    found: dict[str, Any] = {}
    for key, form in {**KEYS.forms, "database": "text"}.items():
        value = os.environ.get(f"{PREFIX}{key.upper()}")
        if value:
            found[key] = int(value) if form == "whole" else value
    return found if "account" in found else {}


def emulated(port: int, database: str = "tests") -> Place:
    keys = {"account": "emulator", "user": "tests", "password": PASSWORD, "host": "127.0.0.1", "port": port, "protocol": "http"}
    return Place({**keys, "database": database, "login_timeout": 10, "network_timeout": 60}, is_account=False)


@contextmanager
def emulator(without: str = "") -> Iterator[int]:
    """The emulator on a free port; `without` names additions of the shim that it has to do without."""
    python = _environment()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [str(python), str(EMULATOR / "server.py"), str(port)]
    environment = {**os.environ, "WITHOUT": without}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the emulator ended as it began"
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the emulator does not listen")


def _environment() -> Path:
    """The Python of the emulator's environment, made when it is first needed; several tests may need it at once."""
    python = ENVIRONMENT / "bin" / "python"
    done = ENVIRONMENT / "done"
    wanted = (EMULATOR / "requirements.txt").read_text(encoding="utf-8")
    ENVIRONMENT.mkdir(exist_ok=True)
    with (ENVIRONMENT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text(encoding="utf-8") != wanted:
            subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
            install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            subprocess.run([*install, "-r", str(EMULATOR / "requirements.txt")], check=True)
            done.write_text(wanted, encoding="utf-8")
    return python
