"""The header keys that say how Snowflake keeps what a node leaves."""

from __future__ import annotations

from typing import Final

from featsql.base.diagnostics import Diagnostic
from featsql.front.keys import Keys
from featsql.front.yamlsubset import YamlMap
from featsql.ir.header import FeatureViewConfig, Header, ModelConfig, Storage

KEYS: Final = ("transient", "cluster_by", "copy_grants", "query_tag", "comment")
_OF_TABLES: Final = ("transient", "cluster_by")


def read_storage(keys: Keys) -> Storage:
    transient, grants, tag = keys.flag("transient"), keys.flag("copy_grants"), keys.prose("query_tag")
    return Storage(
        transient=True if transient is None else transient,
        cluster_by=keys.names("cluster_by"),
        copy_grants=True if grants is None else grants,
        query_tag=tag or None,
        comment=keys.flag("comment") or False,
    )


def check_storage(own: YamlMap, header: Header, found: list[Diagnostic]) -> None:
    """FS106 for a header's own keys of tables where there will be none. A default for a whole kind may meet views."""
    match header.config:
        case ModelConfig("view" | "ephemeral"):
            hint = "add `materialized: table`, or leave it out"
        case FeatureViewConfig(online=False, backfill=None):
            hint = "add `online: true`, or leave it out"
        case _:
            return
    for key in _OF_TABLES:
        if entry := own.get(key):
            message = f"`{key}` is about tables, and this leaves none"
            found.append(Diagnostic("FS106", message, entry.key.span, hints=(hint,)))
