"""Rules about time: clocks, manifests that come late, and what is wanted by when."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final

from screener.hub.check.facts import ManifestFact, ScanFact, Stretch
from screener.hub.check.rule import Hit, Level, Rule, by_scanner, places, share

AHEAD_S: Final = 60.0
BEHIND_S: Final = 900.0
DECLARED_AHEAD_S: Final = 300.0
OLD_DAYS: Final = 180.0
LATE_S: Final = 60.0
SHORT_S: Final = 10.0


def _lags(stretch: Stretch) -> Iterator[tuple[str, list[ScanFact], float]]:
    """Each scanner, its scans, and by how many seconds the log comes after its clock."""
    timed = [scan for scan in stretch.scans if scan.taken_ms is not None and stretch.timed]
    for scanner, own in by_scanner(timed):
        yield scanner, own, median((scan.log_ms - (scan.taken_ms or 0)) / 1000 for scan in own)


def _ahead(stretch: Stretch) -> Iterator[Hit]:
    for scanner, own, lag_s in _lags(stretch):
        if lag_s < -AHEAD_S:
            yield Hit(len(own), len(own), places(own), scanner, f"by {_span(-lag_s)}{_zone(lag_s)}")


def _behind(stretch: Stretch) -> Iterator[Hit]:
    for scanner, own, lag_s in _lags(stretch):
        if lag_s > BEHIND_S:
            yield Hit(len(own), len(own), places(own), scanner, f"by {_span(lag_s)}{_zone(lag_s)}")


def _zone(lag_s: float) -> str:
    hours = lag_s / 3600
    near = abs(hours - round(hours * 2) / 2) < 0.03 and 0.5 <= abs(hours) <= 14
    return "; so near to whole hours it is a time zone" if near else ""


def _span(seconds: float) -> str:
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def _declared_ahead(stretch: Stretch) -> Iterator[Hit]:
    def ahead(fact: ManifestFact) -> bool:
        return stretch.timed and fact.declared_ms - fact.log_ms > DECLARED_AHEAD_S * 1000

    yield from share(stretch.manifests, ahead, 0.05)


def _declared_old(stretch: Stretch) -> Iterator[Hit]:
    def old(fact: ManifestFact) -> bool:
        return stretch.timed and fact.log_ms - fact.declared_ms > OLD_DAYS * 86_400_000

    yield from share(stretch.manifests, old, 0.2)


def _first_scans(stretch: Stretch) -> dict[str, int]:
    first: dict[str, int] = {}
    for scan in stretch.scans:
        if scan.parcel_id:
            first.setdefault(scan.parcel_id, scan.log_ms)
    return first


def _late(stretch: Stretch) -> Iterator[Hit]:
    first = _first_scans(stretch) if stretch.timed else {}
    both = [fact for fact in stretch.manifests if fact.parcel_id in first]
    yield from share(both, lambda fact: fact.log_ms - first[fact.parcel_id] > LATE_S * 1000, 0.2)


def _past(stretch: Stretch) -> Iterator[Hit]:
    def past(fact: ManifestFact) -> bool:
        return stretch.timed and fact.decide_by_ms is not None and fact.decide_by_ms <= fact.log_ms

    yield from share(stretch.manifests, past, 0.02)


def _short(stretch: Stretch) -> Iterator[Hit]:
    first = _first_scans(stretch) if stretch.timed else {}
    limited = [
        fact for fact in stretch.manifests if fact.decide_by_ms is not None and fact.parcel_id in first
    ]

    def short(fact: ManifestFact) -> bool:
        begins = max(fact.log_ms, first[fact.parcel_id])
        return fact.log_ms < (fact.decide_by_ms or 0) < begins + SHORT_S * 1000

    yield from share(limited, short, 0.05)


RULES: Final = (
    Rule(
        "clock_ahead",
        Level.WRONG,
        "ce_time of each scanner's scans against the log's time",
        f"median {AHEAD_S:g} s ahead",
        "The scanner's clock is ahead of the log's: scans are taken in the future",
        "Set the clock by NTP; write ce_time in UTC with Z, or in local time with its offset (+08:00).",
        _ahead,
    ),
    Rule(
        "clock_behind",
        Level.DOUBTFUL,
        "ce_time of each scanner's scans against the log's time",
        f"median {BEHIND_S / 60:g} min behind",
        "Scans reach the log long after their ce_time",
        "Set the clock by NTP and write ce_time with its zone; if it is right, find what delays the scans.",
        _behind,
    ),
    Rule(
        "declared_ahead",
        Level.WRONG,
        "declared_at against the log's time",
        f"5 % more than {DECLARED_AHEAD_S / 60:g} min ahead",
        "Parcels are declared in the future.",
        "declared_at is a time in UTC with Z, or local time with its offset (+08:00), not local time with Z.",
        _declared_ahead,
    ),
    Rule(
        "declared_old",
        Level.DOUBTFUL,
        "declared_at against the log's time",
        f"20 % more than {OLD_DAYS:g} days ago",
        "Parcels were declared very long ago.",
        "Fill declared_at with the time of this parcel's declaration.",
        _declared_old,
    ),
    Rule(
        "manifest_late",
        Level.DOUBTFUL,
        "manifests against the first scan of their parcel, by log time",
        f"20 % more than {LATE_S:g} s later",
        "Manifests come after the scans: parcels wait for them, or are decided without.",
        "Send the manifest when the parcel is announced, before it reaches the belt; no nightly batches.",
        _late,
    ),
    Rule(
        "decide_by_past",
        Level.WRONG,
        "decide_by against the manifest's own log time",
        "2 %, one at least",
        "decide_by has passed when the manifest comes.",
        "decide_by is the moment when the sorter needs the verdict; leave it out if there is none.",
        _past,
    ),
    Rule(
        "decide_by_short",
        Level.DOUBTFUL,
        "decide_by against the log time of the later of manifest and first scan",
        f"5 % with less than {SHORT_S:g} s left",
        "decide_by leaves too little time: parcels will be decided unscanned.",
        "Put decide_by where the sorter acts, 30 s or more after the scan.",
        _short,
    ),
)
