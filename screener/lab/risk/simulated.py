"""Cases of simulated years, where all that a parcel holds is known: the illegal ones, and some others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from screener.core.licences import licensed
from screener.core.policy import Policy
from screener.lab.risk.cases import Case
from screener.lab.year.response import Response
from screener.lab.year.settings import FITTING_WORLDS, WorldSettings, smaller
from screener.lab.year.stream import Passing, licences, passing
from screener.lab.year.world import World, quiet

ONE_IN: Final = 20
"""So many parcels that are not illegal are looked through for one that is kept."""


def worlds(parcels: int) -> Sequence[WorldSettings]:
    """The worlds to fit on, of so many parcels each; those of the verdict are never among them."""
    return [smaller(settings, parcels) for settings in FITTING_WORLDS]


def simulated(settings: WorldSettings, response: Response, policy: Policy) -> Iterator[Case | None]:
    """The cases of one world, a year in which nothing is opened; None for each parcel that is left out.

    Parcels that belong to a split load count as over the limit, as the load does. What a licence covers
    is never judged by its risk, and is left out.
    """
    world = World.make(settings)
    table = quiet(world)
    over = table["illegal"].tolist()
    for one in passing(settings, table, response, policy, licences(world)):
        kept = over[one.row] or one.row % ONE_IN == 0
        yield _case(one, over[one.row]) if kept and not licensed(one.facts, policy) else None


def _case(one: Passing, over: bool) -> Case:
    stands_for = 1.0 if over else float(ONE_IN)
    return Case(one.parcel.hub, one.parcel.arrived_ms, one.facts, over, stands_for)
