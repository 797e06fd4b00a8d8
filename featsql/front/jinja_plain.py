"""Templates of text, comments and literal calls: rendered by one regular expression, to the same result as by jinja2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from featsql.base.spans import Span, Text
from featsql.ir.model import Call, Rendered, Template, TemplateContext

_STRING: Final = r"""(?:'([^'\\\r\n]*)'|"([^"\\\r\n]*)")"""
_TAG: Final = re.compile(
    rf"""
      \{{\#([-+]?+) .*? (?:\+\#\}}|-\#\}}\s*|\#\}})                     # a comment
    | \{{\{{([-+]?+) \s* (ref|source|var) \s*\(\s* {_STRING} \s* (?:,\s* {_STRING} \s*)? \) \s* (?:-\}}\}}\s*|\}}\}})
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING: Final = re.compile(r"\{[{%#]")


@dataclass(frozen=True, slots=True)
class _Plain:
    template: Template
    context: TemplateContext
    calls: list[Call] = field(default_factory=list)

    def parts(self) -> Iterator[Text | None]:
        """The rendered text piece by piece; None in place of what only jinja2 can do, or only it can complain about."""
        file, at = self.template.file, self.template.body_start
        while opening := _OPENING.search(file.text, at):
            tag = _TAG.match(file.text, opening.start())
            if tag is None:
                yield None
                return
            before = Text.verbatim(file, at, tag.start())
            yield before[: len(before.value.rstrip())] if "-" in (tag[1], tag[2]) else before
            if tag[3]:
                yield self._substitute(tag)
            at = tag.end()
        yield Text.verbatim(file, at, len(file.text))

    def _substitute(self, tag: re.Match[str]) -> Text | None:
        text = self.template.file.text
        written = [tag[i] for i in range(4, 8) if tag[i] is not None]
        value = _VALUES[tag[3]](self, written, Span(self.template.file, tag.start(3), text.rindex(")", 0, tag.end()) + 1))
        if value is None:
            return None
        return Text.standing_for(value, Span(self.template.file, tag.start(), text.rindex("}}", 0, tag.end()) + 2))

    def ref(self, args: list[str], span: Span) -> str | None:
        if len(args) == 2 and args[0] != self.context.project:
            return None
        return self._marker(Call("ref", args[-1], span), args)

    def source(self, args: list[str], span: Span) -> str | None:
        return self._marker(Call("source", ".".join(args), span), args) if len(args) == 2 else None

    def var(self, args: list[str], span: Span) -> str | None:
        value = self.context.variables.get(args[0], args[1] if len(args) == 2 else None)
        return str(value) if isinstance(value, str | int | float) else None

    def _marker(self, call: Call, args: list[str]) -> str | None:
        if not all(args) or '"' in call.target:
            return None
        self.calls.append(call)
        return f'"{call.kind}:{call.target}"'


_VALUES: Final[dict[str, Callable[[_Plain, list[str], Span], str | None]]] = {
    "ref": _Plain.ref,
    "source": _Plain.source,
    "var": _Plain.var,
}


def render_plain(template: Template, context: TemplateContext) -> Rendered | None:
    """A template of nothing but text, comments and literal calls of `ref`, `source` and `var`; None when it needs jinja2."""
    plain = _Plain(template, context)
    parts: list[Text] = []
    for part in plain.parts():
        if part is None:
            return None
        parts.append(part)
    return Rendered(template.name, Text.join(parts), tuple(plain.calls))
