"""Samples of the workers' memory: written as CSV while the soak runs, read again for the verdict on it."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

import psutil

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process held when so many parcels were decided, in MiB.

    `run` counts how often the soak was started, `cpu_s` is what the process has used so far. `rss` is
    resident memory; `pss` shares out what several processes hold together; `own` is what this process alone
    holds, and so what a leak would add to.
    """

    run: int
    at_s: float
    parcels: int
    part: str
    pid: int
    rss: float
    pss: float
    own: float
    cpu_s: float = 0.0


def sample(run: int, at_s: float, parcels: int, processes: Mapping[str, psutil.Process]) -> Iterator[Sample]:
    """A sample of each process that lives."""
    for part, process in processes.items():
        try:
            told, spent = process.memory_full_info(), process.cpu_times()
        except psutil.Error:
            continue
        rss, pss, own = (round(size / MIB, 2) for size in (told.rss, told.pss, told.uss))
        cpu_s = round(spent.user + spent.system, 1)
        yield Sample(run, round(at_s, 1), parcels, part, process.pid, rss, pss, own, cpu_s)


def append(path: Path, samples: list[Sample]) -> None:
    """Add samples to the file, which begins with the names of the columns."""
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow([field.name for field in fields(Sample)])
        writer.writerows([getattr(one, field.name) for field in fields(Sample)] for one in samples)


def read(path: Path) -> list[Sample]:
    """All samples, in the order in which they were taken."""
    with path.open(newline="") as file:
        return [
            Sample(
                int(row["run"]),
                float(row["at_s"]),
                int(row["parcels"]),
                row["part"],
                int(row["pid"]),
                float(row["rss"]),
                float(row["pss"]),
                float(row["own"]),
                float(row["cpu_s"]),
            )
            for row in csv.DictReader(file)
        ]


@dataclass(frozen=True, slots=True)
class Standing:
    """The memory of one part early and late in a soak, in MiB: medians of the second and the last tenth."""

    part: str
    early: float
    late: float

    @property
    def growth(self) -> float:
        """The share by which the last tenth lies above the second; negative below it."""
        return self.late / self.early - 1.0


def standings(samples: list[Sample], parcels: int) -> list[Standing]:
    """By part, for those that have samples in both tenths of this many parcels."""
    early: dict[str, list[float]] = defaultdict(list)
    late: dict[str, list[float]] = defaultdict(list)
    for one in samples:
        tenth = one.parcels * 10 // parcels
        if tenth == 1:
            early[one.part].append(one.rss)
        elif tenth >= 9:
            late[one.part].append(one.rss)
    return [Standing(part, median(early[part]), median(late[part])) for part in sorted(early) if part in late]
