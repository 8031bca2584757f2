"""A simulated year through the pure core: the facts of every parcel, sums and lists among them, in order.

What [tally] and the lists would answer is worked out by the same functions that they use.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from screener.contracts.wire import Facts, Licence, Sighting, Target, Total
from screener.core.facts import facts_of
from screener.core.lists import Lists
from screener.core.parcel import Parcel, time_of
from screener.core.policy import Policy
from screener.core.sightings import sightings_of
from screener.core.sums import Window, entry_of, total_of, with_entry
from screener.lab.year.columns import DAY_S
from screener.lab.year.notes import EPOCH_MS, link, parcel
from screener.lab.year.response import Response
from screener.lab.year.settings import WorldSettings
from screener.lab.year.world import World

FORGET_EVERY: Final = 20_000
"""After so many parcels the sums of identities that have gone quiet are dropped."""

LATEST_MS: Final = 1 << 62

Key = tuple[str, str]


class Passing(NamedTuple):
    """A parcel as it is judged: its row, what is remembered of it, and the facts."""

    row: int
    parcel: Parcel
    facts: Facts


def licences(world: World) -> Lists:
    """The lists that are known beforehand: the licensed trade, by phone."""
    added_at = datetime.fromtimestamp(EPOCH_MS / 1000, UTC)
    entries = [
        Licence(
            licence_id=f"L{party}",
            target=Target(
                kind="phone", link=link(world.settings.seed, "phone", int(world.people.phone[party]))
            ),
            sticks=None,
            tobacco_g=None,
            e_cigarettes=True,
            added_at=added_at,
        )
        for party in range(world.people.licensed)
    ]
    return Lists.of(entries)


def passing(
    settings: WorldSettings, table: np.ndarray, response: Response, policy: Policy, lists: Lists
) -> Iterator[Passing]:
    """All parcels of a table (in the order of time) with their facts."""
    sums = Sums()
    views = response.views(table, response.to(table), scanned_ms(table))
    for row, view in enumerate(views):
        one = parcel(settings.seed, row, table[row], view)
        facts = facts_of(one, lists, float(table["draw"][row]), view.arrived_ms)
        sightings = sightings_of(one, facts, policy)
        totals = sums.after(sightings, policy, view.arrived_ms)
        if row % FORGET_EVERY == 0:
            sums.forget(view.arrived_ms - round(policy.file.sums.window_days * DAY_S * 1000))
        yield Passing(row, one, with_totals(facts, totals))


def scanned_ms(table: np.ndarray) -> np.ndarray:
    """When each parcel was scanned, in epoch milliseconds."""
    return np.asarray(EPOCH_MS + np.rint(table["at_s"] * 1000).astype(np.int64))


def with_totals(facts: Facts, totals: list[Total]) -> Facts:
    """The facts with [tally]'s answers, as they would stand in a decision."""
    return replace(facts, totals=tuple(sorted(totals, key=lambda one: (one.identity, one.link))))


class Sums:
    """The windows of all identities, as [tally] would keep them."""

    def __init__(self) -> None:
        self._windows: dict[Key, Window] = {}

    def after(self, sightings: tuple[Sighting, ...], policy: Policy, now_ms: int) -> list[Total]:
        """Adds a parcel's sightings; the answers to those that ask."""
        return [
            total
            for sighting in sightings
            if (total := self._add(sighting, policy, time_of(now_ms))) is not None
        ]

    def forget(self, before_ms: int) -> None:
        """Drops identities whose newest parcel is older."""
        self._windows = {key: one for key, one in self._windows.items() if one.newest_ms >= before_ms}

    def _add(self, sighting: Sighting, policy: Policy, counted_at: datetime) -> Total | None:
        key, limits = (sighting.identity, sighting.link), policy.file.sums
        window = with_entry(self._windows.get(key), entry_of(sighting, LATEST_MS), limits)
        self._windows[key] = window
        return total_of(window, sighting, limits, counted_at) if sighting.answer else None
