"""`featsql.yml` and `--vars`."""

from __future__ import annotations

from collections.abc import Mapping

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.configs import read_defaults
from featsql.front.keys import Keys, as_keys, as_text, named_entries, wrong_type
from featsql.front.names import known_dialect, usable
from featsql.front.yamlsubset import YamlMap, compose, to_plain
from featsql.ir.header import Kind, Name
from featsql.ir.project import Settings

_KEYS = (
    *("name", "profile", "dialect", "model_paths", "macro_paths", "seed_paths", "test_paths", "target_path"),
    *("vars", "defaults", "selectors", "version"),
)


def read_settings(file: SourceFile, findings: list[Diagnostic]) -> Settings | None:
    """What featsql.yml says, its `defaults` checked by the rules of headers; None when it has errors (FS003, FS10x, FS601)."""
    found: list[Diagnostic] = []
    root = compose(file, found)
    if root is None and not found:
        hints = ("it needs at least `name: my_project`",)
        found.append(Diagnostic("FS003", f"`{file.path}` is empty", hints=hints))
    keys = as_keys(root, f"`{file.path}`", f"`{file.path}`", found) if root else None
    settings = _settings(file, keys) if keys else None
    findings.extend(found)
    return None if any(d.is_error for d in found) else settings


def read_vars(text: str, findings: list[Diagnostic]) -> Mapping[str, object]:
    """The variables of `--vars`: a mapping in YAML or JSON. What is wrong (FS10x) goes to `findings`."""
    root = compose(SourceFile("--vars", text), findings)
    keys = as_keys(root, "`--vars`", "`--vars`", findings) if root else None
    return _variables(keys) if keys else {}


def _settings(file: SourceFile, keys: Keys) -> Settings | None:
    keys.only(*_KEYS)
    keys.require("name")
    name = usable(keys.name("name"), "a project", keys.found)
    profile, dialect = keys.name("profile"), known_dialect(keys.name("dialect"), keys.found)
    variables = keys.mapping("vars", "`vars`")
    read = Settings(
        file=file,
        name=name.text if name else "",
        profile=profile.text if profile else name.text if name else "",
        dialect=dialect.text if dialect else "duckdb",
        model_paths=_folders(keys, "model_paths", "models"),
        macro_paths=_folders(keys, "macro_paths", "macros"),
        seed_paths=_folders(keys, "seed_paths", "seeds"),
        test_paths=_folders(keys, "test_paths", "tests"),
        target_path=_target_path(keys),
        variables=_variables(variables) if variables else {},
        selectors=_selectors(keys),
        defaults=_defaults(keys),
    )
    return read if name else None


def _variables(keys: Keys) -> dict[str, object]:
    return {entry.key.text: to_plain(entry.value) for entry in named_entries(keys.node, f"of {keys.what}", keys.found)}


def _folders(keys: Keys, key: str, default: str) -> tuple[str, ...]:
    read = [_folder(name, key, keys.found) for name in keys.names(key)]
    return tuple(read) if keys.entry(key) else (default,)


def _target_path(keys: Keys) -> str:
    name = keys.name("target_path")
    return _folder(name, "target_path", keys.found) if name else "target"


def _folder(name: Name, key: str, found: list[Diagnostic]) -> str:
    """A folder inside the project, with forward slashes and nothing to resolve; FS106 for others."""
    path = name.text.replace("\\", "/")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    is_outside = path.startswith(("/", "~")) or path[1:2] == ":" or ".." in parts
    if is_outside or not parts:
        what = "is not inside the project" if is_outside else "is the project's own folder"
        hints = (f"name a folder in it, such as `{key.partition('_')[0]}s`",) if key != "target_path" else ("use `target`",)
        found.append(Diagnostic("FS106", f"`{key}`: `{name}` {what}", name.span, hints=hints))
    return "/".join(parts)


def _selectors(keys: Keys) -> dict[str, str]:
    named = keys.mapping("selectors", "`selectors`")
    if named is None:
        return {}
    entries = named_entries(named.node, "in `selectors`", keys.found)
    read = [(entry.key.text, as_text(entry.value, f"selector `{entry.key}`", keys.found)) for entry in entries]
    return {name: text.text for name, text in read if text}


def _defaults(keys: Keys) -> dict[str, object]:
    by_kind = keys.mapping("defaults", "`defaults`")
    if by_kind is None:
        return {}
    by_kind.only(*Kind)
    defaults: dict[str, object] = {}
    for kind in Kind:
        node = by_kind.value(kind)
        if isinstance(node, YamlMap):
            read_defaults(kind, node, keys.found)
            defaults[kind.value] = node
        elif node:
            keys.found.append(wrong_type(f"`{kind}`", "a mapping of header keys", node))
    return defaults
