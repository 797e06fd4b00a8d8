"""Sets of things that have numbers, as the bits of an integer: thousands of large sets that overlap cost next to nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(eq=False, slots=True)
class Numbered(Generic[T]):
    """Gives each thing a number when it is first seen."""

    members: list[T] = field(default_factory=list)
    numbers: dict[T, int] = field(default_factory=dict)

    def some(self, things: Iterable[T] = ()) -> Some[T]:
        """The set of these."""
        mask = 0
        for thing in things:
            number = self.numbers.get(thing)
            if number is None:
                number = self.numbers[thing] = len(self.members)
                self.members.append(thing)
            mask |= 1 << number
        return Some(self, mask)


@dataclass(frozen=True, eq=False, slots=True)
class Some(AbstractSet[T]):
    """A set of numbered things, iterated in the order of their numbers. Sets of different numberings do not mix."""

    of: Numbered[T]
    mask: int

    def __contains__(self, thing: object) -> bool:
        number = self.of.numbers.get(thing)  # type: ignore[arg-type]
        return number is not None and bool(self.mask >> number & 1)

    def __iter__(self) -> Iterator[T]:
        left = self.mask
        while left:
            lowest = left & -left
            yield self.of.members[lowest.bit_length() - 1]
            left ^= lowest

    def __len__(self) -> int:
        return self.mask.bit_count()

    def __bool__(self) -> bool:
        return self.mask != 0

    def __or__(self, other: Some[T]) -> Some[T]:  # type: ignore[override]
        return Some(self.of, self.mask | other.mask)

    def __and__(self, other: Some[T]) -> Some[T]:  # type: ignore[override]
        return Some(self.of, self.mask & other.mask)

    def __sub__(self, other: Some[T]) -> Some[T]:  # type: ignore[override]
        return Some(self.of, self.mask & ~other.mask)
