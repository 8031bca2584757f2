"""When which hub scans a parcel: the slots of all hubs in one sequence, and when each step is due."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice, takewhile

from screener.cli.cargo import Run, Slot
from screener.hub.profile import HOUR_S, Profile, arrivals


def steady(runs: Sequence[Run], rate: float) -> Iterator[Slot]:
    """The hubs in turn, `rate` parcels a second together, for ever; 0 is all at once."""
    for step in count():
        yield Slot(runs[step % len(runs)], step // len(runs), step / rate if rate else 0.0)


def by_profile(runs: Sequence[Run], profile: Profile, speed: float, hours: float | None) -> Iterator[Slot]:
    """Each hub's parcels as they come by its day, played so many times faster; `hours` are of that day."""
    return heapq.merge(*(_of_hub(run, profile, speed, hours) for run in runs), key=lambda slot: slot.after_s)


def _of_hub(run: Run, profile: Profile, speed: float, hours: float | None) -> Iterator[Slot]:
    times = arrivals(profile, run.start, run.own_seed)
    if hours is not None:
        times = takewhile(lambda at_s: at_s < hours * HOUR_S, times)
    return (Slot(run, number, at_s / speed) for number, at_s in enumerate(times))


class Timetable:
    """Passes slots on, at most `most`, and remembers when each step is due."""

    def __init__(self, slots: Iterable[Slot], most: int | None) -> None:
        self._slots = islice(slots, most)
        self._due_s: list[float] = []

    def __iter__(self) -> Iterator[Slot]:
        for slot in self._slots:
            self._due_s.append(slot.after_s)
            yield slot

    def due_s(self, step: int) -> float:
        """Steps after the last parcel (of what is late even then) follow at the mean distance."""
        if step < len(self._due_s):
            return self._due_s[step]
        last = len(self._due_s) - 1
        return self._due_s[last] * step / last if last > 0 else 0.0
