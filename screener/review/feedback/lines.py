"""The lines of a training set: what `screener lab adapt` reads, and what says why each scan is in it."""

from __future__ import annotations

from msgspec import Struct

from screener.contracts.wire import Energy, FlaggedScan, Selection
from screener.review.feedback.known import CLEAN, Known, drawn


class Line(Struct, frozen=True, kw_only=True):
    """A scan of a training set.

    `source` is one for all views of a parcel. `drawn`: chance alone would have selected the parcel, so it
    stands for `weight` parcels of all; others were selected because a model or a person suspected them, and
    stand for themselves. Where the parcel was not opened, what it holds was judged by eye.
    """

    file: str
    source: str
    sha256: str
    bytes: int
    view: int
    energy: Energy
    pitch_across_mm: float
    pitch_along_mm: float
    known: str
    opened: bool
    load: str
    kind: str
    sticks: int
    tobacco_g: float
    leaf_g: float
    e_cigarettes: int
    why: str
    probability: float
    rate: float
    drawn: bool
    weight: float | None
    model: str | None
    alarm: float | None
    threshold: float | None


class Truth(Struct, frozen=True, kw_only=True):
    """A line of `truth.jsonl`: the fields that the lab's own truth has."""

    file: str
    source: str
    scanner: str
    view: int
    energy: Energy
    pitch_across_mm: float
    pitch_along_mm: float
    load: str
    form: str
    sticks: int
    tobacco_g: float
    e_cigarettes: int


class Outcome(Struct, frozen=True, kw_only=True):
    """A line of `outcomes.jsonl`: an opened parcel's scan and what was in it."""

    file: str
    load: str


def line_of(
    one: FlaggedScan, known: Known, selection: Selection, *, file: str, source: str, sha256: str, length: int
) -> Line:
    """The line of a view that was written as `file`."""
    found, seen, by_chance = known.found, one.scan.findings, drawn(selection)
    return Line(
        file=file,
        source=source,
        sha256=sha256,
        bytes=length,
        view=one.scan.view,
        energy=one.scan.energy,
        pitch_across_mm=one.scan.pitch_mm.across,
        pitch_along_mm=one.scan.pitch_mm.along,
        known=known.known,
        opened=found is not None,
        load=load_name(known),
        kind=known.kind,
        sticks=found.all_sticks if found else 0,
        tobacco_g=found.tobacco_g if found else 0.0,
        leaf_g=found.leaf_g if found else 0.0,
        e_cigarettes=found.e_cigarettes if found else 0,
        why=selection.why.value,
        probability=selection.probability,
        rate=selection.rate,
        drawn=by_chance,
        weight=1 / selection.rate if by_chance else None,
        model=seen.model if seen else None,
        alarm=seen.alarm if seen else None,
        threshold=seen.threshold if seen else None,
    )


def load_name(known: Known) -> str:
    """What was found in words, such as `400 sticks, 1200 g tobacco`; `clean` for nothing."""
    if known.known in CLEAN or known.found is None:
        return "clean"
    found = known.found
    amounts = (
        (found.all_sticks, "sticks"),
        (found.tobacco_g, "g tobacco"),
        (found.e_cigarettes, "e-cigarettes"),
    )
    return ", ".join(f"{amount:g} {name}" for amount, name in amounts if amount)


def truth_of(line: Line, scanner: str) -> Truth:
    """What the lab reads of pitch, energy, view and contents."""
    return Truth(
        file=line.file,
        source=line.source,
        scanner=scanner,
        view=line.view,
        energy=line.energy,
        pitch_across_mm=line.pitch_across_mm,
        pitch_along_mm=line.pitch_along_mm,
        load=line.load,
        form="clean" if line.kind == "none" else line.kind,
        sticks=line.sticks,
        tobacco_g=line.tobacco_g,
        e_cigarettes=line.e_cigarettes,
    )
