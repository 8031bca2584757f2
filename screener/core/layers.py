"""A frozen mapping that is cheap to change: changes lie in a small layer over a large one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

V = TypeVar("V")

MOST_CHANGES = 2048
"""More changes than this are laid down into a new large layer: copying 190,000 entries takes 10 ms."""


@dataclass(frozen=True, slots=True)
class Layered(Generic[V]):
    """Values by text; in `changes` None marks what is no more. Neither layer is ever changed in place."""

    below: Mapping[str, V] = field(default_factory=dict)
    changes: Mapping[str, V | None] = field(default_factory=dict)

    def get(self, key: str) -> V | None:
        if key in self.changes:
            return self.changes[key]
        return self.below.get(key)

    def values(self) -> Iterator[V]:
        """All values, in no order that means anything."""
        yield from (value for key, value in self.below.items() if key not in self.changes)
        yield from (value for value in self.changes.values() if value is not None)

    def changed(self, changes: Mapping[str, V | None]) -> Layered[V]:
        """This mapping with `changes`, where None removes a key."""
        upper = {**self.changes, **changes}
        if len(upper) <= MOST_CHANGES:
            return Layered(self.below, upper)
        merged = {**self.below, **upper}
        return Layered({key: value for key, value in merged.items() if value is not None})
