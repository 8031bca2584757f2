"""Beginning anew: a stage does its work again, or all of them get another number of partitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from screener.config import LogSettings
from screener.contracts import topics
from screener.stages.topology import internal_specs
from screener.stream.administration import Administration
from screener.stream.port import Log, Partition


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage reads, and where it remembers; without a state it only reads again."""

    reads: str
    state: str

    @property
    def both(self) -> tuple[str, str]:
        return self.reads, self.state


WORKS: Final = {
    "decide": Work(topics.EVIDENCE, topics.DECIDE_STATE),
    "tally": Work(topics.SIGHTINGS, topics.TALLY_STATE),
    "network": Work(topics.TIES, topics.NETWORK_STATE),
    "drift": Work(topics.LOOKS, topics.DRIFT_STATE),
}
"""The stages that remember anything, by name."""

PARTED: Final = ("decide", "tally", "drift")
"""The stages that work by the partition of a parcel."""

BY_PARCEL: Final = tuple(name for stage in PARTED for name in WORKS[stage].both)
"""What lies by that partition: another number of partitions needs all of it anew."""

Since = Callable[[Partition], int]


def begin(
    log: Log, administration: Administration, settings: LogSettings, stage: str, since: Since
) -> dict[Partition, int]:
    """Let a stage forget all, and read again from `since` on; where it will begin.

    Its group is placed first, which fails while it works: then nothing was changed. Cut off in between, it is
    done again. Raises `BadConfig`.
    """
    work = WORKS[stage]
    count = log.topics().get(work.reads, 0)
    places = {place: since(place) for place in (Partition(work.reads, number) for number in range(count))}
    administration.place(f"screener.{stage}", places)
    administration.delete([work.state])
    log.create([one for one in internal_specs(settings) if one.name == work.state])
    return places


def repartition(log: Log, administration: Administration, settings: LogSettings) -> tuple[str, ...]:
    """Make anew what lies by partition, as the settings say now; what was in it is gone."""
    for stage in PARTED:
        group = f"screener.{stage}"
        administration.place(group, log.committed(group))  # which fails while it works
    administration.delete(BY_PARCEL)
    log.create([one for one in internal_specs(settings) if one.name in BY_PARCEL])
    return BY_PARCEL
