"""A case: one YAML file that states one rule of the contract and proves it with rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .text_table import TextTable, TextTableError, parse

ROOT = Path(__file__).parent
# R25 is about exports to online stores; it is executed beside the stores.
RULES = tuple(f"R{number}" for number in range(1, 30) if number != 25)

_REQUIRED = {"rule", "why", "tables", "models"}
_OPTIONAL = {"entities", "as_of", "session_time_zone", "declare_types", "expect", "ordered", "error"}
_STAGES = ("project", "run")


class CaseError(ValueError):
    """A case file that does not follow the format."""


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """What must go wrong: `project` raises before anything runs, `run` ends with the node `of` in error."""

    stage: str
    of: str | None
    contains: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One rule, the rows that go in, the models, and the rows (or the error) that must come out."""

    path: Path
    rule: str
    why: str
    entities: tuple[tuple[str, tuple[str, ...]], ...]
    tables: tuple[tuple[str, TextTable], ...]
    models: tuple[tuple[str, str], ...]
    expect: tuple[tuple[str, TextTable], ...]
    error: ExpectedError | None
    as_of: str | None
    session_time_zone: str | None
    declare_types: bool
    ordered: bool

    @property
    def name(self) -> str:
        """`topic/case`."""
        return f"{self.path.parent.name}/{self.path.stem}"


def load_all() -> tuple[Case, ...]:
    """Every case below this folder, by topic and name."""
    return tuple(load(path) for path in sorted(ROOT.glob("*/*.yml")))


def load(path: Path) -> Case:
    """Read one case; a key that is missing, unknown or of the wrong kind is a `CaseError` that names the file."""
    try:
        return _case(path, yaml.load(path.read_text(), Loader=_UniqueKeys))
    except (CaseError, TextTableError, yaml.YAMLError) as error:
        raise CaseError(f"{path}: {error}") from error


def _case(path: Path, raw: Any) -> Case:
    _check_keys(raw)
    return Case(
        path=path,
        rule=raw["rule"],
        why=" ".join(raw["why"].split()),
        entities=tuple((name, tuple(keys)) for name, keys in raw.get("entities", {"customer": ["customer_id"]}).items()),
        tables=tuple((name, _typed(name, parse(text))) for name, text in raw["tables"].items()),
        models=tuple(raw["models"].items()),
        expect=tuple((name, parse(text)) for name, text in raw.get("expect", {}).items()),
        error=_error(raw.get("error")),
        as_of=raw.get("as_of"),
        session_time_zone=raw.get("session_time_zone"),
        declare_types=raw.get("declare_types", True),
        ordered=raw.get("ordered", False),
    )


def _check_keys(raw: Any) -> None:
    if not isinstance(raw, Mapping):
        raise CaseError("a case is a mapping")
    if missing := _REQUIRED - raw.keys():
        raise CaseError(f"missing {sorted(missing)}")
    if unknown := raw.keys() - _REQUIRED - _OPTIONAL:
        raise CaseError(f"unknown {sorted(unknown)}")
    if ("expect" in raw) == ("error" in raw):
        raise CaseError("a case has either `expect` or `error`")
    if raw["rule"] not in RULES:
        raise CaseError(f"no such rule: {raw['rule']}")
    if not isinstance(raw.get("as_of", ""), str):
        raise CaseError("`as_of` is quoted text; YAML would read a date")


def _typed(name: str, table: TextTable) -> TextTable:
    for column in table.columns:
        if column.type is None:
            raise CaseError(f"column `{column.name}` of table `{name}` needs a type")
    return table


def _error(raw: Any) -> ExpectedError | None:
    if raw is None:
        return None
    if raw.get("stage") not in _STAGES or not raw.get("contains") or raw.keys() - {"stage", "of", "contains"}:
        raise CaseError(f"an error has `stage` (one of {_STAGES}) and `contains`")
    return ExpectedError(raw["stage"], raw.get("of"), tuple(raw["contains"]))


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key given twice, where YAML would silently keep the last."""


def _unique_mapping(loader: _UniqueKeys, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if len(keys) != len(set(keys)):
        raise CaseError(f"a key stands twice in line {node.start_mark.line + 1} or below")
    return loader.construct_mapping(node, deep=True)


_UniqueKeys.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)
