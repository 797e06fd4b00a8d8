"""The `.yml` files under models/: sources, entities, and what is said of models and seeds from outside."""

from __future__ import annotations

import re
from dataclasses import replace

from featsql.base.diagnostics import Diagnostic
from featsql.base.spans import SourceFile
from featsql.front.columndocs import SOURCE_KEYS, read_columns, read_meta
from featsql.front.durations import read_length
from featsql.front.keys import Keys, as_keys
from featsql.front.names import usable
from featsql.front.testspecs import read_tests
from featsql.front.unittests import read_unit_tests
from featsql.front.yamlsubset import YamlMap, YamlNode, YamlScalar, compose, to_plain
from featsql.ir.header import Declarations, Entity, ModelPatch, Name, Plain, SourceTable

_FILES = re.compile(r".*\.(?:parquet|csv|tsv|json|jsonl|ndjson)(?:\.gz|\.zst)?", re.IGNORECASE | re.DOTALL)


def read_declarations(file: SourceFile, findings: list[Diagnostic]) -> Declarations:
    """All that one file declares. What is wrong (FS10x) goes to `findings`, and is left out of the answer."""
    root = compose(file, findings)
    keys = as_keys(root, "a .yml file of models", f"`{file.path}`", findings) if root else None
    if keys is None:
        return Declarations()
    keys.only("version", "sources", "entities", "models", "seeds", "exposures", "unit_tests")
    version = keys.value("version")
    if version and to_plain(version) != 2:
        findings.append(Diagnostic("FS106", "`version` is 2, as in dbt", version.span, hints=("leave it out: it is not needed",)))
    sources = keys.mappings("sources", "a source")
    for exposure in keys.mappings("exposures", "an exposure"):
        exposure.require("name")
        exposure.name("name")
    return Declarations(
        sources=tuple(table for source in sources for table in _source(source)),
        entities=tuple(entity for e in keys.mappings("entities", "an entity") if (entity := _entity(e))),
        models=tuple(patch for m in keys.mappings("models", "a model here") if (patch := _patch(m))),
        seeds=tuple(patch for s in keys.mappings("seeds", "a seed here") if (patch := _patch(s))),
        exposures=keys.plain("exposures"),
        unit_tests=read_unit_tests(keys, "name", "model"),
    )


def _source(source: Keys) -> tuple[SourceTable, ...]:
    """The tables of a source. Its database, schema, owner, tags, freshness and meta are theirs too."""
    source.only("name", "description", "owner", "tags", "database", "schema", "freshness", "meta", "tables")
    source.require("name", "tables")
    source.prose("description")
    name = usable(source.name("name"), "a source", source.found)
    schema, database = source.name("schema"), source.name("database")
    owner, tags = source.name("owner"), source.names("tags")
    freshness, meta = _freshness(source), read_meta(source)
    read = [_table(table, name.text if name else "") for table in source.mappings("tables", "a table")]
    return tuple(
        replace(
            table,
            schema=schema.text if schema else table.source,
            database=database.text if database else None,
            owner=table.owner or (owner.text if owner else ""),
            tags=tuple(dict.fromkeys((*(tag.text for tag in tags), *table.tags))),
            freshness=table.freshness or freshness,
            meta=table.meta or meta,
        )
        for table in read
        if table and name
    )


def _table(table: Keys, source: str) -> SourceTable | None:
    """One table with what its own keys say."""
    table.only(
        *("name", "identifier", "path", "timestamp", "available_at", "freshness"),
        *("columns", "description", "owner", "tags", "tests", "meta"),
    )
    table.require("name")
    name = usable(table.name("name"), "a source table", table.found)
    identifier, path, owner = table.name("identifier"), _path(table), table.name("owner")
    declared = SourceTable(
        source=source,
        name=name or Name("", table.node.span),
        schema="",
        identifier=identifier.text if identifier else name.text if name else "",
        path=path.text if path else None,
        timestamp=table.name("timestamp"),
        available_at=table.name("available_at"),
        description=table.prose("description"),
        owner=owner.text if owner else "",
        tags=tuple(tag.text for tag in table.names("tags")),
        freshness=_freshness(table),
        columns=read_columns(table, SOURCE_KEYS),
        tests=read_tests(table),
        meta=read_meta(table),
        path_span=path.span if path else None,
    )
    return declared if name else None


def _path(table: Keys) -> Name | None:
    path = table.name("path")
    if path and not _FILES.fullmatch(path.text):
        hints = ("files are .parquet, .csv or .json, as in `data/orders/*.parquet`",)
        table.found.append(Diagnostic("FS106", f"`path` has to say what kind of file `{path}` is", path.span, hints=hints))
    return path


def _freshness(keys: Keys) -> Plain:
    freshness = keys.mapping("freshness", "`freshness`")
    if freshness is None:
        return None
    freshness.only("warn_after", "error_after")
    limits = {key: node for key in ("warn_after", "error_after") if (node := freshness.value(key))}
    for key, node in limits.items():
        _limit(node, f"`{key}`", keys.found)
    return {key: node.raw for key, node in limits.items() if isinstance(node, YamlScalar)}


def _limit(node: YamlNode, where: str, found: list[Diagnostic]) -> None:
    if not isinstance(node, YamlMap):
        read_length(node, where, found)
        return
    count, period = (entry.value if (entry := node.get(key)) else None for key in ("count", "period"))
    hints = ("write a duration, such as `12h`",)
    if isinstance(count, YamlScalar) and isinstance(period, YamlScalar):
        hints = (f"write `{count.raw}{period.raw[:1]}`",)  # dbt's periods are minute, hour and day
    found.append(Diagnostic("FS107", f"{where} is a duration, not a mapping", node.span, hints=hints))


def _entity(entity: Keys) -> Entity | None:
    entity.only("name", "keys", "description")
    entity.require("name", "keys")
    entity.filled("keys", "name the columns that tell one from another")
    name, keys = usable(entity.name("name"), "an entity", entity.found), entity.names("keys")
    description = entity.prose("description")
    return Entity(name, keys, description) if name and keys else None


def _patch(patch: Keys) -> ModelPatch | None:
    patch.only("name", "description", "columns", "tests")
    patch.require("name")
    name = patch.name("name")
    description, columns, tests = patch.prose("description"), read_columns(patch), read_tests(patch)
    return ModelPatch(name, description, columns, tests) if name else None
