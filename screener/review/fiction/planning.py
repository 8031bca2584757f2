"""Which cleared parcel becomes which parcel for training."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from screener.review.fiction.sources import Source

AS_IT_IS = ("",)
"""The load of those over which nothing is laid."""


def pairs(
    sources: Sequence[Source], used: Collection[tuple[int, str]], loads: Sequence[str], seed: int
) -> Iterator[tuple[Source, str]]:
    """Sources with loads, none of `used`, in an order that the seed draws: all sources before any twice."""
    rng = np.random.default_rng([seed, 0x719, len(loads)])
    order = [sources[at] for at in rng.permutation(len(sources))]
    for shift in range(len(loads)):
        for number, source in enumerate(order):
            load = loads[(number + shift) % len(loads)]
            if (source.item_id, load) not in used:
                yield source, load
