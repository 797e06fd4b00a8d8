"""From what headers and declarations say to tests: looked up, checked, named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from featsql.base.diagnostics import Diagnostic, nearest
from featsql.base.lengths import duration_us
from featsql.base.spans import SourceFile
from featsql.datatests import KINDS
from featsql.datatests.base import Argument, Kind
from featsql.ir.graph import FeatureGraph, FeatureViewNode, ModelNode, Node, SeedNode, SourceNode, TrainingSetNode
from featsql.ir.header import ColumnDoc
from featsql.ir.model import Column
from featsql.ir.testing import Test, Tested, TestSpec

LONGEST: Final = 120
"""Characters of a name that is made of what the test is about."""
_REF = re.compile(r"ref\(\s*['\"]([^'\"]+)['\"]\s*\)")
_SOURCE = re.compile(r"source\(\s*['\"]([^'\"]+)['\"]\s*,\s*['\"]([^'\"]+)['\"]\s*\)")
_NEIGHBOURS: Final = {
    "dbt_utils.unique_combination_of_columns": "unique_combination",
    "dbt_utils.expression_is_true": "expression",
    "dbt_utils.accepted_range": "range",
    "dbt_utils.recency": "freshness",
}
"""What dbt's users write for a kind of ours."""


_GENERIC = re.compile(r"\{%-?\s*(?:macro\s+test_|test\s+)([A-Za-z_]\w*)\s*\(")


def generic_kinds(macros: Sequence[SourceFile]) -> tuple[str, ...]:
    """The kinds that a project's macros define: `{% macro test_NAME(model, ...) %}`, or dbt's `{% test NAME(model, ...) %}`."""
    return tuple(dict.fromkeys(name for file in macros for name in _GENERIC.findall(file.text)))


@dataclass(frozen=True, slots=True)
class Collected:
    """`tests` in the order of the graph; `findings` are errors in what was written."""

    tests: tuple[Test, ...]
    findings: tuple[Diagnostic, ...]


def collect(graph: FeatureGraph, generics: Sequence[str] = ()) -> Collected:
    """Every data test of a project: those written, and those of the grain. `generics` are the project's own kinds."""
    collector = _Collector(graph, tuple(generics), [], {})
    tests = tuple(test for node in graph.nodes.values() for test in collector.of_node(node))
    return Collected(tests, tuple(collector.found))


def columns_of(node: Node, relation: Tested) -> tuple[Column, ...] | None:
    """The columns of a tested relation, as far as they are known."""
    if isinstance(node, FeatureViewNode) and relation == "online":
        # its own timestamp is called `event_time` there: tests know it by both names
        return (*node.columns, *(Column(name, "TIMESTAMP") for name in ("event_time", "as_of_time"))) if node.columns else None
    return node.columns


def time_of(node: Node) -> str | None:
    """The column with a node's event times."""
    match node:
        case FeatureViewNode():
            return node.timestamp.name
        case TrainingSetNode():
            return node.spine_timestamp.text
        case SourceNode():
            return node.table.timestamp.text if node.table.timestamp else None
    return None


def relations_of(node: Node) -> tuple[Tested, ...]:
    """What a node leaves that can be tested; nothing of an ephemeral model."""
    if isinstance(node, ModelNode) and node.config.materialized == "ephemeral":
        return ()
    return ("main", "online") if isinstance(node, FeatureViewNode) and node.config.online else ("main",)


@dataclass(slots=True)
class _Collector:
    graph: FeatureGraph
    generics: tuple[str, ...]
    found: list[Diagnostic]
    names: dict[str, int]

    def of_node(self, node: Node) -> Iterator[Test]:
        for relation in relations_of(node):
            yield from self._grain(node, relation)
            for spec in _own_tests(node):
                if test := self._test(node, relation, None, spec):
                    yield test
            for doc in _docs(node):
                for spec in doc.tests:
                    if test := self._test(node, relation, doc.name.text, spec):
                        yield test

    def _grain(self, node: Node, relation: Tested) -> Iterator[Test]:
        arguments: Mapping[str, Any]
        match node:
            case FeatureViewNode() if relation == "online":
                arguments = {"keys": tuple(k.name for k in node.keys), "unique": True}
            case FeatureViewNode():
                arguments = {"keys": (*(k.name for k in node.keys), node.timestamp.name)}
            case TrainingSetNode():
                arguments = {"spine": node.id}
            case _:
                return
        name = self._name(f"grain_{_short(node, relation)}")
        yield Test(self._id(name), name, "grain", node.id, (), (), relation, None, arguments)

    def _test(self, node: Node, relation: Tested, column: str | None, spec: TestSpec) -> Test | None:
        is_first = relation == "main"
        findings = self.found if is_first else []  # what is wrong is told once, and not of each relation
        name = spec.name or "_".join(p for p in (spec.kind, _short(node, relation), column, _shown(spec)) if p)
        if spec.name and not is_first:
            name = f"{spec.name}__online"
        name = re.sub(r"[^A-Za-z0-9_]+", "_", name)[:LONGEST].strip("_")
        kind = KINDS.get(spec.kind)
        if kind is None and spec.kind in self.generics:
            arguments = dict(spec.arguments)
            if "" in arguments:
                message = f"test `{spec.kind}` takes named arguments, not a bare value"
                findings.append(Diagnostic("FS104", message, spec.places.get("", spec.span)))
                return None
        elif kind is None:
            findings.append(_unknown(spec, self.generics))
            return None
        else:
            read = _Arguments(self.graph, node, relation, column, spec, kind, findings).read()
            if read is None:
                return None
            arguments = read
        name = self._name(name)
        reads = (self._node_of(arguments["to"]),) if "to" in arguments and kind else ()
        return Test(
            self._id(name),
            name,
            spec.kind,
            node.id,
            (),
            reads,
            relation,
            column,
            arguments,
            spec.config,
            spec.description,
            spec.span,
        )

    def _node_of(self, marker: str) -> str:
        target = marker.strip('"').partition(":")[2]
        return next(node.id for node in self.graph.nodes.values() if node.name == target)

    def _name(self, name: str) -> str:
        """The name, with a number where it is taken."""
        self.names[name] = count = self.names.get(name, 0) + 1
        return name if count == 1 else self._name(f"{name}_{count}")

    def _id(self, name: str) -> str:
        return f"test.{self.graph.project}.{name}"


@dataclass(slots=True)
class _Arguments:
    """The arguments of one test, checked one by one."""

    graph: FeatureGraph
    node: Node
    relation: Tested
    column: str | None
    spec: TestSpec
    kind: Kind
    found: list[Diagnostic]

    def read(self) -> dict[str, Any] | None:
        before = len(self.found)
        given = self._named()
        self._check_place()
        known = {argument.name: argument for argument in self.kind.arguments}
        for name in given:
            if name not in known:
                hints = nearest(name, known) or ((f"its arguments: {', '.join(known)}",) if known else ("it takes none",))
                self._complain("FS102", f"test `{self.kind.name}` has no argument `{name}`", name, *hints)
        for argument in self.kind.arguments:
            if argument.is_required and argument.name not in given:
                self._complain("FS105", f"test `{self.kind.name}` needs `{argument.name}`: {argument.about}")
        if self.kind.arguments and not given and not any(a.is_required for a in self.kind.arguments):
            words = " or ".join(f"`{a.name}`" for a in self.kind.arguments)
            self._complain("FS105", f"test `{self.kind.name}` needs {words}")
        read = {name: self._value(known[name], value) for name, value in given.items() if name in known}
        if len(self.found) > before:
            return None
        if "field" in read:
            self._check_field(read)
        return read if len(self.found) == before else None

    def _named(self) -> dict[str, Any]:
        given = dict(self.spec.arguments)
        if "" in given and self.kind.primary:
            given[self.kind.primary] = given.pop("")
        elif "" in given:
            self._complain("FS104", f"test `{self.kind.name}` takes named arguments, not a bare value", "")
            del given[""]
        return given

    def _check_place(self) -> None:
        name = self.kind.name
        if self.column is None and self.kind.on == "column":
            self._complain("FS106", f"`{name}` tests a column", "", "write it under `columns`, in the `tests` of the column")
        if self.column is not None and self.kind.on == "relation":
            self._complain("FS106", f"`{name}` tests a whole relation", "", "write it in the header's own `tests`")
        has_time = time_of(self.node) is not None
        if name == "freshness" and self.column is None and not has_time:
            self._complain("FS105", f"`{self.node.name}` declares no time", "", "put the test on a column with times")
        if name == "not_stale" and "by" not in self.spec.arguments and not has_time:
            self._complain("FS105", f"`{self.node.name}` declares no time", "", "name a column with times: `by: COLUMN`")

    def _value(self, argument: Argument, value: Any) -> Any:
        """The argument as its kind takes it."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        match argument.form:
            case "number" if is_number:
                return value
            case "bound" if is_number or isinstance(value, str):
                return value
            case "flag" if isinstance(value, bool):
                return value
            case "text" if isinstance(value, str) and value.strip():
                return value.strip()
            case "values" if isinstance(value, list) and value and not any(isinstance(v, list | dict) for v in value):
                return value
            case "column" if isinstance(value, str):
                return self._column(value, argument)
            case "columns" if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
                return [self._column(str(v), argument) for v in value]
            case "length" if isinstance(value, str) and duration_us(value):
                return duration_us(value)
            case "node" if isinstance(value, str):
                return self._marker(value, argument)
        forms = {
            "number": "a number",
            "bound": "a number, or a date or time in quotes",
            "flag": "`true` or `false`",
            "text": "text",
            "values": "a list of values",
            "column": "the name of a column",
            "columns": "a list of columns",
            "length": "a duration, such as `12h`",
            "node": "the name of a model, seed or source",
        }
        code = "FS107" if argument.form == "length" else "FS104"
        self._complain(code, f"`{argument.name}` of test `{self.kind.name}` is {forms[argument.form]}", argument.name)
        return None

    def _column(self, name: str, argument: Argument) -> str:
        columns = columns_of(self.node, self.relation)
        if columns is None:
            return name
        found = next((c.name for c in columns if c.name.lower() == name.lower()), None)
        if found is None:
            hints = nearest(name, [c.name for c in columns])
            self._complain("FS404", f"`{self.node.name}` has no column `{name}`", argument.name, *hints)
        return found or name

    def _marker(self, text: str, argument: Argument) -> str:
        """The relation that `ref('a')`, `source('a', 'b')`, `a` or `a.b` names, as templates put it."""
        if match := _SOURCE.fullmatch(text.strip()):
            wanted, is_source = f"{match[1]}.{match[2]}", True
        elif match := _REF.fullmatch(text.strip()):
            wanted, is_source = match[1], False
        else:
            wanted, is_source = text.strip(), "." in text
        names = {n.name.lower(): n for n in self.graph.nodes.values() if isinstance(n, SourceNode) == is_source}
        node = names.get(wanted.lower())
        if node is None:
            kind, code = ("source", "FS402") if is_source else ("model", "FS401")
            self._complain(code, f"there is no {kind} `{wanted}`", argument.name, *nearest(wanted, names))
            return ""
        return f'"{"source" if is_source else "ref"}:{node.name}"'

    def _check_field(self, read: Mapping[str, Any]) -> None:
        target = str(read["to"]).strip('"').partition(":")[2]
        node = next(n for n in self.graph.nodes.values() if n.name == target)
        if node.columns is not None and read["field"].lower() not in [c.name.lower() for c in node.columns]:
            hints = nearest(read["field"], [c.name for c in node.columns])
            self._complain("FS404", f"`{target}` has no column `{read['field']}`", "field", *hints)

    def _complain(self, code: str, message: str, at: str = "", *hints: str) -> None:
        span = self.spec.places.get(at) or self.spec.span
        self.found.append(Diagnostic(code, message, span, hints=hints))


def _unknown(spec: TestSpec, generics: Sequence[str]) -> Diagnostic:
    known = (*KINDS, *generics)
    if spec.kind in _NEIGHBOURS:
        hints: tuple[str, ...] = (f"it is called `{_NEIGHBOURS[spec.kind]}` here",)
    else:
        hints = nearest(spec.kind, known) or (f"kinds: {', '.join(known)}", "a kind of one's own is a macro `test_NAME`")
    return Diagnostic("FS111", f"there is no test `{spec.kind}`", spec.span, hints=hints)


def _own_tests(node: Node) -> tuple[TestSpec, ...]:
    match node:
        case SourceNode():
            return node.table.tests
        case SeedNode():
            return node.tests
    return node.header.tests


def _docs(node: Node) -> tuple[ColumnDoc, ...]:
    match node:
        case SourceNode():
            return node.table.columns
        case SeedNode():
            return node.docs
    return node.header.columns


def _short(node: Node, relation: Tested) -> str:
    return node.name.replace(".", "_") + ("__online" if relation == "online" else "")


def _shown(spec: TestSpec) -> str:
    """What tells two tests of one kind on one column apart."""
    columns = spec.arguments.get("columns") or (spec.arguments.get("") if spec.kind == "unique_combination" else None)
    return "_".join(map(str, columns)) if isinstance(columns, list) else ""
