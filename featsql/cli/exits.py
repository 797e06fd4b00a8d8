"""How a command ends, for shells and schedulers."""

from __future__ import annotations

DONE = 0
"""All is well, or well with warnings."""
FAILED = 1
"""A node failed."""
WRONG = 2
"""The project, its arguments or the connection are wrong."""
HELD = 75
"""Someone else holds the target; worth another try later."""
INTERRUPTED = 130
TERMINATED = 143
