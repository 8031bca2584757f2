"""Prevalence, number over the limit, recall and precision of some parcels, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor

from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import Why
from screener.core.estimates.confidence import Confidence, number_over, share_of_first
from screener.core.estimates.register import Cell, Tally, summed
from screener.core.estimates.strata import Strata, Stratum, strata_of

LEAST_OPENED = 0.5
"""Of those drawn in a stratum at least this share must have been opened to stand for the others."""


class Figure(Struct, frozen=True, kw_only=True):
    """An estimate with the ends of its interval.

    Where `unsaid` says why there is no estimate, the ends are those of the interval with all of the unopened
    that it names clear, and with all of them over the limit.
    """

    estimate: float | None
    low: float
    high: float
    unsaid: str | None = None


class Estimates(Struct, frozen=True, kw_only=True):
    """What inspections say of some parcels: of these and no others, so what was opened is known exactly.

    `number` is how many are over the limit, `prevalence` their share, `let_through` how many of them were not
    held for cause, `recall` the share of them that was, `precision` their share in what was held for cause.
    Held or not is what the first decision said: `found_later` are parcels let through that a later revision
    selected, by its cause. Parcels that no draw can reach (`unreachable`) are left out of all of them.
    """

    parcels: int
    unreachable: int
    for_cause: Tally
    drawn: Tally
    found_later: dict[str, Tally]
    strata: tuple[Stratum, ...]
    prevalence: Figure
    number: Figure
    let_through: Figure
    recall: Figure
    precision: Figure


def estimates(tallies: Mapping[Cell, Tally], least_opened: float = LEAST_OPENED) -> Estimates:
    """What was found in the parcels of these cells, and what it says of all of them."""
    strata = strata_of(tallies)
    parcels = strata.of_all.parcels
    held = _number(strata.cause, strata.of_cause, least_opened)
    through = _number(strata.chance, strata.of_chance, least_opened)
    number = _of_both(_number(strata.all, strata.of_all, least_opened), held, through)
    return Estimates(
        parcels=parcels + strata.unreachable,
        unreachable=strata.unreachable,
        for_cause=strata.of_cause,
        drawn=summed(tally for cell, tally in tallies.items() if cell.why is Why.RANDOM),
        found_later=_found_later(tallies),
        strata=strata.all,
        prevalence=_share(number, parcels, "no parcel that can be drawn"),
        number=number,
        let_through=through,
        recall=_recall(strata, least_opened),
        precision=_share(held, strata.of_cause.parcels, "nothing was held for cause"),
    )


def _found_later(tallies: Mapping[Cell, Tally]) -> dict[str, Tally]:
    causes = sorted({str(cell.later) for cell in tallies if cell.later is not None})
    return {one: summed(tally for cell, tally in tallies.items() if cell.later == one) for one in causes}


def _lacking(strata: Sequence[Stratum], least_opened: float) -> str | None:
    """Why those drawn cannot stand for the others, or None."""
    if any(one.parcels for one in strata) and not any(one.opened for one in strata):
        return "nothing was opened yet"
    by_chance = [one for one in strata if one.cause is None and one.parcels]
    lacking = [one for one in by_chance if not one.opened or one.opened < least_opened * one.selected]
    if not lacking:
        return None
    listed = "; ".join(f"{one.opened} of {one.selected} {one.name} were opened" for one in lacking)
    return f"{listed}; at least {100 * least_opened:.3g} % must be"


def _unopened(strata: Sequence[Stratum]) -> str | None:
    """Which of those held for cause would have to be opened for an estimate, or None."""
    missing = [one for one in strata if one.cause is not None and one.missing]
    if not missing:
        return None
    listed = "; ".join(f"{one.missing} of {one.selected} {one.name} were not opened" for one in missing)
    return f"{listed}: all must be, for the least suspicious are opened last"


def _number(strata: Sequence[Stratum], seen: Tally, least_opened: float) -> Figure:
    unsaid = _lacking(strata, least_opened)
    if unsaid is not None:
        return Figure(estimate=None, low=seen.over, high=_most(seen), unsaid=unsaid)
    fewest, most = _confidences(strata, seen)
    unsaid = _unopened(strata)
    low, high = fewest.interval()
    if unsaid is not None:  # else both are the same
        high = most.interval()[1]
    return Figure(
        estimate=None if unsaid is not None else float(fewest.estimate),
        low=float(low),
        high=float(high),
        unsaid=unsaid,
    )


def _of_both(number: Figure, held: Figure, through: Figure) -> Figure:
    """The number of all with the estimates of both parts, of which more may be known for certain."""
    if held.estimate is None or through.estimate is None:
        return number
    both = held.estimate + through.estimate
    return replace(number, estimate=both, low=min(number.low, floor(both)), high=max(number.high, ceil(both)))


def _most(seen: Tally) -> int:
    """The number over the limit if all that was not opened is."""
    return seen.over + seen.parcels - seen.opened


def _confidences(strata: Sequence[Stratum], seen: Tally) -> tuple[Confidence, Confidence]:
    """The number over the limit with all of the missing held for cause clear, and with all of them over."""
    fewest, most = (_confidence(strata, share) for share in (0, 1))
    return fewest.between(seen.over, _most(seen)), most.between(seen.over, _most(seen))


def _confidence(strata: Sequence[Stratum], missing_over: int) -> Confidence:
    """Where one of many was drawn, one parcel more weighs most: there it is added."""
    some = [one for one in strata if one.parcels] or [_NOTHING]
    missing = [0 if one.cause is None else one.missing for one in some]
    return number_over(
        [one.parcels for one in some],
        [one.opened + unknown for one, unknown in zip(some, missing, strict=True)],
        [one.over + missing_over * unknown for one, unknown in zip(some, missing, strict=True)],
        [one.cause is None or one.rate < 1 for one in some],
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


def _recall(strata: Strata, least_opened: float) -> Figure:
    unsaid = _lacking(strata.all, least_opened) or _lacking(strata.chance, least_opened)
    if unsaid is None and not strata.of_all.over:
        unsaid = "no parcel over the limit was found"
    if unsaid is not None:
        return Figure(estimate=None, low=0.0, high=1.0, unsaid=unsaid)
    fewest, most = _confidences(strata.cause, strata.of_cause)
    through, _ = _confidences(strata.chance, strata.of_chance)
    unsaid = _unopened(strata.cause)
    low, high = share_of_first(fewest, through)
    if unsaid is not None:  # else both are the same
        high = share_of_first(most, through)[1]
    if unsaid is not None:
        return Figure(estimate=None, low=low, high=high, unsaid=unsaid)
    share = float(fewest.estimate / (fewest.estimate + through.estimate))
    return Figure(estimate=share, low=min(low, share), high=max(high, share))
