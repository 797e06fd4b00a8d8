"""One session in Snowflake: opened by a profile's keys, opened again when it has expired, stopped by Ctrl-C."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import Text
from featsql.dialects.snowflake import literal
from featsql.engines.base import Cancelled
from featsql.engines.snowflake_errors import Expired, Lost, clean, message_of, refusal
from featsql.engines.snowflake_login import SESSION, arguments
from featsql.engines.snowflake_results import arrow_table
from featsql.ir.project import Target

if TYPE_CHECKING:
    import pyarrow

T = TypeVar("T")
Row = tuple[Any, ...]

_SIGNAL_SECONDS: Final = 0.1
_PATIENCE_SECONDS: Final = 5.0
"""For a statement to end once it has been cancelled."""


class Session:
    """A connection whose statements run in a thread of their own: inside the driver, a main thread sees no Ctrl-C."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._tag = ""
        self._running = False
        self._stopped = False
        self._lost: Lost | None = None
        self._connection = self._open()

    def rows(self, sql: str | Text, *, again: bool = False) -> list[Row]:
        """Run one statement to its end. `again`: it may be repeated when nobody knows whether it was done. EngineError."""
        return self._run(sql, lambda cursor: list(cursor.fetchall()), again=again)

    def table(self, sql: str | Text) -> pyarrow.Table:
        """Run one query to its end. EngineError; Cancelled."""
        return self._run(sql, arrow_table, again=True)

    def described(self, sql: str) -> list[Any]:
        """The columns of a query."""
        return self._run(sql, lambda cursor: list(cursor.description), again=True)

    def tag(self, text: str) -> None:
        """What the account's history shows beside the statements from now on."""
        if text != self._tag:
            self._tag = text
            self.rows(f"alter session set query_tag = {literal(text)}", again=True)

    def reopen(self) -> None:
        """A new session in place of the old one. FS701."""
        with suppress(Exception):
            self._connection.close()
        self._connection = self._open()
        tag, self._tag = self._tag, ""
        if tag:
            self.tag(tag)

    def cancel(self) -> None:
        """Stop the statement that runs now, by another session: this one is busy with it."""
        if not self._running:
            return
        self._stopped = True
        session = getattr(self._connection, "session_id", None)
        if session is None:
            return
        with suppress(Exception):
            other = self._open()
            try:
                other.cursor().execute(f"select system$cancel_all_queries({int(session)})")
            finally:
                other.close()

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()

    def _open(self) -> Any:
        import snowflake.connector
        from snowflake.connector.errors import Error

        # without a handler of somebody's, its log would go to stderr
        logging.getLogger("snowflake.connector").addHandler(logging.NullHandler())
        try:
            with warnings.catch_warnings():
                # advice of the driver to those who call it
                warnings.simplefilter("ignore")
                return snowflake.connector.connect(**arguments(self._target), arrow_number_to_decimal=True)
        except Error as error:
            raise FeatsqlError(_not_opened(self._target, clean(message_of(error)))) from None

    def _run(self, sql: str | Text, fetch: Callable[[Any], T], *, again: bool) -> T:
        statement = sql if isinstance(sql, Text) else Text.generated(sql)
        if self._lost:
            raise self._lost
        try:
            return self._once(statement, fetch)
        except Lost as lost:
            if not again and not isinstance(lost, Expired):
                self._lost = lost
                raise
            try:
                self.reopen()
                return self._once(statement, fetch)
            except (FeatsqlError, Lost):
                # nobody answers: whatever else is asked for would wait as long
                self._lost = lost
                raise lost from None

    def _once(self, statement: Text, fetch: Callable[[Any], T]) -> T:
        done = threading.Event()
        results: list[T] = []
        errors: list[BaseException] = []

        def work() -> None:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    cursor = self._connection.cursor()
                    cursor.execute(statement.value)
                    results.append(fetch(cursor))
            except BaseException as error:
                errors.append(error)
            finally:
                done.set()

        self._running, self._stopped = True, False
        threading.Thread(target=work, name="featsql-snowflake", daemon=True).start()
        try:
            while not done.wait(_SIGNAL_SECONDS):
                pass
        except KeyboardInterrupt:
            self.cancel()
            done.wait(_PATIENCE_SECONDS)
            raise
        finally:
            self._running = False
        if results:
            return results[0]
        raise self._said(errors[0], statement)

    def _said(self, error: BaseException, statement: Text) -> BaseException:
        from snowflake.connector.errors import Error

        if self._stopped:
            return Cancelled("interrupted")
        if isinstance(error, Error):
            return refusal(error, statement)
        return error


def _not_opened(target: Target, said: str) -> Diagnostic:
    account = f"account `{target.config.get('account')}`"
    user = f", user `{target.config['user']}`" if target.config.get("user") else ""
    message = f"Snowflake ({account}{user}) cannot be opened: {said}"
    return Diagnostic("FS701", message, hints=("`featsql debug` tries the connection alone",))


__all__ = ["SESSION", "Session"]
