"""The `features` of a training set (R21, R22)."""

from __future__ import annotations

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import Span
from featsql.front.keys import Keys, as_name, caseless_entries, wrong_type
from featsql.front.names import usable
from featsql.front.yamlsubset import YamlList, YamlMap, YamlNode, YamlScalar
from featsql.ir.header import FeatureRef, Name

_FORMS = "an entry is `view`, `view.feature` or `{view: ..., on: {key: column}, prefix: ..., columns: [...]}`"


def read_features(keys: Keys) -> tuple[FeatureRef, ...]:
    """The entries under `features`, in the order given; one entry may stand without a list."""
    node = keys.value("features")
    if node is None:
        return ()
    keys.filled("features", "name at least one feature view; a table without features is a model")
    entries = node.items if isinstance(node, YamlList) else (node,)
    read = [_entry(entry, keys.found) for entry in entries]
    return tuple(ref for ref in read if ref)


def _entry(node: YamlNode, found: list[Diagnostic]) -> FeatureRef | None:
    match node:
        case YamlMap():
            return _spelled_out(Keys(node, "an entry of `features`", found))
        case YamlScalar(value=str()):
            name = as_name(node, "an entry of `features`", found)
            return _short(name, found) if name else None
        case _:
            finding = wrong_type("an entry of `features`", "a name or a mapping", node)
            found.append(Diagnostic(finding.code, finding.message, finding.span, hints=(_FORMS,)))
            return None


def _short(name: Name, found: list[Diagnostic]) -> FeatureRef | None:
    """`view`, or `view.feature`, whose feature may have any name that SQL allows."""
    view_text, dot, feature_text = name.text.partition(".")
    if dot and not (view_text and feature_text):
        found.append(Diagnostic("FS106", f"`{name}` is no view and no feature", name.span, hints=(_FORMS,)))
        return None
    parts = _parts(name, len(view_text))
    view = usable(parts[0], "a feature view", found)
    if view is None:
        return None
    return FeatureRef(view, (parts[1],) if dot else None, span=name.span)


def _parts(name: Name, dot: int) -> tuple[Name, Name]:
    """The words before and after the dot at `dot`, each with its own place when the text stands there as it is."""
    view, feature = name.text[:dot], name.text[dot + 1 :]
    at = name.span.text.find(name.text)
    if at < 0:
        return Name(view, name.span), Name(feature, name.span)
    start = name.span.start + at
    file = name.span.file
    return Name(view, Span(file, start, start + dot)), Name(feature, Span(file, start + dot + 1, start + len(name.text)))


def _spelled_out(keys: Keys) -> FeatureRef | None:
    keys.only("view", "on", "prefix", "columns")
    keys.require("view")
    view = keys.name("view")
    if view and "." in view.text:
        base, _, feature = view.text.partition(".")
        hints = (f"write `view: {base}, columns: [{feature}]`",)
        keys.found.append(Diagnostic("FS106", f"`{view}` is one feature, not a view", view.span, hints=hints))
        return None
    view = usable(view, "a feature view", keys.found)
    prefix = keys.name("prefix")
    keys.filled("columns", "leave it out for every feature of the view")
    columns = keys.names("columns") if keys.entry("columns") else None
    on = _on(keys)
    return FeatureRef(view, columns, on, prefix.text if prefix else "", keys.node.span) if view else None


def _on(keys: Keys) -> tuple[tuple[Name, Name], ...]:
    """`on: {key of the view: column of the spine}`."""
    node = keys.value("on")
    if node is None:
        return ()
    if not isinstance(node, YamlMap):
        finding = wrong_type("`on`", "a mapping from keys of the view to columns of the spine", node)
        keys.found.append(Diagnostic(finding.code, finding.message, finding.span, hints=("write `on: {key: column}`",)))
        return ()
    entries = caseless_entries(node, "in `on`", keys.found)
    read = [(entry.key, as_name(entry.value, f"the column for `{entry.key}`", keys.found)) for entry in entries]
    return tuple((key, column) for key, column in read if column)
