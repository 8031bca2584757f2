"""What each false alarm rate costs and gives, and what so few scans prove of it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from screener.cli.hub.commission.measured import Kept, alarm
from screener.lab import measures
from screener.lab.adaptation import figures

RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


class Row(Struct, frozen=True, kw_only=True):
    """One rate. `reached` of `clean` ordinary scans reach its threshold; 95 % sure the true rate is at most
    `proven`. Alarms a day are those of the rate that was met and of that bound.
    """

    rate: float
    threshold: float
    reached: int
    clean: int
    proven: float
    recall: float
    recalls: dict[str, str]
    alarms_a_day: float
    alarms_a_day_at_most: float


class Chosen(Struct, frozen=True, kw_only=True):
    """The rate that was chosen, the table it was chosen from, and what the scans can show at all."""

    row: Row
    rows: tuple[Row, ...]
    sureness: str
    scans_a_day: int


def rows(kept: Kept, scans_a_day: int) -> Iterator[Row]:
    """The table, from few alarms to many."""
    for rate in RATES:
        yield row(kept, rate, scans_a_day)


def chosen(kept: Kept, rate: float, scans_a_day: int) -> Chosen:
    """The choice of a rate, which is in the table, too, whatever it is."""
    own = row(kept, rate, scans_a_day)
    others = [one for one in rows(kept, scans_a_day) if one.rate != rate]
    table = tuple(sorted([*others, own], key=lambda one: one.rate))
    return Chosen(row=own, rows=table, sureness=figures.sureness(kept.at(rate)), scans_a_day=scans_a_day)


def row(kept: Kept, rate: float, scans_a_day: int) -> Row:
    """What one rate gives."""
    at = kept.at(rate)
    clean = at.answers.alarms[at.kept]
    reached = int((clean >= at.threshold).sum())
    proven = measures.upper_bound(reached, len(clean))
    return Row(
        rate=rate,
        threshold=alarm(at.threshold),
        reached=reached,
        clean=len(clean),
        proven=proven,
        recall=at.mean_recall,
        recalls={load: str(at.recall(load)) for load in at.loads},
        alarms_a_day=reached / len(clean) * scans_a_day,
        alarms_a_day_at_most=proven * scans_a_day,
    )
