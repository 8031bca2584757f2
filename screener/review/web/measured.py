"""How figures are called and written, in the unit of reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final

from screener.core.estimates.estimates import Figure
from screener.review.ledger.measures import Figures, Measure
from screener.review.web.formats import Formats
from screener.review.web.words import msg

NAMES: Final[Mapping[Measure, str]] = {
    Measure.SCREENED: msg("Screened"),
    Measure.HELD: msg("Held"),
    Measure.OPENED: msg("Opened"),
    Measure.FOUND: msg("Found over the limit"),
    Measure.HIT_RATE: msg("Hit rate"),
    Measure.RECALL: msg("Recall, estimated"),
    Measure.PREVALENCE: msg("Prevalence, estimated"),
    Measure.CASES: msg("Cases filed"),
    Measure.LARGE_CASES: msg("Large cases"),
    Measure.STICKS: msg("Cigarettes found"),
    Measure.GENUINE: msg("Genuine cigarettes"),
    Measure.COUNTERFEIT: msg("Counterfeit cigarettes"),
    Measure.SMUGGLED: msg("Smuggled cigarettes"),
    Measure.OTHER: msg("Cigarettes of other origin"),
    Measure.LEAF: msg("Leaf tobacco"),
    Measure.CUT: msg("Cut tobacco"),
    Measure.E_CIGARETTES: msg("E-cigarettes"),
    Measure.VALUE: msg("Value"),
}

SHORT: Final[Mapping[Measure, str]] = {
    Measure.STICKS: msg("all"),
    Measure.GENUINE: msg("genuine"),
    Measure.COUNTERFEIT: msg("counterfeit"),
    Measure.SMUGGLED: msg("smuggled"),
    Measure.OTHER: msg("other origin"),
}
"""Under a title that says of what."""

_WAN: Final = msg("10,000 sticks")
UNITS: Final[Mapping[Measure, str]] = {
    **dict.fromkeys((Measure.HIT_RATE, Measure.RECALL, Measure.PREVALENCE), "%"),
    **dict.fromkeys((Measure.CASES, Measure.LARGE_CASES), msg("cases")),
    **dict.fromkeys(
        (Measure.STICKS, Measure.GENUINE, Measure.COUNTERFEIT, Measure.SMUGGLED, Measure.OTHER), _WAN
    ),
    **dict.fromkeys((Measure.LEAF, Measure.CUT), msg("tonnes")),
    Measure.E_CIGARETTES: msg("pieces"),
    Measure.VALUE: msg("CNY 10,000"),
}
"""What is not named counts parcels."""

PARCELS: Final = msg("parcels")
RATES: Final = frozenset({Measure.HIT_RATE, Measure.RECALL, Measure.PREVALENCE})
_DIGITS: Final[Mapping[Measure, int]] = {
    **dict.fromkeys((one for one, unit in UNITS.items() if unit == _WAN), 2),
    **dict.fromkeys((Measure.LEAF, Measure.CUT), 3),
    Measure.VALUE: 2,
    Measure.HIT_RATE: 1,
    Measure.RECALL: 1,
    Measure.PREVALENCE: 3,
}
Z: Final = 1.959964
"""Of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure in its unit, rates in percent, and the ends of its interval where it has one."""

    value: float | int | None
    low: float | None = None
    high: float | None = None


def short(measure: Measure) -> str:
    """The name under a title that says the rest; translated where it is shown."""
    return SHORT.get(measure, NAMES[measure])


def unit(measure: Measure) -> str:
    """The unit's English name, which is translated where it is shown."""
    return UNITS.get(measure, PARCELS)


def amount(figures: Figures, measure: Measure) -> Amount:
    """What the figures say; a value of None may still have an interval."""
    value = figures.value(measure)
    if measure not in RATES:
        return Amount(value)
    low, high = _interval(figures, measure)
    return Amount(*(None if one is None else 100 * one for one in (value, low, high)))


def known(figures: Figures, measure: Measure) -> bool:
    """Whether there is anything to say: the person may know it, and somebody can."""
    one = amount(figures, measure)
    return one.value is not None or one.low is not None or measure is Measure.HIT_RATE


def written(formats: Formats, measure: Measure, value: float | None) -> str:
    """A value without its unit; `–` for what nobody can say."""
    return "–" if value is None else formats.number(value, _DIGITS.get(measure, 0))


def shown(formats: Formats, measure: Measure, one: Amount) -> str:
    """The amount itself, without its interval."""
    return written(formats, measure, one.value)


def interval(formats: Formats, measure: Measure, one: Amount) -> str:
    """`12.1–15.3`, empty where there is none or it says nothing."""
    if one.low is None or one.high is None or (one.value is None and one.high - one.low >= 100):
        return ""
    return f"{written(formats, measure, one.low)}–{written(formats, measure, one.high)}"


def share_within(found: int, opened: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share: of what would be found in as many parcels chosen in the same way."""
    share, z2 = found / opened, Z * Z / opened
    middle = share + z2 / 2
    reach = Z * sqrt((share * (1 - share) + z2 / 4) / opened)
    return max((middle - reach) / (1 + z2), 0.0), min((middle + reach) / (1 + z2), 1.0)


def _interval(figures: Figures, measure: Measure) -> tuple[float | None, float | None]:
    if measure is Measure.HIT_RATE:
        return share_within(figures.found, figures.opened) if figures.opened else (None, None)
    found = getattr(figures, measure.value)
    return (found.low, found.high) if isinstance(found, Figure) else (None, None)
