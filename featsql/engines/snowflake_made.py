"""How relations are made in Snowflake and made visible there: the statements, and what is noted of them before they are run.

https://docs.snowflake.com/en/sql-reference/sql/create-table
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from featsql.base.spans import Text
from featsql.dialects.snowflake import SNOWFLAKE, literal
from featsql.ir.header import Storage
from featsql.ir.query import CreateTable, CreateView, LoadSeed, Step


@dataclass(frozen=True, slots=True)
class Told:
    """One relation that a run publishes, as the table of runs keeps it: enough for another run to finish the work.

    `sql` is a view's, None for a table.
    """

    schema: str
    name: str
    sql: str | None
    transient: bool = True
    grants: bool = True
    comment: str = ""

    @property
    def kind(self) -> Literal["table", "view"]:
        return "table" if self.sql is None else "view"

    def plain(self) -> Mapping[str, Any]:
        return asdict(self)

    def statements(self, name: str, built: str) -> Iterator[str]:
        """What makes it visible as `name`, in place of what has that name. Each can be repeated.

        A table is cloned, which copies no row and keeps its clustering key. Grants stay with what is replaced.
        """
        grants = " copy grants" if self.grants else ""
        if self.sql is not None:
            comment = f" comment = {literal(self.comment)}" if self.comment else ""
            yield f"create or replace view {name}{grants}{comment} as\n{self.sql}"
            return
        # what is transient can only be cloned to what is transient
        yield f"create or replace {_table(self.transient)} {name} clone {built}{grants}"
        if self.comment:
            yield f"comment on table {name} is {literal(self.comment)}"


def told(step: Step) -> Told:
    schema, name = step.target.schema, step.target.name
    if isinstance(step, LoadSeed):
        return Told(schema, name, None)
    sql = step.query.sql if isinstance(step, CreateView) else None
    return Told(schema, name, sql, step.storage.transient, step.storage.copy_grants, step.comment)


def table(step: CreateTable, name: str, query: Text) -> Sequence[Text]:
    """What makes the step's table as `name`. Where it is clustered, its rows are written in that order."""
    storage = step.storage
    head = f"create or replace {_table(storage.transient)} {name} as\n"
    if not storage.cluster_by:
        return (Text.join((head, query)),)
    keys = _keys(storage)
    ordered = Text.join((f"{head}select * from (\n", query, f"\n) as ordered\norder by {keys}"))
    # in `create table ... as`, a clustering key would need the list of columns with their types
    return (ordered, Text.generated(f"alter table {name} cluster by ({keys})"))


def _table(transient: bool) -> str:
    return "transient table" if transient else "table"


def _keys(storage: Storage) -> str:
    return ", ".join(SNOWFLAKE.quote(name.text) for name in storage.cluster_by)
