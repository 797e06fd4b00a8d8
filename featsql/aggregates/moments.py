"""`avg`, and the standard deviations and variances: DOUBLE whatever goes in."""

from featsql.aggregates.base import Aggregate, always, plain


def _moment(name: str, *names: str) -> Aggregate:
    return Aggregate(
        name=name,
        names={"duckdb": (name, *names)},
        arguments=(1, 1),
        result_type=always("DOUBLE"),
        spell={"duckdb": plain(name)},
        distinct=True,
    )


AVG = _moment("avg", "mean")
STDDEV_SAMP = _moment("stddev_samp", "stddev")
STDDEV_POP = _moment("stddev_pop")
VAR_SAMP = _moment("var_samp", "variance")
VAR_POP = _moment("var_pop")
