"""Loads: what a load's name means, and the goods that it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from screener.errors import BadConfig
from screener.lab.simulator import cartons, cigarettes, cut, leaf, stacking, sticks, vapes
from screener.lab.simulator.cigarettes import HEATED, PACKS_PER_CARTON, STICKS_PER_PACK, Brand
from screener.lab.simulator.goods import Good, Rng

LIMIT_STICKS, LIMIT_TOBACCO_G = 400, 5000.0
MOST = 1000
"""The largest amount of anything but sticks, of which a carton holds 200."""


@dataclass(frozen=True)
class Load:
    """What is asked for: an amount of one form, of one format of stick where one is named; or `clean`."""

    kind: str
    form: str
    amount: float
    format: str = ""

    @property
    def sticks(self) -> int:
        """Sticks in cigarettes."""
        return round(self.amount * _STICKS.get(self.form, 0))

    @property
    def loose_g(self) -> float:
        """Grams of loose tobacco, cut or leaf."""
        return self.amount * 1000.0 if self.form in {"tobacco", "leaf"} else 0.0

    @property
    def e_cigarettes(self) -> int:
        """E-cigarettes and refill bottles."""
        return round(self.amount) if self.form in {"e-cigarette", "refill bottle"} else 0


_STICKS = {
    "carton": STICKS_PER_PACK * PACKS_PER_CARTON,
    "opened carton": STICKS_PER_PACK * PACKS_PER_CARTON,
    "pack": STICKS_PER_PACK,
    "stick": 1,
    "heated stick": 1,
}

CLEAN = Load("clean", "clean", 0)
LEGAL = (
    *("1 carton", "2 cartons", "1 pack", "4 packs", "10 packs", "60 loose sticks", "200 loose sticks"),
    *("1 opened carton", "2 opened cartons", "200 heated-tobacco sticks"),
    *("0.25 kg cut tobacco", "0.5 kg cut tobacco", "1 kg cut tobacco", "0.5 kg leaf", "1 kg leaf"),
)
OVER = tuple(f"{count} cartons" for count in (3, 3, 4, 5, 5, 6, 8, 10, 15, 25, 50))
OVER_OTHER = (
    *("30 packs", "40 packs", "600 loose sticks", "3 opened cartons", "5 opened cartons"),
    *("600 heated-tobacco sticks", "6 kg cut tobacco", "8 kg cut tobacco", "6 kg leaf"),
)

_FORMATS = "|".join(cigarettes.FORMATS)
_FORMS = (
    (rf"(\d+) (?:({_FORMATS}) )?cartons?", "carton"),
    (rf"(\d+) opened (?:({_FORMATS}) )?cartons?", "opened carton"),
    (rf"(\d+) (?:({_FORMATS}) )?packs?", "pack"),
    (rf"(\d+) loose (?:({_FORMATS}) )?sticks?", "stick"),
    (rf"(\d+) ({HEATED}) sticks?", "heated stick"),
    (r"(\d+(?:\.\d+)?) kg cut tobacco()", "tobacco"),
    (r"(\d+(?:\.\d+)?) kg leaf()", "leaf"),
    (r"(\d+) e-cigarettes?()", "e-cigarette"),
    (r"(\d+) refill bottles?()", "refill bottle"),
)


def load(kind: str | None, rng: Rng) -> Load:
    """The load that `kind` names; `legal` and `over` are drawn, None is mostly `clean`.

    Raises `BadConfig` for a name that is none of these.
    """
    if kind is None:
        kind = str(rng.choice(["clean", "legal", "over"], p=[0.90, 0.05, 0.05]))
    if kind == "clean":
        return CLEAN
    if kind == "legal":
        return _named(str(rng.choice(LEGAL)))
    if kind == "over":
        return _named(str(rng.choice(OVER if rng.random() < 0.75 else OVER_OTHER)))
    return _named(kind)


def _named(kind: str) -> Load:
    for pattern, form in _FORMS:
        if found := re.fullmatch(pattern, kind):
            amount = float(found[1])
            if 0 < amount <= MOST * (10 if "stick" in form else 1):
                return Load(kind, form, amount, found[2] or "")
    raise BadConfig(
        "load: expected clean, legal, over, or an amount such as `5 cartons`, `2 opened cartons`,"
        " `10 packs`, `200 loose sticks` (of a format: `3 slim cartons`), `200 heated-tobacco sticks`,"
        f" `1 kg cut tobacco`, `1 kg leaf`, `10 e-cigarettes` or `10 refill bottles`, got `{kind}`"
    )


def is_over(what: Load) -> bool:
    """Whether the load is more than one parcel may hold: 400 sticks, 5 kg of loose tobacco."""
    return what.sticks > LIMIT_STICKS or what.loose_g > LIMIT_TOBACCO_G


def goods(what: Load, rng: Rng) -> list[Good]:
    """The goods that make up a load."""
    if what.form == CLEAN.form:
        return []
    if what.loose_g:
        return _loose(what, rng)
    if what.e_cigarettes:
        make = vapes.e_cigarettes if what.form == "e-cigarette" else vapes.refill_bottles
        return [make(part, rng) for part in stacking.groups(what.e_cigarettes, 2, rng)]
    parts = [round(what.amount)] if what.form == "heated stick" else _groups(what, rng)
    makes = [cigarettes.brand(rng, what.format) for _ in parts]
    return [
        good for part, make in zip(parts, makes, strict=True) for good in _SMOKED[what.form](part, make, rng)
    ]


def _groups(what: Load, rng: Rng) -> list[int]:
    return stacking.groups(round(what.amount), 3 if what.form in {"carton", "pack"} else 2, rng)


def _loose(what: Load, rng: Rng) -> list[Good]:
    make = cut.cut if what.form == "tobacco" else leaf.leaf
    parts = stacking.groups(max(round(what.amount * 4), 1), 3, rng)
    return [make(what.loose_g * part / sum(parts), rng) for part in parts]


_SMOKED: dict[str, Callable[[int, Brand, Rng], list[Good]]] = {
    "carton": lambda count, make, rng: [cartons.cartons(count, make, rng)],
    "opened carton": lambda count, make, rng: [cartons.opened(count, make, rng)],
    "pack": cartons.packs,
    "stick": lambda count, make, rng: [sticks.loose(count, make, rng)],
    "heated stick": sticks.heated,
}
