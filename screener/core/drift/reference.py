"""The reference: what the scans of a scanner looked like when it was as it should be."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from statistics import fmean
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import Energy, Look, PitchMm
from screener.core.drift.figures import FIGURES, SCORE, SURPRISE, bounded, logit, measured, surprise
from screener.errors import BadConfig

Value = TypeVar("Value")

LEAST_OF_A_VIEW = 30
"""Scans of a view, or of a model, below which nothing can be said of their spread."""

LEAST = 50
"""Scans that a reference needs."""

COLOURS = 50
"""Shares that a glance counts: of 24 hues and of grey, in dark and in light matter."""

STEPS_TO_THE_CENTRE = 5

USUAL_SHARE = 0.02
"""A pitch or energy that fewer scans of a view have is none of its own."""


class Usual(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure's centre, and its spread: half of what the middle 68 % span."""

    centre: float
    spread: float


class ViewReference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One view. Without `figures` there were too few scans of it."""

    view: int
    scans: int
    pitches_mm: tuple[PitchMm, ...]
    energies: tuple[Energy, ...]
    colours: tuple[float, ...]
    figures: dict[str, Usual]


class Reference(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a scanner is compared with; `id` names the scans that it was made of.

    `score` is of the scans that `model` judged: another model has other scores.
    """

    id: str
    scans: int
    since: datetime
    until: datetime
    failures: float
    views: tuple[ViewReference, ...]
    model: str | None = None
    score: Usual | None = None

    def of(self, view: int) -> ViewReference | None:
        """The reference of a view, None where there were no scans of it."""
        return next((one for one in self.views if one.view == view), None)

    def encode(self) -> bytes:
        """As JSON: equal references, equal bytes."""
        return encode(self)


def read(content: bytes, source: str) -> Reference:
    """A reference in the bytes of a file. Raises `BadConfig`."""
    try:
        found = msgspec.json.decode(content, type=Reference)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{source}: {error}; commission the scanner again") from error
    if wrong := next(_wrong(found), None):
        raise BadConfig(f"{source}: {wrong}; commission the scanner again")
    return found


def _wrong(reference: Reference) -> Iterator[str]:
    """What scans cannot be compared with: a division by nothing, other colours than those counted."""
    yield from _wrong_usual("$.score", reference.score)
    for number, view in enumerate(reference.views):
        if len(view.colours) not in (0, COLOURS):
            yield f"$.views[{number}].colours: expected {COLOURS} shares or none, got {len(view.colours)}"
        for name, one in view.figures.items():
            yield from _wrong_usual(f"$.views[{number}].figures.{name}", one)


def _wrong_usual(where: str, one: Usual | None) -> Iterator[str]:
    if one is not None and not one.spread > 0:
        yield f"{where}.spread: expected more than 0, got {one.spread:g}"


def reference_of(looks: Iterable[Look], *, failures: float | None = None) -> Reference:
    """The reference that these looks are, in whatever order. Raises `BadConfig` where they are too few.

    `failures` is the share of scans that could not be judged, where these looks are a choice of all.
    """
    ordered = sorted(looks, key=lambda look: (look.at, encode(look)))
    if len(ordered) < LEAST:
        raise BadConfig(f"drift: expected at least {LEAST} scans for a reference, got {len(ordered)}")
    views = sorted({look.view for look in ordered})
    model = _most([look.model for look in ordered if look.model is not None])
    scores = [logit(look.alarm) for look in ordered if look.model == model and look.alarm is not None]
    made = Reference(
        id="",
        scans=len(ordered),
        since=ordered[0].at,
        until=ordered[-1].at,
        failures=_failures(ordered) if failures is None else failures,
        views=tuple(_view(view, [look for look in ordered if look.view == view]) for view in views),
        model=model,
        score=usual(scores, SCORE.floor) if len(scores) >= LEAST_OF_A_VIEW else None,
    )
    return replace(made, id=hashlib.sha256(encode(made)).hexdigest()[:12])


def usual(values: Sequence[float], floor: float) -> Usual:
    """Centre and spread of values, the spread at least `floor`.

    The centre is where differences, bounded as they are when they are summed up, cancel: a median would lie
    beside it where values are skewed, and that would add up.
    """
    ordered = sorted(values)
    spread = max((_quantile(ordered, 0.84) - _quantile(ordered, 0.16)) / 2, floor)
    centre = _quantile(ordered, 0.5)
    for _ in range(STEPS_TO_THE_CENTRE):
        centre += spread * fmean(bounded((value - centre) / spread) for value in ordered)
    return Usual(centre=centre, spread=spread)


def _failures(looks: Sequence[Look]) -> float:
    return sum(look.failure is not None for look in looks) / len(looks)


def _view(view: int, looks: Sequence[Look]) -> ViewReference:
    seen = [look for look in looks if look.glance is not None]
    colours = _colours([look.glance.colours for look in seen if look.glance is not None])
    return ViewReference(
        view=view,
        scans=len(looks),
        pitches_mm=_usual_ones([look.pitch_mm for look in looks], lambda one: (one.across, one.along)),
        energies=_usual_ones([look.energy for look in looks], str),
        colours=colours,
        figures=_figures(seen, colours) if len(seen) >= LEAST_OF_A_VIEW else {},
    )


def _figures(seen: Sequence[Look], colours: tuple[float, ...]) -> dict[str, Usual]:
    rows = [figures_of(look, colours) for look in seen]
    return {name: usual([row[name] for row in rows], FIGURES[name].floor) for name in rows[0]}


def figures_of(look: Look, colours: tuple[float, ...]) -> dict[str, float]:
    """All figures of a decoded scan, its colours against the usual ones where any are known."""
    figures = measured(look)
    if look.glance is not None and colours:
        figures[SURPRISE.name] = surprise(look.glance.colours, colours)
    return figures


def _colours(histograms: Sequence[bytes]) -> tuple[float, ...]:
    """The mean share of each colour."""
    if not histograms:
        return ()
    shares = [[count / (sum(one) or 1) for count in one] for one in histograms]
    return tuple(round(math.fsum(column) / len(shares), 6) for column in zip(*shares, strict=True))


def _usual_ones(values: Sequence[Value], key: Callable[[Value], object]) -> tuple[Value, ...]:
    """The values that are no exceptions, in the order of their keys."""
    counts = Counter(map(key, values))
    found = {key(value): value for value in values if counts[key(value)] >= USUAL_SHARE * len(values)}
    return tuple(found[one] for one in sorted(found, key=str))


def _most(values: Sequence[str]) -> str | None:
    """The most frequent, the first by name where several are."""
    return min(values, key=lambda one: (-values.count(one), one), default=None)


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two nearest, as numpy has it."""
    at = share * (len(ordered) - 1)
    below = math.floor(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (at - below) * (ordered[above] - ordered[below])
