"""`{{ env_var('NAME', 'default') }}` in the values of profiles.yml: read by a reader that can do nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from featsql.base.diagnostics import Diagnostic, nearest
from featsql.base.spans import Span
from featsql.front.yamlsubset import Scalar, YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar, scalar_value

_TAG = re.compile(r"\{\{-?(.*?)-?\}\}", re.DOTALL)
_STRING = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_CALL = re.compile(rf"\s*(\w+)\s*\(\s*({_STRING})\s*(?:,\s*({_STRING})\s*)?\)\s*((?:\|\s*\w+\s*)*)", re.DOTALL)
_FORM = "`{{ env_var('NAME') }}` or `{{ env_var('NAME', 'default') }}`"


@dataclass(slots=True)
class Renderer:
    """Puts values of `env` in place of the tags; no message contains a value or a default: they may be secrets.

    FS006 for variables that are not set goes to `unset`, what is wrong with the tags themselves (FS004) to `found`.
    """

    env: Mapping[str, str]
    found: list[Diagnostic]
    unset: list[Diagnostic]

    def node(self, node: YamlNode) -> YamlNode:
        """The node with all its values rendered; a value that cannot be is null, as if it were left out."""
        match node:
            case YamlScalar():
                return self._scalar(node)
            case YamlList():
                return YamlList(tuple(self.node(item) for item in node.items), node.span)
            case YamlMap():
                return YamlMap(tuple(YamlEntry(e.key, self.node(e.value)) for e in node.entries), node.span)

    def _scalar(self, node: YamlScalar) -> YamlScalar:
        text = node.value
        if not isinstance(text, str) or not any(mark in text for mark in ("{{", "}}", "{%", "{#")):
            return node
        if any(mark in _TAG.sub("", text) for mark in ("{{", "}}", "{%", "{#")):
            self._wrong("this is not a tag that profiles.yml can have", node.span, f"a value may hold {_FORM}")
            return _left_out(node)
        parts = [self._tag(tag[1], node.span) for tag in _TAG.finditer(text)]
        if any(part is None for part in parts):
            return _left_out(node)
        if _TAG.fullmatch(text) and not isinstance(parts[0], str):
            return YamlScalar(parts[0], text, node.span)
        values = iter(parts)
        rendered = _TAG.sub(lambda _: str(next(values)), text)
        return YamlScalar(rendered, rendered, node.span) if rendered else _left_out(node)

    def _tag(self, inside: str, span: Span) -> Scalar:
        """The value of one tag; None when it has none."""
        call = _CALL.fullmatch(inside)
        if call is None:
            self._wrong("this is not a call of `env_var` with text in quotes", span, f"write {_FORM}")
            return None
        if call[1] != "env_var":
            self._wrong(f"there is no `{call[1]}` in profiles.yml", span, f"write {_FORM}")
            return None
        filters = [word.strip() for word in call[4].split("|")[1:]]
        if not self._are_filters(filters, span):
            return None
        name = _unquoted(call[2])
        text = self.env.get(name, _unquoted(call[3]) if call[3] else None)
        if text is None:
            hints = (f"set it, or give a default: `env_var('{name}', '...')`",)
            self.unset.append(Diagnostic("FS006", f"the environment variable `{name}` is not set", span, hints=hints))
            return None
        value: Scalar = text
        for word in filters:
            value = _FILTERS[word](str(value))
            if value is None:
                self._wrong(f"what `{name}` holds is not for the filter `{word}`", span)
                return None
        return value

    def _are_filters(self, words: list[str], span: Span) -> bool:
        unknown = [word for word in words if word not in _FILTERS]
        for word in unknown:
            hints = nearest(word, _FILTERS) or (f"filters: {', '.join(_FILTERS)}",)
            self._wrong(f"there is no filter `{word}` in profiles.yml", span, *hints)
        return not unknown

    def _wrong(self, message: str, span: Span, *hints: str) -> None:
        self.found.append(Diagnostic("FS004", message, span, hints=hints))


def _whole(text: str) -> Scalar:
    value = scalar_value(text.strip())
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(text: str) -> Scalar:
    value = scalar_value(text.strip())
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(text: str) -> Scalar:
    return {"true": True, "false": False}.get(text.strip().lower())


_FILTERS: Final[Mapping[str, Callable[[str], Scalar]]] = {
    "int": _whole,
    "as_number": _number,
    "as_bool": _truth,
    "trim": str.strip,
}


def _unquoted(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1], flags=re.DOTALL)


def _left_out(node: YamlScalar) -> YamlScalar:
    return YamlScalar(None, "null", node.span)
