"""What a run takes from the state of its target, and leaves there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from featsql.ir.query import NodeResult, NodeSteps
from featsql.ir.statistics import Statistics
from featsql.run.ledger import Ledger
from featsql.run.reuse import Reuse


@dataclass(frozen=True, slots=True)
class Books:
    """See `featsql.run.runner.Book`. `amounts` is what the compiler has counted, filled in while the run goes on."""

    ledger: Ledger
    reuse: Reuse
    run_id: str
    amounts: Mapping[str, Mapping[str, Statistics]]

    def reused(self, steps: NodeSteps) -> NodeResult | None:
        return self.reuse.reused(steps)

    def built(self, steps: NodeSteps, done: NodeSteps) -> None:
        self.reuse.built(steps, done)

    def records(self, results: Sequence[NodeResult], tests_ok: bool, is_published: bool) -> list[str]:
        if not is_published:
            told = "built, not published"
            results = [replace(r, status="interrupted", message=told) if r.status == "success" else r for r in results]
        statuses = {r.status for r in results}
        status = "interrupted" if "interrupted" in statuses else "success"
        if statuses & {"error", "skipped"} or not tests_ok:
            status = "error"
        good = {r.unique_id for r in results if r.status == "success"}
        return [
            *self.ledger.results(self.run_id, status, results),
            *self.ledger.published(self.reuse.generations(good)),
            *self.ledger.counted(self.run_id, self.amounts),
        ]
