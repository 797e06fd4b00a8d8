"""The SQL files under tests/: each a SELECT of rows that are wrong, with a header of its own if it wants one."""

from __future__ import annotations

from dataclasses import dataclass

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.header import split
from featsql.front.keys import Keys, as_keys
from featsql.front.names import usable
from featsql.front.testspecs import CONFIG_KEYS, read_config
from featsql.front.yamlsubset import YamlMap, compose
from featsql.ir.header import Name
from featsql.ir.testing import TestConfig

KEYS = ("description", "enabled", *(key for key in CONFIG_KEYS if key != "where"))


@dataclass(frozen=True, slots=True)
class TestFile:
    """One file; its SQL template begins at `body_start`."""

    __test__ = False

    name: str
    file: SourceFile
    body_start: int
    config: TestConfig
    description: str
    is_enabled: bool


def read_test_file(file: SourceFile, findings: list[Diagnostic]) -> TestFile | None:
    """The file with its header read; None when it has errors, which are then in `findings` (FS10x)."""
    found: list[Diagnostic] = []
    sections = split(file, found)
    stem = file.path.rpartition("/")[2].removesuffix(".sql")
    start = sections.span if sections else None
    name = usable(Name(stem, start), "a test", found) if start else None
    root = compose(file, found, sections.yaml_start, sections.yaml_end) if sections else None
    keys = as_keys(root, "the header of a test", "a header", found) if root else None
    if keys is None and start:
        keys = Keys(YamlMap((), start), "the header of a test", found)
    if keys:
        keys.only(*KEYS)
    read = keys and name and sections
    made = (
        TestFile(
            name.text, file, sections.span.end, read_config(keys), keys.prose("description"), keys.flag("enabled") is not False
        )
        if read and keys and name and sections
        else None
    )
    findings.extend(found)
    return None if any(d.is_error for d in found) else made
