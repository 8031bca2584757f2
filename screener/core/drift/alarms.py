"""What is told of a scanner: that it has changed, how, since when, and that it is as it was again."""

from __future__ import annotations

import math
from collections.abc import Iterator

from screener.contracts.wire import Anchor, Drift, Look, ScannerAlarm
from screener.core.drift.course import Course, Sum, figure_of
from screener.core.drift.standing import Standing

SAID: dict[str, str] = {
    "surprise": "its colours are not those that it was commissioned with",
    "chroma": "its colours are {more} colourful",
    "tint_red": "the empty belt has another colour",
    "tint_blue": "the empty belt has another colour",
    "air": "the empty belt is {brighter}",
    "dark": "thick matter is shown {brighter}",
    "median": "everything is shown {brighter}",
    "fine": "fine detail is {stronger}: another sharpening, focus or compression",
    "noise": "there is {more} noise: detector, dose, sharpening or compression",
    "stretch": "pictures are {longer} along the belt: its speed is not what the pitch says",
    "other_pitch": "it declares a pixel pitch that it was not commissioned with",
    "other_energy": "it declares an energy that it was not commissioned with",
    "other_view": "it sends a view that it was not commissioned with",
    "area": "parcels are {larger}: other parcels, or a pitch that is not what it says",
    "score": "the model's scores are {higher}",
    "failures": "many of its scans cannot be judged",
}
_RISEN = {
    "more": "more",
    "brighter": "brighter",
    "stronger": "stronger",
    "longer": "stretched",
    "larger": "larger",
    "higher": "higher",
}
_FALLEN = {
    "more": "less",
    "brighter": "darker",
    "stronger": "weaker",
    "longer": "squeezed",
    "larger": "smaller",
    "higher": "lower",
}


def changes(before: Standing, after: Standing, look: Look | Anchor) -> Iterator[ScannerAlarm]:
    """The alarms that a scan has raised and cleared."""
    old = {} if before.course is None else before.course.raised
    new = {} if after.course is None else after.course.raised
    for what in Drift:
        if what in new and what not in old and after.course is not None:
            yield _raised(after.course, what, look)
        elif what in old and what not in new and before.course is not None:
            anew = before.course.reference != (after.course and after.course.reference)
            yield _cleared(before.course, what, look, anew=anew)


def _raised(course: Course, what: Drift, look: Look | Anchor) -> ScannerAlarm:
    side = course.raised[what].side
    one, figure = course.sums[side], figure_of(side)
    words = _RISEN if side.endswith("+") else _FALLEN
    return ScannerAlarm(
        hub=look.hub,
        scanner=look.scanner,
        what=what,
        raised=True,
        at=look.at,
        since=one.since,
        scans=one.scans,
        size=round(one.value / one.scans + figure.allowance, 2),
        figures=_told(figure.name, one),
        text=SAID[figure.name].format(**words),
        reference=course.reference.id,
        model=course.model,
    )


def _cleared(course: Course, what: Drift, look: Look | Anchor, *, anew: bool) -> ScannerAlarm:
    return ScannerAlarm(
        hub=look.hub,
        scanner=look.scanner,
        what=what,
        raised=False,
        at=look.at,
        since=course.raised[what].at,
        scans=0,
        size=0.0,
        figures={},
        text="it was anchored anew" if anew else "it is as it was again",
        reference=course.reference.id,
        model=course.model,
    )


def _told(name: str, one: Sum) -> dict[str, float]:
    """The figure as it was and as it is."""
    was, now = one.mean_usual, one.mean
    if name == "area":
        was, now = math.exp(was), math.exp(now)
    return {f"{name}_was": float(f"{was:.4g}"), f"{name}_is": float(f"{now:.4g}")}
