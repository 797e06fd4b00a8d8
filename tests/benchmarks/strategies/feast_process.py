"""Runs under Feast's environment: `feast_process.py FOLDER JSON`. The last line printed: seconds of each retrieval."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import ibis  # type: ignore[import-not-found]
import pandas as pd
import pyarrow.parquet as pq
from feast import (  # type: ignore[import-not-found]
    Entity,
    FeatureStore,
    FeatureView,
    Field,
    FileSource,
    RepoConfig,
    ValueType,
)
from feast.types import Float64, Int64, String  # type: ignore[import-not-found]

TYPES = {"clicks": Int64, "amount": Float64, "score": Float64, "category": String}


def main(folder: Path, asked: dict[str, Any]) -> None:
    store = FeatureStore(
        config=RepoConfig(
            project="race",
            provider="local",
            registry=str(folder / "registry.db"),
            offline_store={"type": "duckdb"},
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            entity_key_serialization_version=3,
            repo_path=str(folder),
        )
    )
    customer = Entity(name="customer", join_keys=["customer"], value_type=ValueType.INT64)
    view = FeatureView(
        name="latest",
        entities=[customer],
        ttl=timedelta(days=asked["ttl_days"]),
        schema=[Field(name=column, dtype=TYPES[column]) for column in asked["columns"]],
        source=FileSource(
            path=str(folder / "events.parquet"), timestamp_field="happened_at", created_timestamp_column="created_at"
        ),
        online=False,
    )
    store.apply([customer, view])
    spine = pd.read_parquet(folder / "spine.parquet")
    features = [f"latest:{column}" for column in asked["columns"]]
    ibis.get_backend().raw_sql(f"set threads = {asked['threads']}")
    seconds = []
    for _ in range(asked["runs"]):
        started = perf_counter()
        found = store.get_historical_features(entity_df=spine, features=features).to_arrow()
        seconds.append(perf_counter() - started)
    pq.write_table(found, folder / "found.parquet")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
