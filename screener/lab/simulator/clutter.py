"""Clutter: the goods of ordinary parcels, among them those that are taken for tobacco.

Look-alikes are over-represented on purpose: chocolates in rows, rods in bunches, books and paper, packed
cloth, rows of bottles, boxes of small boxes. Goods of the `test` stock are of kinds that training never sees,
mixed with the common ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from screener.lab.simulator import goods_held_out as held_out
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.goods_cloth import cloth, pouch, rolled_cloth, shoes, umbrella
from screener.lab.simulator.goods_devices import adapter, batteries, cables, electronics, laptop, phone
from screener.lab.simulator.goods_food import bottles, chocolates, fruit, loose_food, tins
from screener.lab.simulator.goods_home import (
    bodies,
    boxed_goods,
    crockery,
    hardware,
    padding,
    powder_box,
    shapes,
    toiletries,
    trinkets,
)
from screener.lab.simulator.goods_office import books, pens, rods, small_boxes

Stock = Literal["training", "test"]
Kinds = tuple[tuple[Callable[[Rng], Good], float], ...]

KINDS: Kinds = (
    (boxed_goods, 1.6),
    (bottles, 2.2),
    (books, 2.0),
    (cloth, 3.0),
    (rolled_cloth, 1.0),
    (tins, 0.9),
    (chocolates, 2.0),
    (rods, 1.5),
    (pens, 0.6),
    (electronics, 1.0),
    (laptop, 0.9),
    (phone, 0.6),
    (adapter, 0.8),
    (batteries, 0.5),
    (small_boxes, 2.0),
    (loose_food, 1.6),
    (fruit, 0.8),
    (shapes, 1.0),
    (bodies, 1.4),
    (shoes, 1.0),
    (pouch, 1.0),
    (umbrella, 0.8),
    (cables, 1.0),
    (hardware, 0.8),
    (trinkets, 0.8),
    (toiletries, 1.4),
    (crockery, 0.8),
    (padding, 0.7),
    (powder_box, 1.0),
)
"""The painters of goods and how often each is drawn."""

HELD_OUT: Kinds = held_out.KINDS
"""Kinds of goods that are never trained on."""

HELD_OUT_SHARE = 0.4
"""How many of the goods of the test stock are of kinds never trained on."""


def good(rng: Rng, stock: Stock = "training") -> Good:
    """A good drawn at random; of the `test` stock, two in five are of kinds that training never sees."""
    if stock == "test" and rng.random() < HELD_OUT_SHARE:
        return _drawn(HELD_OUT, rng)
    return _drawn(KINDS, rng)


def _drawn(kinds: Kinds, rng: Rng) -> Good:
    weights = np.array([weight for _, weight in kinds])
    return kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))][0](rng)
