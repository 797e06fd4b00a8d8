"""The history of a mutable table: its first state, and what each later state adds to it.

A version is a row of the table as it was from `valid_from` until `valid_to`; NULL is until now. Versions of one key follow
each other and never overlap, whatever times the rows themselves tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from featsql.base.spans import Text
from featsql.dialects.base import Dialect
from featsql.emit.binding import Binding, bind
from featsql.emit.merging import nothing
from featsql.ir.graph import IS_DELETED, VALID_FROM, VALID_TO, SnapshotNode
from featsql.ir.model import Column
from featsql.ir.query import Query

_NEXT: Final = "\n    "


def first_state(node: SnapshotNode, rows: Binding, at_us: int, dialect: Dialect) -> Query:
    """All rows as the first version of their keys. Grain: one row per row of the SELECT."""
    at = dialect.from_epoch_us(str(at_us))
    start = f"coalesce({_changed_at(node, 'now_rows', dialect)}, {at})" if node.config.updated_at else at
    own = [f"{start} as {VALID_FROM}", _no_end(dialect), *([f"false as {IS_DELETED}"] if _tells_deletes(node) else [])]
    text = f'select\n    now_rows.*,\n    {f",{_NEXT}".join(own)}\nfrom "ref:rows" as now_rows'
    return bind(Text.generated(text), {"ref:rows": rows}, dialect.name)


@dataclass(frozen=True, slots=True)
class There:
    """The history that is there: its name as SQL, and its columns in lower case."""

    table: Text
    columns: frozenset[str]


def later_state(
    node: SnapshotNode, rows: Binding, there: There, columns: Sequence[Column], at_us: int, dialect: Dialect
) -> Query:
    """The versions that begin or end with the state of `rows`. Grain: one row per version; key: the unique key and `valid_from`.

    `columns` are those of the history to be, but for its own; one that the rows lack is NULL in new versions. Keys of `rows` are
    unique and not NULL.
    """
    writer = _Later(node, there, tuple(columns), dialect.from_epoch_us(str(at_us)), dialect)
    return bind(Text.generated(writer.text()), {"ref:rows": rows, "ref:there": there.table}, dialect.name)


def _tells_deletes(node: SnapshotNode) -> bool:
    return node.config.hard_deletes == "new_record"


def _no_end(dialect: Dialect) -> str:
    return f"cast(null as {dialect.type_name('TIMESTAMP')}) as {VALID_TO}"


def _changed_at(node: SnapshotNode, alias: str, dialect: Dialect) -> str:
    """When a row says that it was changed: whatever kind of time that is, a timestamp in UTC."""
    assert node.config.updated_at
    name = node.config.updated_at.text
    known = next((c.type for c in node.columns or () if c.name.lower() == name.lower()), None)
    return dialect.from_epoch_us(dialect.epoch_us(f"{alias}.{dialect.quote(name)}", known))


@dataclass(frozen=True, slots=True)
class _Later:
    node: SnapshotNode
    there: There
    columns: tuple[Column, ...]
    at: str
    dialect: Dialect

    def text(self) -> str:
        parts = [("now_rows", 'select * from "ref:rows" as state'), ("open_versions", self._open())]
        if self.node.config.strategy == "timestamp":
            parts.append(("ends", self._ends()))
        parts += [("new_versions", self._new()), ("ended_versions", self._ended())]
        chosen = ["new_versions", "ended_versions"]
        if self.node.config.hard_deletes != "ignore":
            parts.append(("gone_versions", self._gone()))
            chosen.append("gone_versions")
        if _tells_deletes(self.node):
            parts.append(("deletions", self._deletions()))
            chosen.append("deletions")
        ctes = ",\n".join(f"{name} as (\n    {sql.replace(chr(10), _NEXT)}\n)" for name, sql in parts)
        return f"with {ctes}\n" + "\nunion all\n".join(f"select * from {name}" for name in chosen)

    def _open(self) -> str:
        star = "select there.*"
        if _tells_deletes(self.node) and IS_DELETED not in self.there.columns:
            star += f", false as {IS_DELETED}"
        return f'{star}\nfrom "ref:there" as there\nwhere there.{VALID_TO} is null'

    def _ends(self) -> str:
        keys = ", ".join(self._keys("there"))
        return f'select {keys}, max(there.{VALID_TO}) as ended_at\nfrom "ref:there" as there\ngroup by {keys}'

    def _new(self) -> str:
        start, join = self.at, ""
        if self.node.config.strategy == "timestamp":
            said = _changed_at(self.node, "now_rows", self.dialect)
            before = f"coalesce(o.{VALID_FROM}, e.ended_at)"
            join = f"\nleft join ends as e\n    on {self._same('now_rows', 'e')}"
            # what is said to be older than the version before it begins when it is seen
            start = (
                f"case\n    when {before} is null then coalesce({said}, {self.at})\n    when {said} >= {before} then {said}\n"
                f"    when {self.at} >= {before} then {self.at}\n    else {before}\nend"
            )
        items = [*(self._of_rows(column) for column in self.columns), f"{start} as {VALID_FROM}", _no_end(self.dialect)]
        items += [f"false as {IS_DELETED}"] if _tells_deletes(self.node) else []
        return (
            f"{_select(items)}\nfrom now_rows\nleft join open_versions as o\n    on {self._same('now_rows', 'o')}{join}\n"
            f"where o.{VALID_FROM} is null" + "".join(f"{_NEXT}or {part}" for part in self._changed())
        )

    def _changed(self) -> list[str]:
        """What tells of an open version that there is a newer one."""
        config = self.node.config
        parts = [f"o.{IS_DELETED}"] if _tells_deletes(self.node) else []
        if config.updated_at:
            said, before = (_changed_at(self.node, alias, self.dialect) for alias in ("now_rows", "o"))
            parts.append(f"{said} > {before} or ({before} is null and {said} is not null)")
        else:
            keys = {name.text.lower() for name in config.unique_key}
            wanted = {name.text.lower() for name in config.check_columns} if config.check_columns else None
            for column in self.columns:
                low = column.name.lower()
                if low in keys or (wanted is not None and low not in wanted) or not self._is_selected(column):
                    continue
                name = self.dialect.quote(column.name)
                old = f"o.{name}" if low in self.there.columns else "null"
                parts.append(f"now_rows.{name} is distinct from {old}")
        return parts

    def _ended(self) -> str:
        items = [*(self._of_version(column) for column in self.columns), f"o.{VALID_FROM}", f"n.{VALID_FROM} as {VALID_TO}"]
        items += [f"o.{IS_DELETED}"] if _tells_deletes(self.node) else []
        return (
            f"{_select(items)}\nfrom open_versions as o\njoin new_versions as n\n    on {self._same('o', 'n')}\n"
            f"where o.{VALID_FROM} < n.{VALID_FROM}"
        )

    def _gone(self) -> str:
        end = f"case when o.{VALID_FROM} > {self.at} then o.{VALID_FROM} else {self.at} end as {VALID_TO}"
        items = [*(self._of_version(column) for column in self.columns), f"o.{VALID_FROM}", end]
        first = self.dialect.quote(self.node.config.unique_key[0].text)
        where = f"now_rows.{first} is null"
        if _tells_deletes(self.node):
            items.append(f"o.{IS_DELETED}")
            # a version that begins now is replaced by the one that says that it is gone
            where += f" and not o.{IS_DELETED} and o.{VALID_FROM} < {self.at}"
        return (
            f"{_select(items)}\nfrom open_versions as o\nleft join now_rows\n    on {self._same('o', 'now_rows')}\nwhere {where}"
        )

    def _deletions(self) -> str:
        items = [*(self._of_version(column) for column in self.columns)]
        items += [f"case when o.{VALID_FROM} > {self.at} then o.{VALID_FROM} else {self.at} end as {VALID_FROM}"]
        items += [_no_end(self.dialect), f"true as {IS_DELETED}"]
        first = self.dialect.quote(self.node.config.unique_key[0].text)
        return (
            f"{_select(items)}\nfrom open_versions as o\nleft join now_rows\n    on {self._same('o', 'now_rows')}\n"
            f"where now_rows.{first} is null and not o.{IS_DELETED}"
        )

    def _keys(self, alias: str) -> list[str]:
        return [f"{alias}.{self.dialect.quote(name.text)}" for name in self.node.config.unique_key]

    def _same(self, left: str, right: str) -> str:
        return " and ".join(f"{a} = {b}" for a, b in zip(self._keys(left), self._keys(right), strict=True))

    def _is_selected(self, column: Column) -> bool:
        return any(c.name.lower() == column.name.lower() for c in self.node.columns or ())

    def _of_rows(self, column: Column) -> str:
        name = self.dialect.quote(column.name)
        return f"now_rows.{name}" if self._is_selected(column) else f"{nothing(column, self.dialect)} as {name}"

    def _of_version(self, column: Column) -> str:
        name = self.dialect.quote(column.name)
        return f"o.{name}" if column.name.lower() in self.there.columns else f"{nothing(column, self.dialect)} as {name}"


def _select(items: Sequence[str]) -> str:
    return "select\n    " + f",{_NEXT}".join(item.replace("\n", _NEXT) for item in items)
