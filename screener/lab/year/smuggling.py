"""Smugglers: what they send is settled beforehand, how they send it they learn from what is opened.

So every way of inspecting meets the same loads on the same days, and only the ways differ: regions, goods
declared, packing, phones and addresses. Rings split loads into small parcels; in the middle of the year they
change their ways. Others send large loads by themselves, and talk to each other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count as numbers
from typing import Final

import numpy as np

from screener.lab.year.columns import DAY_S, NOBODY, Form, Kind, empty, picked
from screener.lab.year.goods import TOBACCO, shares
from screener.lab.year.honest import days, hours, load_g, paper, pieces
from screener.lab.year.people import CITY, FLATS, PLACES, Parties, depots
from screener.lab.year.settings import REGIONS, WorldSettings

ALLOWED_STICKS: Final = 400
ALLOWED_TOBACCO_G: Final = 5_000
ALLOWED_E_CIGARETTES: Final = 6

LONE_FORMS: Final = np.array([0, 0.62, 0.13, 0.05, 0.12, 0.08])
RING_FORMS: Final = np.array([0, 0.72, 0.16, 0.04, 0.08, 0.0])
RING_FORMS_LATER: Final = np.array([0, 0.35, 0.30, 0.20, 0.15, 0.0])
PACKING: Final = np.array([0.35, 0.45, 0.20])
PACKING_LATER: Final = np.array([0.10, 0.30, 0.60])
MARKET: Final = -1
"""The number of the band whose habits all those share who are alone."""

SHARED: Final = ("sender", "receiver", "both")


def loads(settings: WorldSettings, rng: np.random.Generator) -> np.ndarray:
    """All illegal parcels of the year with their loads and times, in no order; nothing declared yet."""
    total = max(round(settings.parcels * settings.illegal), 10)
    of_rings = round(total * settings.in_rings)
    table = np.concatenate([_of_rings(settings, of_rings, rng), _lone(settings, total - of_rings, rng)])
    table["illegal"] = True
    return table


def _of_rings(settings: WorldSettings, count: int, rng: np.random.Generator) -> np.ndarray:
    """Campaigns: a load split into parcels of one or two cartons, sent within days."""
    table = empty(count)
    campaigns = 2 * round(count / settings.campaign) + 4
    sizes = 3 + rng.poisson(max(settings.campaign - 3, 0), campaigns)
    campaign = np.repeat(np.arange(campaigns), sizes)[:count]
    eager = rng.lognormal(0.0, 0.6, rings(settings))
    start = days(settings, np.zeros(campaigns, int), rng)
    spread = rng.exponential(settings.campaign_days / 2, count)
    day = np.minimum(start[campaign] + spread.astype(int), settings.days - 1)
    table["kind"], table["ring"] = Kind.RING, picked(rng, eager, campaigns)[campaign]
    table["at_s"] = (day + hours(count, rng) / 24) * DAY_S
    later = day >= settings.break_day
    form = np.where(later, picked(rng, RING_FORMS_LATER, count), picked(rng, RING_FORMS, count))
    sticks = np.select(
        [form == Form.CARTONS, form == Form.PACKS, form == Form.LOOSE_STICKS],
        [
            200 * (1 + (rng.random(count) < np.where(later, 0.3, 0.6))),
            20 * rng.integers(5, 20, count),
            100 + rng.integers(0, 260, count),
        ],
    )
    table["form"], table["sticks"] = form, sticks
    table["tobacco_g"] = np.where(form == Form.SHREDS, rng.uniform(900, 4500, count), 0.0)
    return table


def _lone(settings: WorldSettings, count: int, rng: np.random.Generator) -> np.ndarray:
    """Large loads of people who send one to a few; each is a band of its own, numbered after the rings."""
    table = empty(count)
    sizes = rng.geometric(0.5, count)
    who = np.repeat(np.arange(count), sizes)[:count]
    start = days(settings, np.zeros(count, int), rng)
    day = np.minimum(start[who] + rng.exponential(12.0, count).astype(int), settings.days - 1)
    table["kind"], table["ring"] = Kind.LONE, rings(settings) + who
    table["at_s"] = (day + hours(count, rng) / 24) * DAY_S
    form = picked(rng, LONE_FORMS, count)
    cartons = np.exp(rng.normal(np.log(5.5), 0.75, count)).clip(3, 50).astype(int)
    cigarettes = np.isin(form, (Form.CARTONS, Form.PACKS, Form.LOOSE_STICKS))
    table["form"] = form
    table["sticks"] = np.where(cigarettes, cartons * 200, 0)
    table["tobacco_g"] = np.where(
        form == Form.SHREDS, rng.lognormal(np.log(7500), 0.4, count).clip(5200, 20_000), 0
    )
    table["e_cigarettes"] = np.where(
        form == Form.E_CIGARETTES, rng.lognormal(np.log(30), 0.8, count).clip(8, 300), 0
    )
    return table


def rings(settings: WorldSettings) -> int:
    """How many rings there are."""
    return settings.parcels // 25_000 + 2


@dataclass
class Band:
    """A ring, or somebody alone: its habits as weights, its contacts, and what it usually declares.

    `shared` says whose phone and address its parcels have in common; `front` is the shop that it uses,
    NOBODY where it has none, `residents` are people of the city who take parcels for it.
    """

    regions: np.ndarray
    goods: np.ndarray
    packing: np.ndarray
    shared: str
    usual: int
    wording: int
    front: int
    residents: np.ndarray
    contacts: dict[str, list[int]] = field(default_factory=dict)


class Smugglers:
    """All bands of a world: they dress their parcels of a day, and learn at its end what was opened."""

    def __init__(self, settings: WorldSettings, people: Parties) -> None:
        self._settings = settings
        self._people = people
        self._residents = np.flatnonzero(np.isin(people.region, CITY))
        self._fresh = numbers(people.fresh_from)
        self._rng = np.random.default_rng([settings.seed, 4])
        self._bands: dict[int, Band] = {}
        self._market = self._new_band(MARKET, later=False)
        self._changed = False

    def dress(self, table: np.ndarray, rows: np.ndarray, day: int) -> None:
        """Writes into `rows` of the table, the parcels that smugglers send on this day, how they are sent."""
        if day >= self._settings.break_day and not self._changed:
            self._changed = True
            self._bands = {ring: self._band_after(ring, band) for ring, band in self._bands.items()}
        for row in rows:
            self._dress_one(table[row : row + 1], int(row))

    def learn(self, table: np.ndarray, opened: np.ndarray, passed: np.ndarray) -> None:
        """What was opened is avoided from now on, what passed is done again; the lone hear of each other."""
        for row in opened:
            self._burnt(table[row])
        for row in passed:
            band = self._bands[int(table["ring"][row])]
            _reweigh(band, table[row], 1.05)

    def contact(self, ring: int, what: str) -> int:
        """The phone (`phone`) or address (`address`) that a band uses now; NOBODY if it has not begun."""
        band = self._bands.get(ring)
        side = "to" if band is not None and band.shared == "receiver" else "from"
        known = [] if band is None else band.contacts.get(f"{side}_{what}", [])
        return known[0] if known else NOBODY

    def _dress_one(self, parcel: np.ndarray, row: int) -> None:
        own = np.random.default_rng([self._settings.seed, 5, row])
        ring, alone = int(parcel["ring"][0]), parcel["kind"][0] == Kind.LONE
        if ring not in self._bands:
            self._bands[ring] = self._new_band(ring, later=self._changed and not alone)
        band = self._bands[ring]
        habits = self._market if alone else band
        parcel["origin"] = picked(own, habits.regions, 1)
        parcel["destination"] = own.choice(CITY)
        if own.random() < self._settings.transit:
            parcel["origin"], parcel["destination"] = own.choice(CITY), own.integers(len(REGIONS))
        parcel["packing"] = picked(own, habits.packing, 1)
        front = band.front if own.random() < 0.7 else NOBODY
        self._declare(parcel, band, habits, front, own)
        self._weigh(parcel, own)
        paper(parcel, self._settings, 1.8, own)
        self._name(parcel, band, own)
        if front != NOBODY:
            self._lend(parcel, "from", front)
        if own.random() < 0.4:
            self._lend(parcel, "to", int(own.choice(band.residents)))

    def _declare(
        self, parcel: np.ndarray, band: Band, habits: Band, front: int, own: np.random.Generator
    ) -> None:
        """Half of a band's parcels declare the same; in a shop's name most declare what the shop sends."""
        people, same = self._people, own.random() < 0.5
        parcel["goods"] = band.usual if same else picked(own, habits.goods, 1)
        more = not same and own.random() < 0.15
        parcel["more_goods"] = picked(own, shares("homes"), 1) if more else NOBODY
        parcel["contents"] = band.wording if same else own.integers(12)
        parcel["hs"] = band.wording % 2 == 0 if same else own.random() < 0.55
        if front != NOBODY and own.random() < 0.6:
            parcel["goods"], parcel["more_goods"] = people.goods[front], NOBODY
            parcel["contents"], parcel["hs"] = 100 * (1 + front), people.gives_hs[front]

    def _weigh(self, parcel: np.ndarray, own: np.random.Generator) -> None:
        """Cover goods and load are weighed; some declare the cover alone."""
        pieces(parcel, np.zeros((2, 1)), own)
        hidden_g = 0.0 if own.random() < self._settings.under_declared else load_g(parcel)
        cover_g = parcel["weight_g"] * (0.0 if parcel["goods"][0] == TOBACCO else own.uniform(0.2, 1.0))
        parcel["weight_g"] = np.round(cover_g + hidden_g + own.lognormal(np.log(110), 0.6))
        # Who hides something does not declare a treasure; who splits it by weight makes the value fit.
        parcel["value_cny"] *= np.float32(own.lognormal(-0.15, 0.4))

    def _name(self, parcel: np.ndarray, band: Band, own: np.random.Generator) -> None:
        for side in ("from", "to"):
            parcel[f"{side}_name"] = self._taken(parcel, band, f"{side}_name", 0.75, own)
            same = band.shared in {"both", "sender" if side == "from" else "receiver"}
            for what in ("phone", "address"):
                again = self._settings.sharing if same else 0.12
                left_out = own.random() < (0.18 if what == "phone" else 0.05)
                number = self._taken(parcel, band, f"{side}_{what}", again, own)
                parcel[f"{side}_{what}"] = NOBODY if left_out else number
            parcel[f"{side}_building"] = self._building(int(parcel[f"{side}_address"][0]))

    def _building(self, address: int) -> int:
        """The building of an address: a depot is one, others are among the buildings where people live."""
        if address == NOBODY or address < self._people.fresh_from:
            return address
        return (address * 7919) % (len(self._people) // FLATS)

    def _lend(self, parcel: np.ndarray, side: str, party: int) -> None:
        """Sends from or to somebody who also has honest parcels."""
        people = self._people
        parcel["origin" if side == "from" else "destination"] = people.region[party]
        parcel[f"{side}_name"] = party
        for what in ("phone", "address", "building"):
            parcel[f"{side}_{what}"] = getattr(people, what)[party]

    def _taken(
        self, parcel: np.ndarray, band: Band, what: str, again: float, own: np.random.Generator
    ) -> int:
        """One of the band's contacts again, or a new one, which it then knows."""
        known = band.contacts.setdefault(what, [])
        if known and own.random() < again:
            return known[int(own.integers(len(known)))]
        number = self._new_contact(what, own)
        known.append(number)
        del known[:-4]
        return number

    def _new_contact(self, what: str, own: np.random.Generator) -> int:
        """A number nobody had before; an address may be a depot, which honest people use too."""
        if what.endswith("address") and own.random() < 0.12:
            return self._people.depots_from + int(own.integers(depots(self._settings)))
        return next(self._fresh)

    def _burnt(self, parcel: np.void) -> None:
        settings, ring = self._settings, int(parcel["ring"])
        band = self._bands[ring]
        _reweigh(band, parcel, 1.0 - settings.caution)
        if parcel["kind"] == Kind.LONE:
            _reweigh(self._market, parcel, 1.0 - settings.caution / 8)
        if self._rng.random() < settings.caution:
            band.usual, band.wording = int(picked(self._rng, band.goods, 1)[0]), band.wording + 1
        for what, known in band.contacts.items():
            if int(parcel[what]) in known and self._rng.random() < settings.caution:
                known.remove(int(parcel[what]))

    def _new_band(self, ring: int, *, later: bool) -> Band:
        """Habits drawn about those of the time; the market has those of many, a band has a few."""
        settings, wide = self._settings, ring == MARKET
        rng = np.random.default_rng([settings.seed, 8, ring + 1, later])
        hot = settings.hot_later if later else settings.hot
        regions = np.concatenate(
            [
                np.full(len(REGIONS), (1 - settings.hot_share) / len(REGIONS)),
                np.zeros(len(PLACES) - len(REGIONS)),
            ]
        )
        regions[[REGIONS.index(one) for one in hot]] += settings.hot_share / len(hot)
        goods = shares("covers")
        packing = PACKING_LATER if later else PACKING
        if not wide:
            regions = regions * rng.gamma(0.4, 1.0, len(regions)) + 1e-4 * (regions > 0)
            goods = goods * rng.gamma(0.8, 1.0, len(goods)) + 1e-4
            packing = packing * rng.gamma(4.0, 1.0, 3)
        wording = 1_000_000_000 + int(rng.integers(10**8))
        shop = int(rng.integers(self._people.licensed, self._people.shops))
        return Band(
            regions=regions / regions.sum(),
            goods=goods / goods.sum(),
            packing=packing / packing.sum(),
            shared=str(rng.choice(SHARED)),
            usual=int(picked(rng, goods, 1)[0]),
            wording=wording,
            front=shop if rng.random() < settings.fronts else NOBODY,
            residents=rng.choice(self._residents, 4),
        )

    def _band_after(self, ring: int, band: Band) -> Band:
        """Rings change all their ways in the middle of the year; who is alone goes on."""
        if ring >= rings(self._settings):
            return band
        return self._new_band(ring, later=True)


def _reweigh(band: Band, parcel: np.void, factor: float) -> None:
    """Makes the ways of this parcel more or less likely in the band's habits."""
    for name, weights in (("origin", band.regions), ("goods", band.goods), ("packing", band.packing)):
        which = int(parcel[name])
        if which != NOBODY:
            weights[which] = max(weights[which] * factor, 1e-5)
            np.divide(weights, weights.sum(), out=weights)
