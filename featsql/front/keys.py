"""YAML mappings, read key by key: each by its type, with everything that is wrong told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from featsql.base.diagnostics import Diagnostic, Label, nearest
from featsql.base.spans import Span
from featsql.front.yamlerrors import missing_space
from featsql.front.yamlsubset import YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar, scalar_value, to_plain
from featsql.ir.header import Name, Plain

SYNONYMS: Final[Mapping[str, str]] = {
    "event_time": "timestamp",
    "event_timestamp": "timestamp",
    "timestamp_field": "timestamp",
    "loaded_at_field": "available_at",
    "created_timestamp_column": "available_at",
    "join_keys": "keys",
    "data_tests": "tests",
    "data_type": "type",
    "dtype": "type",
    "time_column": "timestamp",
    "batch_size": "interval",
    "check_cols": "check_columns",
    "incremental_strategy": "strategy",
}
"""What the neighbours call a key of ours."""


@dataclass(frozen=True, slots=True)
class Keys:
    """One mapping; `what` names it in messages ("a source"). A key that is left out, null or wrong reads as nothing.

    What is wrong goes to `found`; `only` has to be called once, for keys that are not known and keys without a value.
    """

    node: YamlMap
    what: str
    found: list[Diagnostic]

    def only(self, *allowed: str) -> None:
        """Nothing but these keys: FS102 for others. FS104 for a key that has nothing behind it."""
        for entry in self.node.entries:
            if _is_glued(entry):
                self.found.append(missing_space(_up_to_colon(entry.key)))
            elif entry.key.text not in allowed:
                self.found.append(_unknown_key(entry.key, self.what, allowed))
            elif is_empty(entry.value):
                message = f"`{entry.key}` has no value"
                self.found.append(Diagnostic("FS104", message, entry.key.span, hints=("give it one, or leave the key out",)))

    def require(self, *needed: str, at: Span | None = None) -> bool:
        """FS105 for each of these keys that is not there, pointing at `at` or at the mapping."""
        missing = [key for key in needed if (entry := self.node.get(key)) is None or is_null(entry.value)]
        for key in missing:
            self.found.append(Diagnostic("FS105", f"{self.what} needs `{key}`", at or self.node.span))
        return not missing

    def entry(self, key: str) -> YamlEntry | None:
        entry = self.node.get(key)
        return None if entry is None or is_empty(entry.value) or is_null(entry.value) else entry

    def value(self, key: str) -> YamlNode | None:
        entry = self.entry(key)
        return entry.value if entry else None

    def plain(self, key: str) -> Plain:
        return to_plain(self.value(key))

    def prose(self, key: str) -> str:
        """Text of any length, trimmed; empty when it is not there."""
        node = self.value(key)
        text = as_text(node, f"`{key}`", self.found) if node else None
        return text.text.strip() if text else ""

    def name(self, key: str) -> Name | None:
        """A word or a few on one line: the name of something."""
        node = self.value(key)
        return as_name(node, f"`{key}`", self.found) if node else None

    def names(self, key: str) -> tuple[Name, ...]:
        """One name or a list of names, none of them twice (upper and lower case are the same)."""
        node = self.value(key)
        if node is None:
            return ()
        if not isinstance(node, YamlList):
            one = as_name(node, f"`{key}`", self.found, "a name or a list of names")
            return (one,) if one else ()
        read = [as_name(item, f"an item of `{key}`", self.found) for item in node.items]
        return tuple(distinct((name for name in read if name), f"in `{key}`", self.found, "FS106"))

    def flag(self, key: str) -> bool | None:
        node = self.value(key)
        if isinstance(node, YamlScalar) and isinstance(node.value, bool):
            return node.value
        if node is not None:
            self.found.append(wrong_type(f"`{key}`", "`true` or `false`", node))
        return None

    def whole(self, key: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`; FS106 beyond them."""
        node = self.value(key)
        if node is None:
            return None
        if not isinstance(node, YamlScalar) or not isinstance(node.value, int) or isinstance(node.value, bool):
            self.found.append(wrong_type(f"`{key}`", "a whole number", node))
            return None
        if not low <= node.value <= high:
            self.found.append(Diagnostic("FS106", f"`{key}` is a whole number from {low:,} to {high:,}", node.span))
            return None
        return node.value

    def choice(self, key: str, options: Sequence[str]) -> Name | None:
        """One of a few words; FS106 for another."""
        name = self.name(key)
        if name is None or name.text in options:
            return name
        one_of = " or ".join([", ".join(f"`{o}`" for o in options[:-1]), f"`{options[-1]}`"])
        hints = nearest(name.text, options)
        self.found.append(Diagnostic("FS106", f"`{key}` is {one_of}, not `{name}`", name.span, hints=hints))
        return None

    def mapping(self, key: str, what: str) -> Keys | None:
        node = self.value(key)
        return as_keys(node, what, f"`{key}`", self.found) if node else None

    def mappings(self, key: str, what: str) -> tuple[Keys, ...]:
        """A list of mappings."""
        items = self.items(key, "a list of mappings")
        read = [as_keys(item, what, f"an item of `{key}`", self.found) for item in items]
        return tuple(keys for keys in read if keys)

    def items(self, key: str, expected: str) -> tuple[YamlNode, ...]:
        """The items of a list, as they are."""
        node = self.value(key)
        if node is None:
            return ()
        if isinstance(node, YamlList):
            return node.items
        self.found.append(wrong_type(f"`{key}`", expected, node))
        return ()

    def filled(self, key: str, *hints: str) -> None:
        """FS106 when the key holds an empty list."""
        node = self.value(key)
        if isinstance(node, YamlList) and not node.items:
            self.found.append(Diagnostic("FS106", f"`{key}` is an empty list", node.span, hints=hints))

    def apart(self, first: str, second: str, *hints: str) -> None:
        """FS106 when both keys are there."""
        one, other = self.entry(first), self.entry(second)
        if one and other:
            label = Label(one.key.span, "the other one")
            message = f"`{first}` and `{second}` cannot stand together"
            self.found.append(Diagnostic("FS106", message, other.key.span, labels=(label,), hints=hints))


def named_entries(node: YamlMap, where: str, found: list[Diagnostic]) -> list[YamlEntry]:
    """The entries of a mapping whose keys are names that the user chose."""
    entries: list[YamlEntry] = []
    for entry in node.entries:
        if _is_glued(entry):
            found.append(missing_space(_up_to_colon(entry.key)))
        elif as_name(YamlScalar(entry.key.text, entry.key.text, entry.key.span), f"a key {where}", found):
            entries.append(entry)
    return entries


def caseless_entries(node: YamlMap, where: str, found: list[Diagnostic]) -> list[YamlEntry]:
    """`named_entries`, with FS103 for a name that differs from an earlier one in upper and lower case alone."""
    entries = {entry.key.text: entry for entry in named_entries(node, where, found)}
    return [entries[name.text] for name in distinct((e.key for e in entries.values()), where, found, "FS103")]


def as_keys(node: YamlNode, what: str, where: str, found: list[Diagnostic]) -> Keys | None:
    if isinstance(node, YamlMap):
        return Keys(node, what, found)
    if isinstance(node, YamlScalar) and node.raw == node.span.text and (colon := _glued_colon(node.raw)):
        found.append(missing_space(Span(node.span.file, node.span.start, node.span.start + colon)))
        return None
    found.append(wrong_type(where, "a mapping", node))
    return None


def as_text(node: YamlNode, where: str, found: list[Diagnostic], expected: str = "text") -> Name | None:
    if isinstance(node, YamlScalar) and isinstance(node.value, str):
        return Name(node.value, node.span)
    found.append(wrong_type(where, expected, node))
    return None


def as_name(node: YamlNode, where: str, found: list[Diagnostic], expected: str = "text") -> Name | None:
    """Text that can name something: not empty, on one line, without control characters (FS109)."""
    name = as_text(node, where, found, expected)
    if name is None:
        return None
    if not name.text.strip():
        found.append(Diagnostic("FS109", f"{where} is an empty text", name.span))
        return None
    if not name.text.isprintable():
        found.append(Diagnostic("FS109", f"{where} has a line break or control character in it", name.span))
        return None
    return name


def distinct(names: Iterable[Name], where: str, found: list[Diagnostic], code: str) -> list[Name]:
    """The names without those that stand there again (an error of that code), upper and lower case being the same."""
    first: dict[str, Name] = {}
    for name in names:
        earlier = first.setdefault(name.text.lower(), name)
        if earlier is not name:
            labels = (Label(earlier.span, "first here"),)
            found.append(Diagnostic(code, f"`{name}` is there twice {where}", name.span, "again here", labels))
    return list(first.values())


def _unknown_key(key: Name, what: str, allowed: Sequence[str]) -> Diagnostic:
    meant = SYNONYMS.get(key.text)
    hints = (f"it is called `{meant}` here",) if meant in allowed else nearest(key.text, allowed)
    hints = hints or (f"its keys: {', '.join(allowed)}",)
    return Diagnostic("FS102", f"{what} has no key `{key}`", key.span, hints=hints)


def wrong_type(where: str, expected: str, node: YamlNode) -> Diagnostic:
    """FS104. The value itself is never part of the message: it may be a secret."""
    hints: tuple[str, ...] = ()
    if isinstance(node, YamlScalar) and node.value is not None:
        if "text" in expected or "name" in expected:
            hints = ("put it in quotes",)
        elif "number" in expected and isinstance(node.value, str) and isinstance(scalar_value(node.value), int):
            hints = ("write it without quotes",)
        elif isinstance(node.value, str) and node.value.lower() in ("yes", "no", "on", "off") and "true" in expected:
            hints = (f"write `{'true' if node.value.lower() in ('yes', 'on') else 'false'}`",)
    return Diagnostic("FS104", f"{where} is {expected}, not {_described(node)}", node.span, hints=hints)


def _described(node: YamlNode) -> str:
    match node:
        case YamlMap():
            return "a mapping"
        case YamlList():
            return "a list"
        case YamlScalar(value=None):
            return "nothing"
        case YamlScalar(value=bool()):
            return "a truth value"
        case YamlScalar(value=int() | float()):
            return "a number"
        case YamlScalar():
            return "text"


def is_null(node: YamlNode) -> bool:
    """`~` or `null`, which says that a key is left out."""
    return isinstance(node, YamlScalar) and node.value is None and node.raw != ""


def is_empty(node: YamlNode) -> bool:
    """Nothing at all, which is a slip."""
    return isinstance(node, YamlScalar) and node.value is None and node.raw == ""


def _is_glued(entry: YamlEntry) -> bool:
    """To YAML, `{rows:10}` is one key without a value."""
    return is_empty(entry.value) and bool(_glued_colon(entry.key.text)) and entry.key.span.text == entry.key.text


def _up_to_colon(key: Name) -> Span:
    return Span(key.span.file, key.span.start, key.span.start + _glued_colon(key.text))


def _glued_colon(text: str) -> int:
    """The length of `word:` at the start of `word:rest`, 0 when it is not that."""
    word, colon, rest = text.partition(":")
    return len(word) + 1 if colon and rest[:1] not in ("", " ", "/", ":") and word.isidentifier() else 0
