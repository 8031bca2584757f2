"""Prevalence, number over the limit, recall and precision of some parcels, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from screener.contracts.wire import Why
from screener.core.estimates.confidence import Confidence, number_over, share_of_first
from screener.core.estimates.register import BY_CHANCE, Cell, Tally, summed
from screener.core.estimates.strata import Strata, Stratum, strata_of

LEAST_OPENED = 0.5
"""Of a stratum's selected parcels at least this share must have been opened to stand for the others."""


class Figure(Struct, frozen=True, kw_only=True):
    """An estimate with the ends of its interval.

    Where nothing can be said, `unsaid` says why, there is no estimate, and the truth certainly lies between
    the two ends.
    """

    estimate: float | None
    low: float
    high: float
    unsaid: str | None = None


class Estimates(Struct, frozen=True, kw_only=True):
    """What inspections say of some parcels: of these and no others, so what was opened is known exactly.

    `number` is how many are over the limit, `prevalence` their share, `let_through` how many of them were not
    held for cause, `recall` the share of them that was, `precision` their share in what was held for cause.
    Parcels that no draw can reach (`unreachable`) are left out of all of them.
    """

    parcels: int
    unreachable: int
    for_cause: Tally
    drawn: Tally
    strata: tuple[Stratum, ...]
    prevalence: Figure
    number: Figure
    let_through: Figure
    recall: Figure
    precision: Figure


def estimates(tallies: Mapping[Cell, Tally], least_opened: float = LEAST_OPENED) -> Estimates:
    """What was found in the parcels of these cells, and what it says of all of them."""
    strata = strata_of(tallies, least_opened)
    for_cause = summed(tally for cell, tally in tallies.items() if cell.why not in BY_CHANCE)
    drawn = summed(tally for cell, tally in tallies.items() if cell.why is Why.RANDOM)
    number = _number(strata.all, least_opened)
    held = _number(strata.cause, least_opened)
    return Estimates(
        parcels=sum(one.parcels for one in strata.all) + strata.unreachable,
        unreachable=strata.unreachable,
        for_cause=for_cause,
        drawn=drawn,
        strata=strata.all,
        prevalence=_share(number, sum(one.parcels for one in strata.all), "no parcel that can be drawn"),
        number=number,
        let_through=_number(strata.chance, least_opened),
        recall=_recall(strata, number.unsaid),
        precision=_share(held, for_cause.parcels, "nothing was held for cause"),
    )


def _unsaid(strata: Sequence[Stratum], least_opened: float) -> str | None:
    """Why nothing can be said of these strata, or None."""
    if any(one.parcels for one in strata) and not any(one.opened for one in strata):
        return "nothing was opened yet"
    lacking = [one for one in strata if not one.stands(least_opened)]
    if not lacking:
        return None
    listed = "; ".join(f"{one.opened} of {one.selected} {one.name} were opened" for one in lacking)
    return f"{listed}; at least {100 * least_opened:.3g} % must be"


def _number(strata: Sequence[Stratum], least_opened: float) -> Figure:
    unsaid = _unsaid(strata, least_opened)
    if unsaid is not None:
        found = sum(one.over for one in strata)
        unopened = sum(one.parcels - one.opened for one in strata)
        return Figure(estimate=None, low=found, high=found + unopened, unsaid=unsaid)
    confidence = _confidence(strata)
    low, high = confidence.interval()
    return Figure(estimate=float(confidence.estimate), low=float(low), high=float(high))


def _confidence(strata: Sequence[Stratum]) -> Confidence:
    """Where chance selects, one parcel more weighs most: there it is added."""
    some = [one for one in strata if one.parcels] or [_NOTHING]
    return number_over(
        [one.parcels for one in some],
        [one.opened for one in some],
        [one.over for one in some],
        [one.cause is None for one in some],
    )


_NOTHING = Stratum(cause=None, rate=1.0, parcels=0, selected=0, opened=0, over=0)


def _share(number: Figure, parcels: int, nothing: str) -> Figure:
    if parcels == 0:
        return Figure(estimate=None, low=0.0, high=1.0, unsaid=nothing)
    return Figure(
        estimate=None if number.estimate is None else number.estimate / parcels,
        low=number.low / parcels,
        high=number.high / parcels,
        unsaid=number.unsaid,
    )


def _recall(strata: Strata, unsaid: str | None) -> Figure:
    if unsaid is None and not any(one.over for one in strata.all):
        unsaid = "no parcel over the limit was found"
    if unsaid is not None:
        return Figure(estimate=None, low=0.0, high=1.0, unsaid=unsaid)
    held, through = _confidence(strata.cause), _confidence(strata.chance)
    low, high = share_of_first(held, through)
    share = float(held.estimate / (held.estimate + through.estimate))
    return Figure(estimate=share, low=min(low, share), high=max(high, share))
