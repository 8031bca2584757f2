"""Honest traffic: shops, households, gifts of legal amounts of tobacco, and the licensed trade."""

from __future__ import annotations

import numpy as np

from screener.lab.year.columns import DAY_S, NOBODY, Form, Kind, Packing, empty, picked
from screener.lab.year.goods import CNY_SD, E_CIGARETTES, GRAM_SD, LOG_CNY, LOG_GRAM, TOBACCO, shares
from screener.lab.year.people import CITY, Parties
from screener.lab.year.settings import WorldSettings

STICK_G = 0.95
E_CIGARETTE_G = 45.0
HUBS = ("south", "north", "airport")
HUB_SHARES = np.array([0.45, 0.33, 0.22])


def honest(settings: WorldSettings, people: Parties, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` parcels of honest parties, in no order."""
    table = empty(count)
    kind = _kinds(settings, count, rng)
    sender = _senders(people, kind, rng)
    receiver = _receivers(people, sender, rng)
    table["kind"] = kind
    day = days(settings, people.first_day[sender], rng)
    table["at_s"] = (day + hours(count, rng) / 24) * DAY_S
    _declare(table, people, sender, rng)
    _load(table, rng)
    _name(table, people, sender, receiver, rng)
    _weigh(table, settings, rng)
    table["licence"] = np.where(kind == Kind.LICENSED, sender, NOBODY)
    paper(table, settings, 1.0, rng)
    return table


def days(settings: WorldSettings, first: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A day for each parcel, on or after its `first`: weeks have a shape, and so has the year."""
    edges = np.concatenate([[0.0], np.cumsum(_season(settings.days))])
    at = edges[first] + rng.random(len(first)) * (edges[-1] - edges[first])
    return np.searchsorted(edges, at, side="right").clip(1, settings.days) - 1


def _season(count: int) -> np.ndarray:
    """How busy each day is: quiet Sundays and Spring Festival, a peak in November and before New Year."""
    day = np.arange(count)
    week = np.where(day % 7 == 6, 0.7, 1.0)
    festival = 1.0 - 0.7 * np.exp(-(((day - 38) / 6.0) ** 2))
    peak = 1.0 + 1.2 * np.exp(-(((day - 316) / 5.0) ** 2)) + 0.3 * np.exp(-(((day - 345) / 9.0) ** 2))
    return week * festival * peak


def hours(count: int, rng: np.random.Generator) -> np.ndarray:
    """Hours of the day at which parcels pass a hub: evenings and nights most."""
    return (rng.normal(21.0, 5.0, count)) % 24


def paper(table: np.ndarray, settings: WorldSettings, laxness: float, rng: np.random.Generator) -> None:
    """When manifests come, which hub, and what is left out; the lax leave out more."""
    count = len(table)
    late = rng.random(count) < settings.late * laxness
    table["manifest_s"] = np.where(late, rng.exponential(5400.0, count), 0.0)
    table["hub"] = picked(rng, HUB_SHARES, count)
    undescribed = rng.random(count) < settings.undescribed * laxness
    table["goods"][undescribed] = NOBODY
    table["hs"] &= ~undescribed
    table["weight_g"][rng.random(count) < 0.04] = np.nan
    table["pieces"][rng.random(count) < 0.15] = 0


def _kinds(settings: WorldSettings, count: int, rng: np.random.Generator) -> np.ndarray:
    u = rng.random(count) * count / settings.parcels
    kind = np.full(count, int(Kind.CLEAN))
    kind[u < settings.legal + settings.licensed] = Kind.LEGAL
    kind[u < settings.licensed] = Kind.LICENSED
    return kind


def _senders(people: Parties, kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Licensed parcels come from licensed trade, gifts from households, the rest from both and shops."""
    count = len(kind)
    shop = people.licensed + picked(rng, people.volume[people.licensed : people.shops], count)
    home = people.shops + picked(rng, people.volume[people.shops :], count)
    trade = picked(rng, people.volume[: people.licensed], count)
    clean = np.where(rng.random(count) < 0.6, shop, home)
    gift = np.where(rng.random(count) < 0.1, shop, home)
    return np.choose(np.minimum(kind, 2), [clean, gift, trade])


def _receivers(people: Parties, sender: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Somebody in the city, or anybody where the sender is in the city."""
    count = len(sender)
    everybody = np.arange(people.licensed, len(people))
    city = everybody[np.isin(people.region[everybody], CITY)]
    near = city[picked(rng, people.receives[city], count)]
    anybody = everybody[picked(rng, people.receives[everybody], count)]
    leaves = np.isin(people.region[sender], CITY) & (rng.random(count) < 0.75)
    return np.where(leaves, anybody, near)


def _declare(table: np.ndarray, people: Parties, sender: np.ndarray, rng: np.random.Generator) -> None:
    count, kind = len(table), table["kind"]
    own, side = people.goods[sender], people.side_goods[sender]
    of_home = picked(rng, shares("homes"), count)
    goods = np.where(own == NOBODY, of_home, np.where(rng.random(count) < 0.88, own, side))
    goods = np.where((kind == Kind.LEGAL) & (rng.random(count) < 0.4), TOBACCO, goods)
    goods = np.where(kind == Kind.LICENSED, own, goods)
    table["goods"] = goods
    more = rng.random(count) < 0.12
    table["more_goods"] = np.where(more, picked(rng, shares("homes"), count), NOBODY)
    shop = own != NOBODY
    wording = np.where(
        shop, 100 * (1 + sender) + rng.integers(people.wordings[sender]), rng.integers(12, size=count)
    )
    table["contents"] = wording
    table["hs"] = people.gives_hs[sender] ^ (rng.random(count) < 0.05)
    pieces(table, people.habit[:, sender] * np.where(shop, 0.8, 0.0), rng)


def pieces(table: np.ndarray, habit: np.ndarray, rng: np.random.Generator) -> None:
    """How many pieces, and what they weigh and are worth: `habit` are a sender's own deviations."""
    count, goods = len(table), table["goods"]
    number = rng.geometric(0.5, count).clip(1, 30)
    weight = LOG_GRAM[goods] + GRAM_SD[goods] * (habit[0] + 0.6 * rng.standard_normal(count))
    worth = LOG_CNY[goods] + CNY_SD[goods] * (habit[1] + 0.6 * rng.standard_normal(count))
    table["pieces"] = number
    table["weight_g"] = np.minimum(number * np.exp(weight), 30_000)
    table["value_cny"] = np.where(rng.random(count) < 0.25, np.nan, np.round(number * np.exp(worth), 1))


def _load(table: np.ndarray, rng: np.random.Generator) -> None:
    """Gifts hold up to two cartons, a pouch or a few e-cigarettes; licensed trade sends what it wants."""
    gift, trade = table["kind"] == Kind.LEGAL, table["kind"] == Kind.LICENSED
    count = len(table)
    form = picked(rng, np.array([0.0, 0.5, 0.28, 0.04, 0.1, 0.08]), count)
    form = np.where(trade, np.where(table["goods"] == E_CIGARETTES, Form.E_CIGARETTES, Form.CARTONS), form)
    form = np.where(gift | trade, form, Form.NONE)
    table["form"] = form
    table["packing"] = picked(rng, np.array([0.45, 0.45, 0.1]), count)
    table["packing"][trade] = Packing.OPEN
    cartons = np.where(
        trade,
        np.exp(rng.normal(np.log(9), 0.8, count)).clip(1, 50).astype(int),
        1 + (rng.random(count) < 0.4),
    )
    few = np.select(
        [form == Form.CARTONS, form == Form.PACKS, form == Form.LOOSE_STICKS],
        [200 * cartons, 20 * rng.integers(1, 16, count), rng.integers(20, 200, count)],
    )
    table["sticks"] = few
    table["tobacco_g"] = np.where(
        form == Form.SHREDS, rng.lognormal(np.log(220), 0.8, count).clip(30, 4000), 0
    )
    vapes = np.where(trade, rng.integers(10, 200, count), rng.integers(1, 6, count))
    table["e_cigarettes"] = np.where(form == Form.E_CIGARETTES, vapes, 0)


def load_g(table: np.ndarray) -> np.ndarray:
    """What the loads weigh."""
    found = table["sticks"] * STICK_G + table["tobacco_g"] * 1.03 + table["e_cigarettes"] * E_CIGARETTE_G
    return np.asarray(found)


def _weigh(table: np.ndarray, settings: WorldSettings, rng: np.random.Generator) -> None:
    """What is weighed at the counter: goods, load and packaging; where tobacco is declared, nothing else."""
    declared = (table["goods"] == TOBACCO) | (table["goods"] == E_CIGARETTES)
    alone = declared & (table["form"] != Form.NONE)
    number = np.select(
        [table["e_cigarettes"] > 0, table["sticks"] > 0],
        [table["e_cigarettes"], np.maximum(table["sticks"] // 200, 1)],
        1,
    )
    table["pieces"] = np.where(alone, number, table["pieces"])
    goods_g = np.where(alone, 0.0, table["weight_g"])
    weighed = goods_g + load_g(table) + rng.lognormal(np.log(90), 0.6, len(table))
    careless = rng.random(len(table)) < 0.08  # a household's guess
    table["weight_g"] = np.round(weighed * np.where(careless, rng.lognormal(-0.1, 0.5, len(table)), 1.0))
    worth = np.exp(LOG_CNY[TOBACCO] + 0.5 * rng.standard_normal(len(table))) * number
    table["value_cny"] = np.where(
        alone & ~np.isnan(table["value_cny"]), np.round(worth, 1), table["value_cny"]
    )


def _name(
    table: np.ndarray, people: Parties, sender: np.ndarray, receiver: np.ndarray, rng: np.random.Generator
) -> None:
    second = (people.second_phone[sender] != NOBODY) & (rng.random(len(table)) < 0.35)
    table["origin"], table["destination"] = people.region[sender], people.region[receiver]
    for side, who in (("from", sender), ("to", receiver)):
        table[f"{side}_name"] = who
        table[f"{side}_phone"] = people.phone[who]
        table[f"{side}_address"] = people.address[who]
        table[f"{side}_building"] = people.building[who]
    table["from_phone"] = np.where(second, people.second_phone[sender], table["from_phone"])
