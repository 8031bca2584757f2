"""Honest parties of a simulated city: shops, licensed trade and households, with what links their parcels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from screener.lab.year.columns import NOBODY, picked
from screener.lab.year.goods import E_CIGARETTES, TOBACCO, shares
from screener.lab.year.settings import DISTRICTS, REGIONS, WorldSettings

PLACES = (*REGIONS, *DISTRICTS)
CITY = np.arange(len(REGIONS), len(PLACES))
HOME = REGIONS.index("430000")
FLATS = 24


@dataclass(frozen=True)
class Parties:
    """Columns over all honest parties: licensed trade first, then shops, then households.

    A phone is also the number of the party it belongs to; `second_phone` and `depot` have numbers beyond.
    `volume` is how much a party sends, `receives` how much comes to it; `habit` shifts the value and the
    weight of its goods (in deviations); `first_day` is when it began to trade.
    """

    licensed: int
    shops: int
    region: np.ndarray
    volume: np.ndarray
    receives: np.ndarray
    phone: np.ndarray
    second_phone: np.ndarray
    address: np.ndarray
    building: np.ndarray
    goods: np.ndarray
    side_goods: np.ndarray
    wordings: np.ndarray
    habit: np.ndarray
    first_day: np.ndarray
    gives_hs: np.ndarray

    def __len__(self) -> int:
        return len(self.region)

    @property
    def depots_from(self) -> int:
        """The first number of a depot's address, where many people's parcels are handed in."""
        return 2 * len(self)

    @property
    def fresh_from(self) -> int:
        """The first number that no honest party has."""
        return 3 * len(self)


def depots(settings: WorldSettings) -> int:
    """How many depots there are."""
    return settings.parcels // 5_000 + 3


def parties(settings: WorldSettings, rng: np.random.Generator) -> Parties:
    """All honest parties of a world."""
    licensed = settings.parcels // 25_000 + 3
    shops = licensed + settings.parcels // 250 + 20
    count = shops + settings.parcels // 3 + 100
    kind = np.arange(count)
    trades, trade = kind < shops, kind < licensed
    region = _regions(settings, count, trades, rng)
    own = np.arange(count)
    in_depot = rng.random(count) < np.where(trades, 0.25, 0.04)
    depot = 2 * count + rng.integers(depots(settings), size=count)
    goods = np.where(trades, picked(rng, shares("shops"), count), NOBODY)
    goods[:licensed] = np.where(np.arange(licensed) % 4 == 0, E_CIGARETTES, TOBACCO)
    return Parties(
        licensed=licensed,
        shops=shops,
        region=region,
        volume=np.where(trades & ~trade, rng.pareto(1.3, count) + 0.1, rng.lognormal(0.0, 0.9, count)),
        receives=rng.lognormal(0.0, 0.8, count) * np.where(trades, 3.0, 1.0),
        phone=np.where(~trade & (rng.random(count) < np.where(trades, 0.03, 0.15)), NOBODY, own),
        second_phone=np.where(trades & ~trade & (rng.random(count) < 0.4), count + own, NOBODY),
        address=np.where(in_depot, depot, np.where(rng.random(count) < 0.05, NOBODY, own)),
        building=np.where(in_depot, depot, own // np.where(trades, 1, FLATS)),
        goods=goods,
        side_goods=picked(rng, shares("shops"), count),
        wordings=1 + rng.integers(4, size=count),
        habit=rng.standard_normal((2, count)),
        first_day=np.where(trades & (rng.random(count) < 0.25), rng.integers(settings.days, size=count), 0),
        gives_hs=rng.random(count) < np.where(trades, 0.8, 0.5),
    )


def _regions(settings: WorldSettings, count: int, trades: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Of most shops and of four in ten households a region elsewhere; of the others a district."""
    weights = rng.lognormal(0.0, settings.region_mix, len(REGIONS))
    weights[HOME] *= 2
    elsewhere = rng.random(count) < np.where(trades, 0.8, 0.4)
    return np.where(elsewhere, picked(rng, weights, count), rng.choice(CITY, count))
