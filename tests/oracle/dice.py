"""The one place where chance enters a case."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """Draws that depend on the seed alone: on no hash, no clock, no other case."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def pick(self, *choices: Choice) -> Choice:
        return self._random.choice(choices)

    def number(self, low: int, high: int) -> int:
        """An integer between the two, both included."""
        return self._random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def some(self, choices: Sequence[Choice], low: int, high: int) -> list[Choice]:
        """Between `low` and `high` of the choices, none of them twice."""
        return self._random.sample(choices, min(len(choices), self.number(low, high)))

    def repeated(self, choices: Sequence[Choice], count: int) -> list[Choice]:
        return self._random.choices(choices, k=count)

    def shuffled(self, choices: Sequence[Choice]) -> tuple[Choice, ...]:
        return tuple(self._random.sample(choices, len(choices)))
