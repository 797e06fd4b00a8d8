"""What people hand over as a spine, as an Arrow table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from featsql.base.diagnostics import Diagnostic, FeatsqlError

if TYPE_CHECKING:
    import pyarrow


def to_arrow(spine: Any) -> pyarrow.Table:
    """A table of the rows of an Arrow table, a pandas or Polars frame, or a file (parquet, csv, json). FS008 for all else."""
    import pyarrow

    if isinstance(spine, str | Path):
        return _read_file(Path(spine))
    if isinstance(spine, pyarrow.Table):
        return spine
    if isinstance(spine, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([spine])
    if hasattr(spine, "__arrow_c_stream__"):
        return pyarrow.table(spine)
    if hasattr(spine, "to_arrow"):
        return spine.to_arrow()
    if type(spine).__module__.partition(".")[0] == "pandas":
        return pyarrow.Table.from_pandas(spine, preserve_index=False)
    hint = "pass a pyarrow table, a pandas or Polars frame, or the path of a parquet, csv or json file"
    raise FeatsqlError(Diagnostic("FS008", f"a `{type(spine).__name__}` is not a spine", hints=(hint,)))


def _read_file(path: Path) -> pyarrow.Table:
    from featsql.engines.base import EngineError
    from featsql.engines.duckdb_files import read_file

    if not path.is_file():
        raise FeatsqlError(Diagnostic("FS002", f"there is no file `{path}`"))
    try:
        return read_file(path.resolve().as_posix())
    except EngineError as error:
        raise FeatsqlError(Diagnostic("FS002", f"`{path}` cannot be read: {error.message}")) from None
