"""The course of one scanner: what adds up against its reference, and what is alarmed.

A sequential test (cumulative sums) of each figure: what a scan differs by, in spreads of the reference, less
what parcels alone may bring about, adds up, never below nothing; at `ALARM` the scanner has changed. Equal
parcels count once, all views of a parcel count as one, single scans at most `MOST`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from screener.contracts.wire import Drift, Look
from screener.core.drift.alike import REMEMBERED, Content, content_of, weight_of
from screener.core.drift.figures import (
    ALARM,
    ENERGY,
    FAILURE,
    FIGURES,
    PITCH,
    SCORE,
    VIEW,
    Figure,
    bounded,
    logit,
)
from screener.core.drift.reference import Reference, Usual, ViewReference, figures_of, usual

SAME_PITCH = 0.02
"""Pitches that differ by less are the same."""

SCORES_OF_A_MODEL = 200
"""So many scans a new model judges before its scores are watched."""


class Sum(Struct, frozen=True, array_like=True):
    """What has added up on one side of a figure, since when, over how many scans, and their figures' sum."""

    value: float
    since: datetime
    scans: int
    total: float
    usual: float

    def with_scan(self, gain: float, value: float, usual: float) -> Sum:
        """The sum after a scan; it stops at twice an alarm, so that what is mended is soon cleared."""
        total = min(self.value + gain, 2 * ALARM)
        return Sum(total, self.since, self.scans + 1, self.total + value, self.usual + usual)

    @property
    def mean(self) -> float:
        """The mean of the figure since the sum was nothing."""
        return self.total / self.scans

    @property
    def mean_usual(self) -> float:
        """What the mean would be by the reference."""
        return self.usual / self.scans


class Raised(Struct, frozen=True, array_like=True):
    """An alarm that stands."""

    side: str
    at: datetime


class Course(Struct, frozen=True, kw_only=True):
    """All that is known of a scanner against its reference.

    `sums` are by figure with `+` or `-`; `scores` are those of a model that is not that of the reference,
    until they are enough.
    """

    reference: Reference
    recent: tuple[Content, ...] = ()
    sums: dict[str, Sum] = field(default_factory=dict)
    raised: dict[str, Raised] = field(default_factory=dict)
    model: str | None = None
    score: Usual | None = None
    scores: tuple[float, ...] = ()

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self, order="deterministic")

    @staticmethod
    def decode(value: bytes) -> Course:
        return _COURSE.decode(value)


_COURSE = msgspec.msgpack.Decoder(Course)


def begun(reference: Reference) -> Course:
    """The course of a scanner that has just been anchored."""
    return Course(reference=reference, model=reference.model, score=reference.score)


def followed(course: Course, look: Look) -> Course:
    """The course after one more scan."""
    course = _judged_by(course, look)
    content = content_of(look)
    weight = 1.0 if content is None else weight_of(content, course.recent)
    weight /= max(1, len(course.reference.views))
    sums = dict(course.sums)
    for figure, value, expected in _figures(course, look):
        for side in _sides(figure):
            gain = (weight if figure.of_parcels else 1.0) * _gain(figure, side, value, expected)
            before = sums.pop(figure.name + side, None) or Sum(0.0, look.at, 0, 0.0, 0.0)
            if before.value + gain > 0:
                sums[figure.name + side] = before.with_scan(gain, value, expected.centre)
    recent = course.recent if content is None else (*course.recent, content)[-REMEMBERED:]
    return replace(course, sums=sums, recent=recent, raised=_raised(course.raised, sums, look.at))


def levels(course: Course) -> dict[Drift, float]:
    """How near to an alarm each kind of change is: 1 and more is one."""
    found = dict.fromkeys(Drift, 0.0)
    for side, one in course.sums.items():
        what = figure_of(side).what
        found[what] = max(found[what], one.value / ALARM)
    return found


def figure_of(side: str) -> Figure:
    """The figure that a sum is of."""
    return FIGURES[side[:-1]]


def _sides(figure: Figure) -> tuple[str, ...]:
    return ("+", "-") if figure.falls else ("+",)


def _gain(figure: Figure, side: str, value: float, expected: Usual) -> float:
    """What one scan adds to a sum: how far it lies on this side, less what is let pass."""
    apart = (value - expected.centre) / expected.spread * (1 if side == "+" else -1)
    return bounded(apart) - figure.allowance


def _raised(before: Mapping[str, Raised], sums: Mapping[str, Sum], at: datetime) -> dict[str, Raised]:
    """An alarm stands from the moment a sum reaches `ALARM` until all sums of its kind are nothing again."""
    highest: dict[str, str] = {}
    for side in sorted(sums, key=lambda one: (-sums[one].value, one)):
        highest.setdefault(figure_of(side).what.value, side)
    standing = {what: raised for what, raised in before.items() if what in highest}
    new = {
        what: Raised(side, at)
        for what, side in highest.items()
        if what not in standing and sums[side].value >= ALARM
    }
    return standing | new


def _judged_by(course: Course, look: Look) -> Course:
    """A new model has other scores: they are learnt anew before they are watched again."""
    if look.model is None or look.alarm is None:
        return course
    if look.model != course.model:
        sums = {side: one for side, one in course.sums.items() if figure_of(side) is not SCORE}
        course = replace(course, model=look.model, score=None, scores=(), sums=sums)
    if course.score is not None:
        return course
    scores = (*course.scores, round(logit(look.alarm), 3))
    if len(scores) < SCORES_OF_A_MODEL:
        return replace(course, scores=scores)
    return replace(course, scores=(), score=usual(scores, SCORE.floor))


def _figures(course: Course, look: Look) -> Iterator[tuple[Figure, float, Usual]]:
    """Each figure of a scan with what is usual."""
    reference = course.reference
    yield FAILURE, float(look.failure is not None), Usual(centre=reference.failures, spread=FAILURE.floor)
    view = reference.of(look.view)
    yield VIEW, float(view is None), Usual(centre=0.0, spread=VIEW.floor)
    if view is None:
        return
    yield PITCH, float(not _has_pitch(view, look)), Usual(centre=0.0, spread=PITCH.floor)
    yield ENERGY, float(look.energy not in view.energies), Usual(centre=0.0, spread=ENERGY.floor)
    for name, value in figures_of(look, view.colours).items():
        if name in view.figures:
            yield FIGURES[name], value, view.figures[name]
    if course.score is not None and look.alarm is not None:
        yield SCORE, logit(look.alarm), course.score


def _has_pitch(view: ViewReference, look: Look) -> bool:
    return any(
        abs(look.pitch_mm.across / known.across - 1) < SAME_PITCH
        and abs(look.pitch_mm.along / known.along - 1) < SAME_PITCH
        for known in view.pitches_mm
    )
