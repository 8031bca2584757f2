"""Ties as records of the log, and what a workstation makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from sqlalchemy import Engine

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.contracts.wire import Tie
from screener.core.parcel import milliseconds
from screener.core.policy import Networks
from screener.review import database
from screener.review.following import Stretch
from screener.review.networks import follow, grouping
from screener.stream.port import Partition, Record
from tests.cli.rings import end, ring, tie
from tests.core.evidence import START

TIES = Partition(topics.TIES, 0)
WINDOW = Networks(window_days=90)
HUB_FROM = 200


def records(ties: Iterable[Tie], first: int = 0) -> list[Record]:
    return [
        Record(TIES, first + place, milliseconds(one.at), one.parcel_id.encode(), encode(one))
        for place, one in enumerate(ties)
    ]


def take(engine: Engine, ties: Iterable[Tie], first: int = 0, settings: Networks = WINDOW) -> int:
    """Take these ties in as a stretch of the log that begins at `first`."""
    said = records(ties, first)
    with database.writing(engine) as connection:
        stretch = Stretch(TIES, first, said, first + len(said))
        return follow.take(connection, stretch, settings, lambda: START)


def two_rings(parcels: int = 24) -> list[Tie]:
    """Two rings and a shop; a receiver of each ring has a parcel from the shop."""
    chance = Random(1)
    rings = [one for n in (0, 1) for one in ring(parcels, chance, 1000 * n, f"r{n}")]
    shop = end("5409", 0)
    customers = [end(f"c{n}", n) for n in range(6)] + [rings[1].consignee, rings[parcels + 1].consignee]
    return rings + [tie(5000 + n, 30, shop, one, 10.0) for n, one in enumerate(customers)]


def grouped(engine: Engine, ties: Iterable[Tie]) -> None:
    take(engine, ties)
    grouping.group(engine, HUB_FROM)
