"""What a check found: findings, worst first, a summary in figures, and whether the hub is ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median
from typing import Final

from msgspec import Struct

from screener.hub.check.facts import Place, ScanFact, Stretch
from screener.hub.check.rule import Hit, Level, Rule, by_scanner
from screener.hub.check.rules import RULES
from screener.hub.check.rules_contract import HINTS, MENDS, mend
from screener.hub.check.rules_pitch import with_pitches

MESSAGES_LEAST: Final = 10
"""Of fewer manifests or scans nothing is known, so no hub is ready."""


class Finding(Struct, frozen=True, kw_only=True):
    """One kind of fault: how often, where for example, what it is and how to mend it."""

    code: str
    level: Level
    about: str
    count: int
    of: int
    says: str
    figures: str
    mend: str
    examples: tuple[Place, ...]


class Scanner(Struct, frozen=True, kw_only=True):
    """One scanner: its scans, the images looked at, its told pitch, and the pitch that its scans speak for.

    `pitch_sd` is the relative standard deviation of that.
    """

    name: str
    scans: int
    looked: int
    content_types: tuple[str, ...]
    energies: tuple[str, ...]
    across_mm: float
    along_mm: float
    pitch_scale: float | None
    pitch_sd: float | None


class Summary(Struct, frozen=True, kw_only=True):
    """What was read."""

    hub: str
    messages: int
    manifests: int
    scans: int
    refused: int
    parcels: int
    paired: int
    looked: int
    span_s: float
    parcels_a_minute: float | None
    lead_s: float | None
    scanners: tuple[Scanner, ...]


class Report(Struct, frozen=True, kw_only=True):
    """All of it."""

    ready: bool
    summary: Summary
    findings: tuple[Finding, ...]


def report(stretch: Stretch) -> Report:
    """The rules held against a stretch."""
    stretch = with_pitches(stretch)
    findings = sorted(_findings(stretch), key=_badness)
    wrong = any(finding.level is Level.WRONG for finding in findings)
    enough = min(len(stretch.manifests), len(stretch.scans)) >= MESSAGES_LEAST
    return Report(ready=enough and not wrong, summary=summary(stretch), findings=tuple(findings))


def _findings(stretch: Stretch) -> Iterator[Finding]:
    for rule in RULES:
        for hit in rule.find(stretch):
            yield _finding(rule, hit)


def _finding(rule: Rule, hit: Hit) -> Finding:
    hinted = rule.code in MENDS and any(pattern.search(hit.figures) for pattern, _ in HINTS)
    return Finding(
        code=rule.code,
        level=rule.level,
        about=hit.about,
        count=hit.count,
        of=hit.of,
        says=rule.says,
        figures=hit.figures,
        mend=mend(rule.code, hit.figures) if hinted else rule.mend,
        examples=hit.places,
    )


def _badness(finding: Finding) -> tuple[bool, float]:
    return finding.level is Level.DOUBTFUL, -finding.count / max(finding.of, 1)


def summary(stretch: Stretch) -> Summary:
    """The figures of a stretch."""
    declared = {fact.parcel_id: fact.log_ms for fact in stretch.manifests}
    first: dict[str, int] = {}
    for scan in stretch.scans:
        if scan.parcel_id:
            first.setdefault(scan.parcel_id, scan.log_ms)
    both = declared.keys() & first.keys()
    times = sorted(scan.log_ms for scan in stretch.scans) if stretch.timed else []
    span_s = (times[-1] - times[0]) / 1000 if times else 0.0
    leads = [(first[name] - declared[name]) / 1000 for name in both] if stretch.timed else []
    return Summary(
        hub=stretch.hub,
        messages=stretch.messages,
        manifests=len(stretch.manifests),
        scans=len(stretch.scans),
        refused=len({refusal.place for refusal in stretch.refusals}),
        parcels=len(declared.keys() | first.keys()),
        paired=len(both),
        looked=len(stretch.looked),
        span_s=span_s,
        parcels_a_minute=len({scan.scan_id for scan in stretch.scans}) / span_s * 60 if span_s else None,
        lead_s=median(leads) if leads else None,
        scanners=tuple(_scanners(stretch)),
    )


def _scanners(stretch: Stretch) -> Iterator[Scanner]:
    found = {own.scanner: own.estimate for own in stretch.pitches}
    for name, own in by_scanner(stretch.scans):
        estimate = found.get(name)
        yield Scanner(
            name=name,
            scans=len(own),
            looked=sum(scan.look is not None for scan in own),
            content_types=_common([scan.content_type for scan in own]),
            energies=_common([scan.energy.value for scan in own]),
            across_mm=_middle(own, "across"),
            along_mm=_middle(own, "along"),
            pitch_scale=None if estimate is None else estimate.scale,
            pitch_sd=None if estimate is None else estimate.scale_sd,
        )


def _common(texts: list[str]) -> tuple[str, ...]:
    return tuple(text for text, _ in Counter(texts).most_common(4))


def _middle(scans: list[ScanFact], way: str) -> float:
    return median(scan.across_mm if way == "across" else scan.along_mm for scan in scans)
