"""Questions to the warehouse that belong to no node's build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from featsql.engines.base import Cancelled, Engine, EngineError
from featsql.run.runner import refused

if TYPE_CHECKING:
    import pyarrow

    from featsql.compile import Compiler
    from featsql.ir.query import Query

T = TypeVar("T")


def ask(engine: Engine, query: Query, compiler: Compiler, frames: Mapping[str, pyarrow.Table] | None = None) -> pyarrow.Table:
    """The rows of a query; views that it reads need not be in the warehouse."""
    return answered(lambda: engine.query(compiler.with_views_inside(query), frames))


def answered(question: Callable[[], T]) -> T:
    """What the engine answers; its refusal as FS702 or FS704."""
    try:
        return question()
    except Cancelled:
        raise KeyboardInterrupt from None
    except EngineError as error:
        raise refused(error) from error
