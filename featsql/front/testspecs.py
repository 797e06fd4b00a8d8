"""Data tests as headers and declarations write them, in dbt's forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from featsql.base.diagnostics import Diagnostic
from featsql.front.keys import Keys, as_keys, wrong_type
from featsql.front.yamlsubset import YamlEntry, YamlMap, YamlNode, YamlScalar, to_plain
from featsql.ir.testing import ANY, Severity, TestConfig, TestSpec, Threshold

CONFIG_KEYS: Final = ("severity", "where", "limit", "warn_if", "error_if", "store_failures")
_OWN: Final = ("name", "description", "arguments", "config")
_MOST_ROWS: Final = 1_000_000_000
_THRESHOLD = re.compile(r"\s*(>=|<=|!=|<>|==|=|>|<)\s*([0-9]{1,15})\s*")
_SAME: Final = {"<>": "!=", "==": "="}


def read_tests(keys: Keys) -> tuple[TestSpec, ...]:
    """The list under `tests`: each a name, or a mapping from one name to its arguments."""
    items = keys.items("tests", "a list of tests")
    return tuple(spec for item in items if (spec := _test(item, keys.found)))


def read_config(keys: Keys) -> TestConfig:
    """How failures are counted and judged; FS106 for a `warn_if` or `error_if` that is no comparison."""
    severity = keys.choice("severity", ("error", "warn"))
    return TestConfig(
        severity=cast(Severity, severity.text) if severity else "error",
        where=keys.prose("where") or None,
        limit=keys.whole("limit", 1, _MOST_ROWS),
        warn_if=_threshold(keys, "warn_if"),
        error_if=_threshold(keys, "error_if"),
        store_failures=keys.flag("store_failures") or False,
    )


def _test(item: YamlNode, found: list[Diagnostic]) -> TestSpec | None:
    match item:
        case YamlScalar(value=str(word)) if word.strip():
            return TestSpec(word.strip(), item.span, plain=word)
        case YamlMap(entries=(entry,)):
            return _with_arguments(entry, entry.value, item, found)
        case YamlMap() if name := item.get("test_name"):
            # dbt's other form: everything on one level, the kind under `test_name`
            rest = YamlMap(tuple(e for e in item.entries if e is not name), item.span)
            if isinstance(name.value, YamlScalar) and isinstance(name.value.value, str):
                kind = YamlEntry(type(name.key)(name.value.value, name.value.span), rest)
                return _with_arguments(kind, rest, item, found)
        case YamlMap(entries=(first, second, *_)):
            hints = (f"indent what belongs to `{first.key}` below it",)
            message = f"a test is one name with its arguments, and `{second.key}` stands beside `{first.key}`"
            found.append(Diagnostic("FS104", message, second.key.span, hints=hints))
            return None
    found.append(wrong_type("a test", "a name, or a mapping from a name to its arguments", item))
    return None


def _with_arguments(entry: YamlEntry, value: YamlNode, item: YamlNode, found: list[Diagnostic]) -> TestSpec:
    kind = entry.key
    if not isinstance(value, YamlMap):
        plain = to_plain(value)
        bare = {} if plain is None else {"": plain}
        return TestSpec(kind.text, kind.span, bare, {"": value.span}, plain=to_plain(item))
    keys = Keys(value, f"test `{kind}`", found)
    inner = keys.mapping("config", "`config`")
    if inner:
        inner.only(*CONFIG_KEYS)
    config = Keys(YamlMap(tuple(_merged(keys, inner)), value.span), f"test `{kind}`", found)
    arguments = list(_arguments(keys))
    return TestSpec(
        kind.text,
        kind.span,
        {a.key.text: to_plain(a.value) for a in arguments},
        {a.key.text: a.value.span for a in arguments},
        read_config(config),
        name.text if (name := keys.name("name")) else "",
        keys.prose("description"),
        to_plain(item),
    )


def _merged(keys: Keys, inner: Keys | None) -> Iterator[YamlEntry]:
    """dbt takes the words of `config` beside the arguments too; what stands under `config` wins."""
    said = {entry.key.text for entry in inner.node.entries} if inner else set()
    yield from inner.node.entries if inner else ()
    yield from (e for e in keys.node.entries if e.key.text in CONFIG_KEYS and e.key.text not in said)


def _arguments(keys: Keys) -> Iterator[YamlEntry]:
    """Those under `arguments`, and those that stand beside it."""
    own = (*_OWN, *CONFIG_KEYS)
    if arguments := keys.value("arguments"):
        under = as_keys(arguments, "`arguments`", "`arguments`", keys.found)
        yield from under.node.entries if under else ()
    yield from (entry for entry in keys.node.entries if entry.key.text not in own)


def _threshold(keys: Keys, key: str) -> Threshold:
    node = keys.value(key)
    if node is None:
        return ANY
    match = _THRESHOLD.fullmatch(node.raw) if isinstance(node, YamlScalar) else None
    if match is None:
        hints = ('write it as `">10"`, in quotes',)
        keys.found.append(Diagnostic("FS106", f"`{key}` is a comparison with a whole number", node.span, hints=hints))
        return ANY
    operator = _SAME.get(match[1], match[1])
    return Threshold(operator, int(match[2]))  # type: ignore[arg-type]
