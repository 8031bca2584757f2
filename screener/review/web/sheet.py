"""What the page of a parcel sets side by side: load against limit, declared against seen."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Final, Literal

from screener.contracts.wire import ClassProbabilities, Content, Decision, Estimate, Flagged, Load, Seen
from screener.core.declaration import mentions
from screener.core.policy import Limits
from screener.core.signals import E_CIGARETTES, STICK_G, TOBACCO

WIDTH: Final = 1000.0
"""A bar's width; drawings are scaled to the place they have."""

ROOM: Final = 1.06
"""What the largest figure leaves free at the end of its bar."""

STICKS_A_PACK: Final = 20
STICKS_A_CARTON: Final = 200

Product = Literal["sticks", "tobacco_g"]


@dataclass(frozen=True, slots=True)
class Bar:
    """An estimate drawn against its limit; places along the bar are out of `WIDTH`."""

    product: Product
    estimate: Estimate
    limit: float

    @property
    def top(self) -> float:
        """The amount at the bar's end: limit and interval are always in sight."""
        return ROOM * max(self.estimate.high, self.limit * 1.25, 1.0)

    def at(self, amount: float) -> float:
        """The place of an amount."""
        return round(WIDTH * min(amount, self.top) / self.top, 1)

    @property
    def over(self) -> bool:
        """Whether the middle estimate is over the limit."""
        return self.estimate.mid > self.limit


@dataclass(frozen=True, slots=True)
class Contrast:
    """What was declared beside what is seen; `odd` names what of it does not go together."""

    contents: tuple[Content, ...]
    weight_g: float | None
    tobacco_seen_g: float | None
    p: ClassProbabilities | None
    odd: frozenset[str]

    @property
    def undeclared(self) -> bool:
        """Whether tobacco or e-cigarettes are seen that no HS code mentions."""
        return not self.odd.isdisjoint({"tobacco", "e_cigarettes"})


def bars(load: Load | None, limits: Limits) -> tuple[Bar, ...]:
    """Sticks and loose tobacco against their limits; nothing where the parcel was not judged."""
    if load is None:
        return ()
    pairs = ((load.sticks, "sticks", limits.sticks), (load.tobacco_g, "tobacco_g", limits.tobacco_g))
    return tuple(
        Bar(product, estimate, limit)  # type: ignore[arg-type]
        for estimate, product, limit in pairs
        if isfinite(limit)
    )


def contrast(flagged: Flagged) -> Contrast:
    """Declared against seen; `odd` may hold `tobacco`, `e_cigarettes`, `weight`, `contents`."""
    manifest, p = flagged.manifest, _likeliest(flagged.decision)
    seen_g = _tobacco_g(flagged.decision)
    return Contrast(
        contents=() if manifest is None else manifest.contents,
        weight_g=None if manifest is None else manifest.weight_g,
        tobacco_seen_g=seen_g,
        p=p,
        odd=frozenset(_odd(flagged, p, seen_g)),
    )


def _odd(flagged: Flagged, p: ClassProbabilities | None, seen_g: float | None) -> list[str]:
    declared = None if flagged.decision.facts is None else flagged.decision.facts.declared
    if declared is None or p is None:
        return []
    found = {
        "tobacco": max(p.cigarettes, p.loose_tobacco) >= 0.5 and not mentions(declared, TOBACCO),
        "e_cigarettes": p.e_cigarettes >= 0.5 and not mentions(declared, E_CIGARETTES),
        "weight": bool(seen_g and declared.weight_g and seen_g > declared.weight_g),
        "contents": declared.described == 0,
    }
    return [name for name, is_odd in found.items() if is_odd]


def _judged(decision: Decision) -> tuple[Seen, ...]:
    facts = decision.facts
    return () if facts is None else tuple(one for one in facts.seen if one.failure is None)


def _likeliest(decision: Decision) -> ClassProbabilities | None:
    """Of each class the largest probability of any view."""
    seen = _judged(decision)
    if not seen:
        return None
    return ClassProbabilities(
        cigarettes=max(one.p.cigarettes for one in seen),
        loose_tobacco=max(one.p.loose_tobacco for one in seen),
        e_cigarettes=max(one.p.e_cigarettes for one in seen),
    )


def _tobacco_g(decision: Decision) -> float | None:
    """The weight of tobacco that is expected: of each kind its amount times the probability of any."""
    return max(
        (
            one.p.cigarettes * one.sticks.mid * STICK_G + one.p.loose_tobacco * one.tobacco_g.mid
            for one in _judged(decision)
        ),
        default=None,
    )
