"""The columns that featsql adds to the relations it generates, and names that nobody has yet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

EVENT_US: Final = "event_us"
"""Event time (R3), in microseconds of UTC since 1970."""
KNOWN_US: Final = "known_us"
"""Known time (R4), likewise; never before the event."""
AVAILABLE_US: Final = "available_us"
"""What `available_at` says, before the event time is taken into account."""
AS_OF_US: Final = "as_of_us"
"""t."""
ROW_ORDER: Final = "row_order"
"""The rank of a row among its entity's, in the order R14."""
RECENCY: Final = "recency"
"""1 for the latest visible row of an ask, 2 for the one before ..."""
SPINE_ROW: Final = "spine_row"
"""The number of a spine row, in the spine's own order."""
MOMENT_US: Final = "moment_us"
"""When a row or an edge of a window comes, in the order in which totals run."""
EDGE: Final = "edge"
"""The number of an edge: where a window begins or ends."""
SIDE: Final = "side"
"""0 for totals by event time, 1 for totals by known time."""
ASK: Final = "ask"
"""The number of an ask, where it would be long to say its key and time."""
TURN: Final = "turn"
"""0 for a row, 1 for an edge: which comes first where both come at one moment."""
IS_ROW: Final = "is_row"
"""Whether it is a row of the view or an ask, where both stand in one relation."""
POSITION: Final = "position"
"""The place of a row among its entity's, from 0, by event time."""
TILE: Final = "tile"
"""The number of the tile of rows that a row stands in."""
LEVEL: Final = "level"
"""Of a block of tiles: how many times two of them were made one."""

OURS: Final = (
    *(EVENT_US, KNOWN_US, AVAILABLE_US, AS_OF_US, ROW_ORDER, RECENCY, SPINE_ROW),
    *(MOMENT_US, EDGE, SIDE, ASK, TURN, IS_ROW, POSITION, TILE, LEVEL),
)


@dataclass(slots=True)
class Names:
    """Gives names that nobody has yet; names differ ignoring case. `prefixes`: no name may begin another one, with `_`."""

    taken: Iterable[str]
    prefixes: tuple[str, ...] = ()
    _used: set[str] = field(init=False)

    def __post_init__(self) -> None:
        self._used = {name.lower() for name in self.taken}

    def fresh(self, wanted: str) -> str:
        name, number = wanted, 2
        while self._is_taken(name.lower()):
            name, number = f"{wanted}{number}" if self.prefixes else f"{wanted}_{number}", number + 1
        self._used.add(name.lower())
        return name

    def _is_taken(self, name: str) -> bool:
        return name in self._used or any(other.startswith(f"{name}_") for other in self.prefixes)
