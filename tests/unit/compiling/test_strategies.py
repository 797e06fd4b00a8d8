"""What every strategy has to declare, and that the table of rules is never without an answer."""

from __future__ import annotations

from featsql.plan.choose import RULES
from featsql.plan.strategies import STRATEGIES


def test_no_two_strategies_name_their_relations_alike() -> None:
    suffixes = [strategy.suffix for strategy in STRATEGIES.values()]
    # `recent` is the range join's second name, for windows by rows
    assert len(set(suffixes)) == len(suffixes) and "recent" not in suffixes


def test_every_rule_names_a_strategy_and_the_last_one_always_holds() -> None:
    assert {rule.strategy for rule in RULES} <= set(STRATEGIES)
    last = RULES[-1]
    assert last.strategy == "range_join" and not last.when.words
