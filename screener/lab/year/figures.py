"""The figures of the signals for whole columns: those of `screener.core.signals`, a million at a time.

Tests hold them equal to the pure core on parcels of every kind. The figure of the route is left to the
table of a model (`Figures.routes`), since it is fitted again and again.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import logit

from screener.core.load import TAIL
from screener.core.policy import Limits, Policy
from screener.core.risk import LARGEST_LOG_ODDS, LEAST, NAMES, SUMMED, RiskModel
from screener.core.signals import E_CIGARETTES as E_CIGARETTE_CODES
from screener.core.signals import FARTHEST, STICK_G
from screener.core.signals import TOBACCO as TOBACCO_CODES
from screener.lab.year.columns import NOBODY
from screener.lab.year.goods import HS
from screener.lab.year.ledger import NO_KEY, Added, Ledger
from screener.lab.year.people import PLACES
from screener.lab.year.response import SCANNERS, Response
from screener.lab.year.stream import scanned_ms

COLUMN: Final = {name: number for number, name in enumerate(NAMES)}
IDENTITIES: Final = ("consignor", "consignee", "phone", "address")
SIDES: Final = (("consignor", "from"), ("consignee", "to"))
SLOTS: Final = tuple((identity, side) for role, side in SIDES for identity in (role, "phone", "address"))
"""Where a parcel has identities: on each side a person, a phone and an address."""


@dataclass(frozen=True)
class Seen:
    """What one needs of the parcels of a table, worked out once: parcels x columns.

    `own` has the figures that a parcel has by itself, `multiples` is 1 where it counts as loaded and else
    -1 (so that the sum is by how many loaded parcels are more), `asks` whether its sums are waited for,
    `licensed` whether a licence covers it (those of these worlds have no bounds, so they cover all),
    `keys` its identities by slot, `contents` the number of its declaration.
    """

    own: np.ndarray
    multiples: np.ndarray
    asks: np.ndarray
    licensed: np.ndarray
    keys: np.ndarray
    contents: np.ndarray
    at_ms: np.ndarray


def seen(table: np.ndarray, response: Response, policy: Policy) -> Seen:
    """What there is to know of each parcel without the others."""
    said, limits = response.to(table), policy.file.limits[policy.file.jurisdiction]
    thresholds = np.array([response.measured.thresholds[one] for one in SCANNERS.values()])[table["hub"]]
    p, sticks, grams = said[:, 1:4], said[:, 4:7], said[:, 7:10]
    own = np.full((len(table), len(NAMES)), np.nan)
    own[:, COLUMN["alarm"]] = log_odds(said[:, 0]) - log_odds(thresholds)
    own[:, COLUMN["over_limit"]] = log_odds(_over_limit(p, sticks, grams, limits)) + LARGEST_LOG_ODDS
    expected_g = p[:, 0] * sticks[:, 1] * STICK_G + p[:, 1] * grams[:, 1]
    weight_g = np.where(table["weight_g"] > 0, table["weight_g"].astype(float), np.nan)
    own[:, COLUMN["weight_seen"]] = np.log1p(expected_g / weight_g)
    own[:, COLUMN["unlike_declared"]] = _unmentioned(table, p)
    own[:, COLUMN["weight_for_contents"]] = _off(
        table, weight_g / _known(table["pieces"]), policy.risk, "g_per_piece"
    )
    worth = _known(table["value_cny"]) / (weight_g / 1000.0)
    own[:, COLUMN["value_for_weight"]] = _off(table, worth, policy.risk, "value_per_kg")
    own[:, COLUMN["undeclared"]] = table["goods"] == NOBODY
    own[:, COLUMN["manifest_late"]] = np.log1p(
        np.round(table["manifest_s"].astype(float) * 1000) / 1000 / 3600
    )
    sums, any_of_it, licensed = policy.file.sums, p.max(axis=1), table["licence"] != NOBODY
    counted = (said[:, 0] >= thresholds) & (any_of_it >= sums.counted_from) & ~licensed
    mean = np.array([0.3, 0.4, 0.3])
    multiples = p[:, 0] * (sticks @ mean) / sums.sticks + p[:, 1] * (grams @ mean) / sums.tobacco_g
    return Seen(
        own=own,
        multiples=np.where(counted & (multiples > 0), 1.0, -1.0),
        asks=any_of_it >= sums.wait_from,
        licensed=licensed,
        keys=np.stack([_key(table, identity, side) for identity, side in SLOTS], axis=1),
        contents=_contents(table),
        at_ms=scanned_ms(table) - scanned_ms(np.zeros(1, table.dtype))[0],
    )


class Books:
    """The ledgers of all four kinds of identity, of parcels that stand still; others can be added."""

    def __init__(self, known: Seen, rows: np.ndarray, policy: Policy) -> None:
        """Of these rows of what is known."""
        window_ms = round(policy.file.sums.window_days * 86_400_000)
        self._hub_from = policy.file.sums.hub_from
        self._ledgers = {identity: _ledger(known, rows, identity, window_ms) for identity in IDENTITIES}
        self._added = {identity: Added(window_ms) for identity in IDENTITIES}

    def fresh(self) -> Books:
        """The same ledgers, with nothing added."""
        again = copy(self)
        again._added = {identity: Added(one.window_ms) for identity, one in self._added.items()}
        return again

    def figures(self, known: Seen, rows: np.ndarray) -> np.ndarray:
        """The figures of `SUMMED` of these rows; what was added does not count."""
        most, like = np.full(len(rows), np.nan), np.zeros(len(rows))
        consignor_new = np.full(len(rows), np.nan)
        for slot, (identity, _) in enumerate(SLOTS):
            keys = known.keys[rows, slot]
            found = self._ledgers[identity].before(keys, known.at_ms[rows], known.contents[rows])
            there = keys != NO_KEY
            summed = there & (found.parcels <= self._hub_from)
            more = _more_loaded(found.parcels, found.multiples)
            most = np.where(summed, np.fmax(most, more), most)
            like = np.where(there, np.maximum(like, found.like), like)
            if identity == "consignor":
                consignor_new = np.where(there, 1.0 / np.maximum(found.parcels, 1), np.nan)
        asked = known.asks[rows] & (known.keys[rows] != NO_KEY).any(axis=1)
        like = np.maximum(like, 1)
        columns = _summed(most, consignor_new, like)
        return np.where(asked[:, None], columns, np.nan)

    def add(self, known: Seen, row: int, others: np.ndarray) -> np.ndarray:
        """Adds one parcel (`row` of `known`), and gives its figures of `SUMMED` with all that was added."""
        most, like, consignor_new, any_key = np.nan, 0.0, np.nan, False
        at_ms, contents = int(known.at_ms[row]), int(known.contents[row])
        done: set[tuple[str, int]] = set()
        for slot, (identity, _) in enumerate(SLOTS):
            key = int(known.keys[row, slot])
            if key == NO_KEY or (identity, key) in done:
                continue
            done.add((identity, key))
            any_key = True
            self._added[identity].add(key, at_ms, float(known.multiples[row]), contents)
            parcels, multiples, alike = self._added[identity].before(key, at_ms, contents)
            parcels, multiples, alike = (
                parcels + others[0, slot],
                multiples + others[1, slot],
                alike + others[2, slot],
            )
            if parcels <= self._hub_from:
                most = np.fmax(most, _more_loaded(parcels, multiples))
            like = max(like, alike)
            if identity == "consignor":
                consignor_new = 1.0 / parcels
        like = max(like, 1.0)
        figures = _summed(most, consignor_new, like)
        return figures if any_key and known.asks[row] else np.full(len(SUMMED), np.nan)

    def others(self, known: Seen, rows: np.ndarray) -> np.ndarray:
        """Of each row and slot what the ledgers have: rows x (parcels, multiples, like) x slots."""
        counted = np.zeros((len(rows), 3, len(SLOTS)))
        for slot, (identity, _) in enumerate(SLOTS):
            found = self._ledgers[identity].before(
                known.keys[rows, slot], known.at_ms[rows], known.contents[rows]
            )
            counted[:, :, slot] = np.stack(found, axis=1)
        return counted


SUMMED_COLUMNS: Final = [COLUMN[name] for name in SUMMED]


def routes(model: RiskModel) -> np.ndarray:
    """The figure of the route by origin and destination."""
    table, places = model.routes, PLACES
    ends = np.array(
        [[table.get(f"{one}>*", 0.0) for one in places], [table.get(f"*>{one}", 0.0) for one in places]]
    )
    both = np.array([[table.get(f"{one}>{other}", 0.0) for other in places] for one in places])
    return np.asarray(both + ends[0][:, None] + ends[1][None, :])


def risk(model: RiskModel, figures: np.ndarray, origin: np.ndarray, destination: np.ndarray) -> np.ndarray:
    """The log-odds of parcels with these figures (parcels x `NAMES`), as `risk_of` gives them."""
    weights = np.array([model.weights.get(name, 0.0) for name in NAMES])
    weights[COLUMN["route"]] = 0.0
    of_route = model.weights.get("route", 0.0) * routes(model)[origin, destination]
    return np.asarray(model.base + np.nan_to_num(figures) @ weights + of_route)


def _summed(
    most: np.ndarray | float, consignor_new: np.ndarray | float, like: np.ndarray | float
) -> np.ndarray:
    """The figures of `SUMMED` in the last axis."""
    contents_new = 1.0 / like
    like_from_new = consignor_new * (1.0 - contents_new)
    return np.stack([np.log1p(most), consignor_new, contents_new, np.log(like), like_from_new], axis=-1)


def _more_loaded(parcels: np.ndarray, more: np.ndarray) -> np.ndarray:
    """How many more parcels are loaded than are not, where at least two are loaded."""
    return np.where(parcels + more >= 4, np.maximum(more, 0.0), 0.0)


def log_odds(p: np.ndarray) -> np.ndarray:
    """As `screener.core.risk.log_odds`, for columns."""
    inner = logit(np.clip(p, LEAST, 1.0 - LEAST))
    return np.where(p <= LEAST, -LARGEST_LOG_ODDS, np.where(p >= 1.0 - LEAST, LARGEST_LOG_ODDS, inner))


def _over_limit(p: np.ndarray, sticks: np.ndarray, grams: np.ndarray, limits: Limits) -> np.ndarray:
    within = 1.0 - p[:, 0] * above(sticks, limits.sticks)
    within *= 1.0 - p[:, 1] * above(grams, limits.tobacco_g)
    within *= 1.0 - p[:, 2] * limits.e_cigarettes_over
    return np.asarray(1.0 - within)


def above(estimates: np.ndarray, limit: float) -> np.ndarray:
    """As `screener.core.load.above`, for estimates in rows of low, mid, high."""
    low, mid, high = np.sort(np.log1p(estimates), axis=1).T
    at = np.log1p(limit)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        below_mid = 0.9 - 0.4 * (at - low) / (mid - low)
        below_high = 0.5 - 0.4 * (at - mid) / (high - mid)
        first, last = 1.0 - 0.1 * np.exp((at - low) / TAIL), 0.1 * np.exp((high - at) / TAIL)
    return np.select([at < low, at >= high, at < mid], [first, last, below_mid], below_high)


def _unmentioned(table: np.ndarray, p: np.ndarray) -> np.ndarray:
    tobacco, e_cigarettes = (_codes(table, codes) for codes in (TOBACCO_CODES, E_CIGARETTE_CODES))
    loads = np.where(tobacco, 0.0, np.maximum(p[:, 0], p[:, 1]))
    return np.maximum(loads, np.where(e_cigarettes, 0.0, p[:, 2]))


def _codes(table: np.ndarray, codes: tuple[str, ...]) -> np.ndarray:
    """Whether an HS code of the declaration begins with one of these."""
    begins = np.array([*(code.startswith(codes) for code in HS), False])
    return np.asarray(table["hs"] & (begins[table["goods"]] | begins[table["more_goods"]]))


def _off(table: np.ndarray, figure: np.ndarray, model: RiskModel, what: str) -> np.ndarray:
    """Deviations from what is usual for goods of one HS chapter; NaN where nothing is known."""
    usual = [model.goods.get(code[:2]) for code in HS]
    middle = np.array([*(np.nan if one is None else getattr(one, f"log_{what}") for one in usual), np.nan])
    sd = np.array([*(np.nan if one is None else getattr(one, f"log_{what}_sd") for one in usual), np.nan])
    goods, chapter = _chapter(table)
    deviations = np.abs(np.log(np.where(figure > 0, figure, np.nan)) - middle[goods]) / sd[goods]
    return np.where(chapter, np.minimum(deviations, FARTHEST), np.nan)


def _chapter(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A sort of goods of the declaration's HS chapter, and whether it is of one chapter."""
    chapters = np.array([*(int(code[:2]) for code in HS), NOBODY])
    first, second = chapters[table["goods"]], chapters[table["more_goods"]]
    alone = (first == second) | (first == NOBODY) | (second == NOBODY)
    goods = np.where(table["goods"] == NOBODY, table["more_goods"], table["goods"])
    return goods, table["hs"] & alone & (goods != NOBODY)


def _known(figures: np.ndarray) -> np.ndarray:
    return np.where(figures > 0, figures.astype(float), np.nan)


def _key(table: np.ndarray, identity: str, side: str) -> np.ndarray:
    """The number of an identity on one side; a phone or address that is on both counts once."""
    if identity in {"phone", "address"}:
        own = table[f"{side}_{identity}"].astype(np.int64)
        return np.where((side == "to") & (own == table[f"from_{identity}"]), NO_KEY, own)
    phone, address = table[f"{side}_phone"], table[f"{side}_address"]
    contact = np.where(phone != NOBODY, phone, address).astype(np.int64)
    by_address = (phone == NOBODY).astype(np.int64)
    key = (table[f"{side}_name"].astype(np.int64) << 32) + (by_address << 31) + contact
    return np.where(contact == NOBODY, NO_KEY, key)


def _contents(table: np.ndarray) -> np.ndarray:
    """A number for each declaration of contents, equal for equal ones; what is not described is alike."""
    undescribed, more = table["goods"] == NOBODY, table["more_goods"]
    more = np.where(undescribed, more != NOBODY, more + 1)
    goods = (table["goods"].astype(np.int64) * 32 + more) * 2 + table["hs"]
    whole = goods * (1 << 32) + np.where(undescribed, 0, table["contents"])
    # 26 bits are kept of it: two declarations of one sender that fall together are one in millions
    mixed = (whole.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(38)
    return mixed.astype(np.int64)


def _ledger(known: Seen, rows: np.ndarray, identity: str, window_ms: int) -> Ledger:
    slots = [slot for slot, (name, _) in enumerate(SLOTS) if name == identity]
    keys = known.keys[rows][:, slots].T.ravel()
    there = keys != NO_KEY
    again = np.tile(rows, len(slots))[there]
    return Ledger.of(
        keys[there], known.at_ms[again], known.multiples[again], known.contents[again], window_ms
    )
