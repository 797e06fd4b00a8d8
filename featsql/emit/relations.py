"""Relations as one query: each a CTE headed by a comment that says what a row of it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from featsql.base.spans import Text
from featsql.dialects import Dialect
from featsql.emit.indenting import indented, trimmed
from featsql.emit.scalars import ScalarWriter, Written, comma_separated, plain
from featsql.ir.relational import (
    AllOf,
    Binary,
    BodySelect,
    Col,
    From,
    Item,
    Join,
    NotNull,
    Numbers,
    Relation,
    Scalar,
    Select,
    UnionAll,
    WholeQuery,
)

INDENT = "    "

Parts = Iterator[Written]


def write_query(relations: Sequence[Relation], dialect: Dialect, not_null: Iterable[str] = ()) -> Text:
    """The last relation is the query, those before it are its CTEs. Ends without a semicolon or a line end."""
    writer = _Writer(dialect, ScalarWriter(dialect, frozenset(not_null)))
    *ctes, last = relations
    parts: list[Text | str] = []
    for i, relation in enumerate(ctes):
        kept = dialect.kept_cte if relation.once else dialect.inlined_cte if relation.anew else ""
        parts += [
            f"{'' if i else 'with '}{dialect.quote(relation.name)} as {kept}{' ' if kept else ''}(\n",
            f"{INDENT}-- {_one_line(relation.comment)}\n{INDENT}",
            indented(writer.query(relation), INDENT),
            "\n),\n" if i < len(ctes) - 1 else "\n)\n",
        ]
    comment = f"-- {_one_line(last.comment)}\n" if last.comment else ""
    return Text.join([*parts, comment, writer.query(last)])


def _one_line(comment: str) -> str:
    """A name in a comment may hold anything; a line end would end the comment."""
    return " ".join(comment.split())


@dataclass(frozen=True, slots=True)
class _Writer:
    dialect: Dialect
    scalars: ScalarWriter

    def query(self, relation: Relation) -> Text:
        match relation.query:
            case Select() as select:
                return Text.join(self._select(select))
            case BodySelect() as body:
                return Text.join(self._body(body))
            case UnionAll(branches):
                return Text.join(self._union(branches))
            case Numbers(name, count):
                return Text.generated(self.dialect.numbers(self.dialect.quote(name), count))
            case WholeQuery(text):
                return trimmed(text)

    def _union(self, branches: Iterable[Select]) -> Parts:
        for i, branch in enumerate(branches):
            if i:
                yield "\nunion all\n"
            yield from self._select(branch)

    def _body(self, body: BodySelect) -> Parts:
        if body.prelude.value:
            yield from ("with", body.prelude)
        yield "select\n"
        yield from self._items(body.items)
        if body.tail.value:
            yield from ("\n", body.tail)

    def _select(self, select: Select) -> Parts:
        yield "select distinct\n" if select.distinct else "select\n"
        yield from self._items(select.items)
        yield f"\nfrom {self._from(select.source)}"
        for join in select.joins:
            yield from self._join(join)
        where = (*self._matched(select.joins), *select.where)
        if where:
            yield "\nwhere "
            yield from self._all(where)
        if select.group_by:
            yield from ("\ngroup by ", comma_separated(map(self.scalars.write, select.group_by)))
        if select.qualify:
            yield from ("\nqualify ", self.scalars.write(select.qualify))
        if select.order_by:
            yield from ("\norder by ", comma_separated(map(self.scalars.write, select.order_by)))

    def _items(self, items: Iterable[Item | AllOf]) -> Parts:
        glue = INDENT
        for item in items:
            yield glue
            yield from (indented(part, INDENT) for part in self._item(item))
            glue = f",\n{INDENT}"

    def _item(self, item: Item | AllOf) -> Parts:
        if isinstance(item, AllOf):
            table = self.dialect.quote(item.table)
            yield self.dialect.star_except(table, tuple(map(self.dialect.quote, item.but))) if item.but else f"{table}.*"
            return
        text, name = self.scalars.write(item.value), self.dialect.quote(item.name)
        yield text
        is_named_so = plain(text) == name or (isinstance(item.value, Col) and item.value.name == item.name)
        if not is_named_so:
            yield f" as {name}"

    def _from(self, source: From) -> str:
        relation = self.dialect.quote(source.relation)
        alias = self.dialect.quote(source.alias) if source.alias else relation
        return relation if alias == relation else f"{relation} as {alias}"

    def _join(self, join: Join) -> Parts:
        right = self._from(join.right)
        if join.kind == "asof":
            assert join.match, "an as-of join has one comparison"
            equalities = tuple(plain(self.scalars.write(condition)) for condition in join.on)
            yield f"\n{self.dialect.asof_join(right, equalities, plain(self.scalars.write(join.match)))}"
            return
        word = "inner join" if join.kind == "inner" else "left join"
        yield f"\n{word} {right}\n    on "
        yield from self._all(join.on) if join.on else ("true",)

    def _matched(self, joins: Iterable[Join]) -> Iterator[Scalar]:
        """Rows that an as-of join has found nothing for go (see `Join`), also where the warehouse would keep them."""
        for join in joins:
            if join.kind == "asof" and self.dialect.asof_keeps_all:
                assert isinstance(join.match, Binary), "an as-of join has one comparison"
                yield NotNull(join.match.right)

    def _all(self, conditions: Iterable[Scalar]) -> Parts:
        for i, condition in enumerate(conditions):
            if i:
                yield "\n    and "
            yield self.scalars.write(condition)
