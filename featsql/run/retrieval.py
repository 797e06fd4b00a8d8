"""Features for a spine that is no model: a table of keys and times that somebody brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from featsql.base.diagnostics import Diagnostic, FeatsqlError, nearest
from featsql.base.spans import SourceFile, Span
from featsql.dialects import DIALECTS
from featsql.engines.base import Engine
from featsql.ir.header import FeatureRef, Name
from featsql.run.asking import ask

if TYPE_CHECKING:
    import pyarrow

    from featsql.compile import Compiler

_SPINE: Final = "featsql_spine"
_PLACE: Final = "featsql_place"
"""The number of a spine row, where the warehouse keeps no order (R18)."""


def retrieve(engine: Engine, compiler: Compiler, frame: pyarrow.Table, timestamp: str, features: Sequence[str]) -> pyarrow.Table:
    """The frame's rows and columns, with features (`view`, `view.feature`) as of each row's time. FS008, FS401, FS404, FS411."""
    keeps_order = DIALECTS[compiler.inputs.dialect].keeps_order
    if not keeps_order:
        frame = _numbered(frame)
    columns = engine.frame_columns(frame)
    if timestamp.lower() not in [c.name.lower() for c in columns]:
        known = [c.name for c in columns]
        hints = nearest(timestamp, known) or (f"its columns: {', '.join(known)}",)
        raise FeatsqlError(Diagnostic("FS008", f"the spine has no column `{timestamp}`", hints=hints))
    plan, query = compiler.retrieval(_SPINE, columns, timestamp, _feature_refs(features))
    found = ask(engine, query, compiler, {_SPINE: frame})
    names = [*(column.name for column in columns), *(output.name for part in plan.parts for output in part.outputs)]
    # a warehouse may fold names; here they are as the spine and the views write them
    found = found.rename_columns(names)
    return found if keeps_order else found.sort_by(_PLACE).drop_columns([_PLACE])


def _numbered(frame: pyarrow.Table) -> pyarrow.Table:
    import pyarrow

    return frame.append_column(_PLACE, pyarrow.array(range(frame.num_rows), pyarrow.int64()))


def _feature_refs(features: Sequence[str]) -> list[FeatureRef]:
    nowhere = Span(SourceFile("--features", ""), 0, 0)
    refs = []
    for text in features:
        view, _, feature = text.strip().partition(".")
        refs.append(FeatureRef(Name(view, nowhere), (Name(feature, nowhere),) if feature else None))
    return refs
