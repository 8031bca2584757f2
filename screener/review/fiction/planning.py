"""Which cleared parcel becomes which parcel for training."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

import numpy as np

from screener.review.fiction.sources import Source


def planned(
    sources: Sequence[Source],
    used: Collection[tuple[int, str]],
    loads: Sequence[str],
    *,
    count: int,
    clean: float,
    seed: int,
) -> Iterator[tuple[Source, str]]:
    """`count` pairs of a source and a load (empty: as it is), `clean` of them without; none of `used`.

    Loads and sources go round in an order that the seed draws, so that few of them serve twice.
    """
    without = round(count * clean)
    yield from islice(_pairs(sources, used, [""], seed), without)
    yield from islice(_pairs(sources, used, loads, seed + 1), count - without)


def _pairs(
    sources: Sequence[Source], used: Collection[tuple[int, str]], loads: Sequence[str], seed: int
) -> Iterator[tuple[Source, str]]:
    rng = np.random.default_rng([seed, 0x719])
    order = [sources[at] for at in rng.permutation(len(sources))]
    for shift in range(len(loads)):
        for number, source in enumerate(order):
            load = loads[(number + shift) % len(loads)]
            if (source.item_id, load) not in used:
                yield source, load
