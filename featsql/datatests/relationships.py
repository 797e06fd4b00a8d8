"""`relationships`."""

from __future__ import annotations

from featsql.datatests.base import Argument, Check, Kind, Subject, failing_rows


def _check(subject: Subject, number: int) -> Check:
    column, key = f"tested.{subject.column}", subject.dialect.quote(f"featsql_known_{number}")
    field = subject.dialect.quote(subject.argument("field"))
    # distinct: a join that never multiplies rows
    join = f"left join (select distinct {field} as {key} from {subject.argument('to')}) as known_{number} on {column} = {key}"
    return failing_rows(subject, f"{column} is not null and {key} is null", join)


RELATIONSHIPS = Kind(
    "relationships",
    "each value is there in a column of another model; NULL is no value",
    "column",
    _check,
    (
        Argument(
            "to", "node", "a model, seed or source: `carriers`, `ref('carriers')` or `source('nyc', 'planes')`", is_required=True
        ),
        Argument("field", "text", "the column there", is_required=True),
    ),
)
