"""All bugs. A mutation that no value can tell from the right plan is none: comments in the files say which ones are left out."""

from __future__ import annotations

from typing import Final

from . import bugs_of_plans, bugs_of_relations, bugs_of_sql, bugs_of_windows
from .bug import LISTED, Bug

FILES: Final = (bugs_of_plans, bugs_of_relations, bugs_of_windows, bugs_of_sql)
BUGS: Final[tuple[Bug, ...]] = tuple(LISTED)

__all__ = ["BUGS", "FILES", "Bug"]
