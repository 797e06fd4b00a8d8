"""What tables that take in rows have in common: rows are computed once and kept beside, keys have to be unique."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from featsql.base.diagnostics import Diagnostic, FeatsqlError
from featsql.base.spans import Text
from featsql.compile import Compiler
from featsql.dialects import DIALECTS
from featsql.dialects.base import Dialect
from featsql.emit.binding import bind
from featsql.emit.merging import Filled, Leaving, merged, statements
from featsql.engines.base import Engine
from featsql.ir.graph import TableName
from featsql.ir.header import Name
from featsql.ir.query import ChangeTable, CreateTable, Query, Reference


@dataclass(frozen=True, slots=True)
class Changes:
    """What all tables that take in rows have in common."""

    engine: Engine
    compiler: Compiler

    def beside(self, table: TableName, what: str, query: Query) -> tuple[Reference, int]:
        """The rows of a query, computed once: a table of this run alone, and how many they are."""
        # no model has a name with a plus in it
        name = replace(table, name=f"{table.name}+{what}")
        rows = self.engine.build(CreateTable(name, query)) or 0
        return Reference(name, Text.generated(self.dialect.table(name))), rows

    def query(self, sql: str, **reads: Reference | Text) -> Query:
        """SQL of ours; `"ref:NAME"` in it is one of `reads`."""
        return bind(Text.generated(sql), {f"ref:{name}": read for name, read in reads.items()}, self.dialect.name)

    def unique(self, rows: Reference, keys: Sequence[Name], node: str, *, may_be_null: bool) -> None:
        """FS705 for rows that share a key, or have none."""
        names = [self.dialect.quote(key.text) for key in keys]
        asked = (
            f'select count(*) from (select 1 as found from "ref:rows" as r group by {", ".join(names)} having count(*) > 1) as t'
        )
        shared = self.number(self.query(asked, rows=rows))
        missing = " or ".join(f"{name} is null" for name in names)
        without = (
            0 if may_be_null else self.number(self.query(f'select count(*) from "ref:rows" as r where {missing}', rows=rows))
        )
        written = ", ".join(f"`{key}`" for key in keys)
        if shared or without:
            what = (
                f"{shared:,} of its keys {_is(shared)} that of several rows"
                if shared
                else f"{without:,} of its rows {'has' if without == 1 else 'have'} none"
            )
            message = f"`{node}`: {written} is its `unique_key`, and {what}"
            hint = "name every column of the key, or let the SELECT keep one row of each"
            raise FeatsqlError(Diagnostic("FS705", message, keys[0].span, hints=(hint,)))

    def number(self, query: Query) -> int:
        return int(self.engine.query(query).column(0)[0].as_py() or 0)

    @property
    def dialect(self) -> Dialect:
        return DIALECTS[self.compiler.inputs.dialect]

    def grown(self, table: TableName, came: Reference, columns: Sequence[Filled], leaving: Leaving) -> ChangeTable:
        """A table that has all of these columns, with the rows that come."""
        there = self.there(table)
        whole = merged(there, came, columns, leaving, self.dialect)
        return ChangeTable(table, whole, statements=statements(there, came, columns, leaving, self.dialect))

    def there(self, table: TableName) -> Text:
        """A table by its published name: what a run builds in its place is another one."""
        return Text.generated(self.dialect.table(table))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
