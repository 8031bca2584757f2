"""Trials: scanners that do not change, scanners that do, and two folders of real scans joined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.drift.real import folders
from bench.drift.shown import Stock, Stocks
from bench.drift.streams import Stream
from screener.contracts.wire import Drift, Look
from screener.core.drift import standing
from screener.core.drift.course import levels
from screener.core.drift.standing import Standing

COMMISSIONING = 10_000
"""Scans within which a scanner must have commissioned itself."""

BEFORE = 400
LONG = 20_000
WITHIN = 1_000


@dataclass
class Quiet:
    """A scanner that did not change: what was alarmed over so many scans, and how near each kind came."""

    scanner: str
    views: int
    scans: int = 0
    alarms: list[str] = field(default_factory=list)
    nearest: dict[Drift, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A scanner that did: the scans until the first alarm (None within `WITHIN`), and what was alarmed."""

    scanner: str
    change: str
    views: int
    scans: int | None
    kinds: tuple[str, ...]


def commissioned(stream: Stream) -> Standing:
    """The standing after a scanner has commissioned itself on what it sends."""
    known = Standing()
    for look in stream.scans(COMMISSIONING):
        known = standing.taken(known, look)
        if known.course is not None:
            return known
    raise AssertionError(f"not commissioned within {COMMISSIONING} scans")


def quiet(scanner: str, known: Standing, looks: Iterator[Look], views: int = 1) -> Quiet:
    """What is alarmed of a scanner that does not change."""
    said = Quiet(scanner, views)
    before: set[str] = set()
    for number, look in enumerate(looks):
        known = standing.taken(known, look)
        raised = set(known.course.raised) if known.course else set()
        said.alarms += sorted(raised - before)
        before, said.scans = raised, said.scans + 1
        if number % 50 == 0 and known.course is not None:
            for what, level in levels(known.course).items():
                said.nearest[what] = max(level, said.nearest.get(what, 0.0))
    return said


def found(scanner: str, change: str, known: Standing, looks: Iterator[Look], views: int = 1) -> Found:
    """How soon a change is alarmed; kinds that are alarmed within as many scans again are told, too."""
    first: int | None = None
    for number, look in enumerate(looks, 1):
        known = standing.taken(known, look)
        if first is None and known.course is not None and known.course.raised:
            first = number
        if first is not None and number >= 2 * first:
            break
    return Found(scanner, change, views, first, tuple(sorted(known.course.raised)) if known.course else ())


def simulated(name: str, stocks: Stocks, seeds: Sequence[int]) -> Iterator[Found]:
    """Each change, from each seed, with one view and with two."""
    for seed in seeds:
        views = 1 + seed % 2
        stream = Stream(stocks.as_it_is, seed, views)
        known = standing.standing_after(commissioned(stream), list(stream.scans(BEFORE)))
        for change, stock in stocks.changed.items():
            after = Stream(stock, seed + 1, views)
            after.sent = stream.sent
            yield found(name, change, known, after.scans(WITHIN), views)


def still(name: str, stocks: Stocks, seed: int, views: int, scans: int = LONG) -> Quiet:
    stream = Stream(stocks.as_it_is, seed, views)
    return quiet(name, commissioned(stream), stream.scans(scans), views)


def real_still(at: Path, scans: int = LONG) -> Iterator[Quiet]:
    """Scans of each folder drawn again and again; and, harder, other scans than it was commissioned on."""
    for name, shown in folders(at).items():
        whole = Stream(Stock(shown, ()), 1)
        yield quiet(name, commissioned(whole), whole.scans(scans))
        half = len(shown) // 2
        first, second = Stream(Stock(shown[:half], ()), 2), Stream(Stock(shown[half:], ()), 3)
        yield quiet(
            f"{name}: commissioned on one half, then the other", commissioned(first), second.scans(scans)
        )


def real_joined(at: Path, seeds: Sequence[int]) -> Iterator[Found]:
    """The scans of one folder, then those of another."""
    shown = folders(at)
    for one in shown:
        for seed in seeds:
            stream = Stream(Stock(shown[one], ()), seed)
            known = standing.standing_after(commissioned(stream), list(stream.scans(BEFORE)))
            for other in shown:
                if other != one:
                    after = Stream(Stock(shown[other], ()), seed + 1)
                    after.sent = stream.sent
                    yield found(one, f"then {other}", known, after.scans(WITHIN))
