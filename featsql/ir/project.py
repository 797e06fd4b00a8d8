"""A project as read from disk, and the inputs of a compilation that do not come from its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.ir.header import Declarations
from featsql.ir.model import Column, MacroFile, Parsed, Template


@dataclass(frozen=True, slots=True)
class Settings:
    """`featsql.yml`. `file` is that file, so that errors can point into it."""

    file: SourceFile
    name: str
    profile: str
    dialect: str = "duckdb"
    model_paths: tuple[str, ...] = ("models",)
    macro_paths: tuple[str, ...] = ("macros",)
    seed_paths: tuple[str, ...] = ("seeds",)
    test_paths: tuple[str, ...] = ("tests",)
    target_path: str = "target"
    variables: Mapping[str, object] = field(default_factory=dict)
    selectors: Mapping[str, str] = field(default_factory=dict)
    """Named selections: name -> selector text (for `--selector NAME`)."""
    defaults: Mapping[str, object] = field(default_factory=dict, compare=False, repr=False)
    """Header defaults: kind -> the YAML node (`front.yamlsubset.YamlMap`) that stands under it."""


@dataclass(frozen=True, slots=True)
class Target:
    """One output of a profile. `config` holds the connection's own keys, rendered; secrets are in it, so it is never printed.

    `problems` are what is wrong with the connection keys (an unset variable, say): raised when something connects, not before.
    """

    name: str
    profile: str
    type: str
    schema: str
    database: str | None = None
    threads: int = 1
    config: Mapping[str, object] = field(default_factory=dict, repr=False, compare=False)
    problems: tuple[Diagnostic, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """Stage 0: every file of the project, sorted by path. `root` is absolute, with forward slashes."""

    root: str
    settings: Settings
    models: tuple[SourceFile, ...]
    declarations: tuple[SourceFile, ...]
    macros: tuple[SourceFile, ...]
    seeds: tuple[SourceFile, ...]
    tests: tuple[SourceFile, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedProject:
    """Stages 1 to 3 of every file: nothing resolved yet. `templates[i]` belongs to `parsed[i]`."""

    files: ProjectFiles
    templates: tuple[Template, ...]
    parsed: tuple[Parsed, ...]
    declarations: tuple[Declarations, ...]
    macros: tuple[MacroFile, ...]
    warnings: tuple[Diagnostic, ...] = ()


Describe = Callable[[str], tuple[str, ...] | None]
"""The types of a SELECT's columns, as the warehouse spells them; None when it refuses it. Nothing is run."""


@dataclass(frozen=True, slots=True)
class CompileInputs:
    """What decides the generated SQL besides the project's files.

    `dialect` is the target's; `as_of_us` is the t of online tables, in microseconds of UTC since 1970;
    `catalog` gives the columns of sources and seeds that files or the warehouse told, by node id;
    `describe` tells types of expressions in `dialect` that are not known otherwise.
    """

    dialect: str
    schema: str
    as_of_us: int
    database: str | None = None
    catalog: Mapping[str, tuple[Column, ...]] = field(default_factory=dict)
    describe: Describe | None = None
