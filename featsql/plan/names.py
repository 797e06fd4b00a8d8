"""The columns that featsql adds to the relations it generates."""

from __future__ import annotations

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

OURS: Final = (EVENT_US, KNOWN_US, AVAILABLE_US, AS_OF_US, ROW_ORDER, RECENCY, SPINE_ROW)
