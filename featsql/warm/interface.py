"""What others see of a node, as a hash: while it stays, nothing else has to be compiled when the node's SQL changes."""

from __future__ import annotations

from typing import Any

from featsql.base.fingerprint import fingerprint
from featsql.ir.graph import Node, SqlNode
from featsql.ir.reach import Hazard, ModelReach, Reach


def interface(node: Node, reach: ModelReach | None) -> str:
    """Its place, its columns, what it reads, and what its columns can reach. The header is compared by its text."""
    if not isinstance(node, SqlNode):
        return ""
    columns = [[c.name, c.type] for c in node.columns] if node.columns is not None else None
    return fingerprint([node.kind, node.name, str(node.relation), columns, list(node.parents), _plain(reach) if reach else None])


def _plain(found: ModelReach) -> Any:
    """Places are numbered in their order: where in the file a SELECT begins is nobody else's business."""
    reaches = [*found.columns.items(), *found.named.items()]
    hazards = {id(h): h for _, reach in reaches for h in reach.hazards}
    places = (
        *(h.place for h in hazards.values()),
        *(p for _, reach in reaches for p in (*reach.closes, *(s for s, _ in reach.starts))),
    )
    numbers = {offset: number for number, offset in enumerate(sorted({offset for _, offset in places}))}
    said = {at: _hazard(hazard, numbers) for at, hazard in hazards.items()}
    return [len(found.columns), *([name, _reach(reach, numbers, said)] for name, reach in reaches)]


def _reach(reach: Reach, numbers: dict[int, int], hazards: dict[int, str]) -> Any:
    return [
        sorted(map(list, reach.origins)),
        sorted(hazards[id(hazard)] for hazard in reach.hazards),
        [[numbers[place[1]], unit_us] for place, unit_us in reach.starts],
        sorted(numbers[place[1]] for place in reach.closes),
        [reach.unit_us, reach.is_time, reach.is_shifted, reach.is_plain],
    ]


def _hazard(hazard: Hazard, numbers: dict[int, int]) -> str:
    joined = sorted(map(list, hazard.joined))
    what = [hazard.kind, numbers[hazard.place[1]], hazard.text, hazard.has_time, hazard.unit_us, joined, hazard.span is None]
    return fingerprint(what)
