from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .place import Place, place


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Place]:
    with place() as found:
        yield found


@pytest.fixture
def connection(warehouse: Place) -> Iterator[Any]:
    with warehouse.connection() as opened:
        yield opened
