from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from featsql.engines import connect
from featsql.engines.base import Engine

from .warehouses import WAREHOUSES, Rows, Warehouse


@pytest.fixture(params=sorted(WAREHOUSES))
def warehouse(request: pytest.FixtureRequest) -> Warehouse:
    return WAREHOUSES[request.param]


@pytest.fixture
def engine(warehouse: Warehouse, tmp_path: Path) -> Iterator[Engine]:
    opened = connect(warehouse.target(tmp_path), str(tmp_path))
    yield opened
    opened.close()


@pytest.fixture
def read(engine: Engine, warehouse: Warehouse, tmp_path: Path) -> Callable[[str], Rows]:
    """What another connection sees."""
    return warehouse.reader(tmp_path)
