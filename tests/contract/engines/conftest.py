from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from featsql.engines import connect
from featsql.engines.base import Engine

from .warehouses import WAREHOUSES, Rows, Warehouse


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test over every warehouse, but for those that a warehouse has elsewhere, or cannot have."""
    if "warehouse" in metafunc.fixturenames:
        test = metafunc.function.__name__
        names = [name for name, warehouse in sorted(WAREHOUSES.items()) if test not in warehouse.elsewhere]
        metafunc.parametrize("warehouse", names, indirect=True)


@pytest.fixture
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
