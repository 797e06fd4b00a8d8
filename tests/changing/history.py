"""The history of a table in plain Python: what `kind: snapshot` has to leave."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True)
class Row:
    key: int
    plan: str | None
    city: str | None
    updated_at: datetime | None


@dataclass(frozen=True)
class Version:
    row: Row
    valid_from: datetime
    valid_to: datetime | None = None
    is_deleted: bool = False


@dataclass
class History:
    """`strategy` and `hard_deletes` as in the header; of strategy `check`, `city` is not looked at."""

    strategy: str
    hard_deletes: str
    versions: list[Version] = field(default_factory=list)

    def take(self, rows: list[Row], at: datetime) -> None:
        for row in rows:
            self._take(row, at)
        if self.hard_deletes == "ignore":
            return
        there = {row.key for row in rows}
        for version in [v for v in self.versions if v.valid_to is None and v.row.key not in there and not v.is_deleted]:
            end = max(at, version.valid_from)
            if self.hard_deletes == "new_record":
                self._end(version, end)
                self.versions.append(replace(version, valid_from=end, is_deleted=True))
            else:
                self.versions[self.versions.index(version)] = replace(version, valid_to=end)

    def _take(self, row: Row, at: datetime) -> None:
        mine = [v for v in self.versions if v.row.key == row.key]
        current = next((v for v in mine if v.valid_to is None), None)
        if current and not self._is_changed(current, row):
            return
        before = current.valid_from if current else max((v.valid_to for v in mine if v.valid_to), default=None)
        start = at
        if self.strategy == "timestamp":
            said = row.updated_at
            in_order = said if said and (before is None or said >= before) else None
            start = in_order or (at if before is None else max(at, before))
        if current:
            self._end(current, start)
        self.versions.append(Version(row, start))

    def _is_changed(self, current: Version, row: Row) -> bool:
        if current.is_deleted:
            return True
        if self.strategy == "check":
            return current.row.plan != row.plan
        old, new = current.row.updated_at, row.updated_at
        return new is not None and (old is None or new > old)

    def _end(self, version: Version, end: datetime) -> None:
        """A version that would end where it began never was."""
        self.versions.remove(version)
        if version.valid_from < end:
            self.versions.append(replace(version, valid_to=end))
