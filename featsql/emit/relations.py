"""Relations as one query: each a CTE headed by a comment that says what a row of it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from featsql.base.spans import Text
from featsql.dialects import Dialect
from featsql.emit.indenting import indented, trimmed
from featsql.emit.scalars import ScalarWriter, comma_separated, separated
from featsql.ir.relational import (
    AllOf,
    BodySelect,
    From,
    Item,
    Join,
    Numbers,
    Relation,
    Scalar,
    Select,
    UnionAll,
    Verbatim,
    WholeQuery,
)

INDENT = "    "


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
                return self._select(select)
            case BodySelect() as body:
                return self._body(body)
            case UnionAll(branches):
                return separated("\nunion all\n", map(self._select, branches))
            case Numbers(name, count):
                return Text.generated(self.dialect.numbers(self.dialect.quote(name), count))
            case WholeQuery(text):
                return trimmed(text)

    def _body(self, body: BodySelect) -> Text:
        items = self._items(body.items)
        parts: list[Text | str] = ["with", body.prelude] if body.prelude.value else []
        parts += ["select\n", items]
        if body.tail.value:
            parts += ["\n", body.tail]
        return Text.join(parts)

    def _select(self, select: Select) -> Text:
        word = "select distinct" if select.distinct else "select"
        parts: list[Text | str] = [f"{word}\n", self._items(select.items), f"\nfrom {self._from(select.source)}"]
        for join in select.joins:
            parts += ["\n", self._join(join)]
        if select.where:
            parts += ["\nwhere ", self._all(select.where, "\n    and ")]
        if select.group_by:
            parts += ["\ngroup by ", comma_separated(map(self.scalars.write, select.group_by))]
        if select.qualify:
            parts += ["\nqualify ", self.scalars.write(select.qualify)]
        if select.order_by:
            parts += ["\norder by ", comma_separated(map(self.scalars.write, select.order_by))]
        return Text.join(parts)

    def _items(self, items: Sequence[Item | AllOf]) -> Text:
        parts: list[Text | str] = []
        for i, item in enumerate(items):
            parts += [",\n" if i else "", INDENT, indented(self._item(item), INDENT)]
        return Text.join(parts)

    def _item(self, item: Item | AllOf) -> Text:
        if isinstance(item, AllOf):
            table = self.dialect.quote(item.table)
            if not item.but:
                return Text.generated(f"{table}.*")
            return Text.generated(self.dialect.star_except(table, tuple(map(self.dialect.quote, item.but))))
        text, name = self.scalars.write(item.value), self.dialect.quote(item.name)
        if not isinstance(item.value, Verbatim) and text.value.rpartition(".")[2] == name:
            return text
        return text if text.value == name else Text.join([text, f" as {name}"])

    def _from(self, source: From) -> str:
        relation = self.dialect.quote(source.relation)
        alias = self.dialect.quote(source.alias) if source.alias else relation
        return relation if alias == relation else f"{relation} as {alias}"

    def _join(self, join: Join) -> Text:
        right = self._from(join.right)
        on = tuple(map(self.scalars.write, join.on))
        if join.kind == "asof":
            assert join.match, "an as-of join has one comparison"
            equalities = tuple(text.value for text in on)
            return Text.generated(self.dialect.asof_join(right, equalities, self.scalars.write(join.match).value))
        word = "inner join" if join.kind == "inner" else "left join"
        return Text.join([f"{word} {right}\n    on ", self._all(join.on, "\n    and ") if on else "true"])

    def _all(self, conditions: Sequence[Scalar], glue: str) -> Text:
        parts: list[Text | str] = []
        for condition in conditions:
            parts += [glue if parts else "", self.scalars.write(condition)]
        return Text.join(parts)
