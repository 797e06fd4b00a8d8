"""What headers and declarations say of columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.front.keys import Keys, as_keys, caseless_entries, distinct, wrong_type
from featsql.front.testspecs import read_tests
from featsql.front.yamlsubset import YamlList, YamlMap, YamlScalar
from featsql.ir.header import ColumnDoc, Name, Plain

_KEYS: Final = ("description", "type", "tests", "meta")
SOURCE_KEYS: Final = (*_KEYS, "available_at")
"""Of a source's column: it may become known after the rest of its row."""


def read_columns(keys: Keys, allowed: Sequence[str] = _KEYS) -> tuple[ColumnDoc, ...]:
    """The columns under `columns`: a mapping of names, or a list of mappings that have a `name`."""
    node = keys.value("columns")
    match node:
        case None:
            return ()
        case YamlMap():
            return tuple(_from_mapping(node, keys.found, allowed))
        case YamlList():
            return tuple(_from_list(node, keys.found, allowed))
        case YamlScalar():
            keys.found.append(wrong_type("`columns`", "a mapping of columns, or a list of them", node))
            return ()


def read_meta(keys: Keys) -> Plain:
    keys.mapping("meta", "`meta`")
    return keys.plain("meta")


def _from_mapping(node: YamlMap, found: list[Diagnostic], allowed: Sequence[str]) -> Iterator[ColumnDoc]:
    for entry in caseless_entries(node, "in `columns`", found):
        if isinstance(entry.value, YamlScalar) and entry.value.value is None:
            yield ColumnDoc(entry.key)
            continue
        column = as_keys(entry.value, f"column `{entry.key}`", f"column `{entry.key}`", found)
        if column:
            column.only(*allowed)
            yield _doc(entry.key, column)


def _from_list(node: YamlList, found: list[Diagnostic], allowed: Sequence[str]) -> list[ColumnDoc]:
    docs: list[ColumnDoc] = []
    for item in node.items:
        column = as_keys(item, "a column", "an item of `columns`", found)
        if column is None:
            continue
        column.only("name", *allowed)
        name = column.name("name") if column.require("name") else None
        if name:
            docs.append(_doc(name, column))
    first = {id(name) for name in distinct((doc.name for doc in docs), "in `columns`", found, "FS103")}
    return [doc for doc in docs if id(doc.name) in first]


def _doc(name: Name, column: Keys) -> ColumnDoc:
    tests, meta, known = read_tests(column), read_meta(column), column.name("available_at")
    return ColumnDoc(name, column.name("type"), column.prose("description"), tests, meta, known)
