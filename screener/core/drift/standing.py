"""How a scanner stands: it is being commissioned, or is followed against its reference."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts.wire import Look
from screener.core.drift import course
from screener.core.drift.alike import REMEMBERED, Content, content_of, weight_of
from screener.core.drift.course import Course
from screener.core.drift.reference import LEAST, Reference, reference_of

SEEN = 300
"""Scans that a scanner without a reference is commissioned on by itself."""

KEPT = 200
"""So many of them must be unlike those before them: a sender's pallet of equal parcels is no reference."""

PATIENCE = 3_000
"""Where all parcels are much alike so many scans are seen, and what differed among them is the reference."""

MOST_KEPT = 600


class Standing(Struct, frozen=True, kw_only=True):
    """One scanner. Without a `course` it commissions itself on what it has `kept` of what it has `seen`.

    `failed` of those seen could not be judged: what is kept has all of them, but few of many equal parcels.
    `file` is the reference of a commissioning that it took last, so that none is taken twice.
    """

    course: Course | None = None
    seen: int = 0
    failed: int = 0
    kept: tuple[Look, ...] = ()
    recent: tuple[Content, ...] = ()
    file: str | None = None

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self, order="deterministic")

    @staticmethod
    def decode(value: bytes) -> Standing:
        return _STANDING.decode(value)


_STANDING = msgspec.msgpack.Decoder(Standing)


def taken(standing: Standing, look: Look) -> Standing:
    """The standing after one more scan."""
    if standing.course is not None:
        return replace(standing, course=course.followed(standing.course, look))
    content = content_of(look)
    unlike = content is not None and weight_of(content, standing.recent) == 1.0
    more = replace(
        standing,
        seen=standing.seen + 1,
        failed=standing.failed + (look.failure is not None),
        kept=(*standing.kept, look)[-MOST_KEPT:] if unlike or look.failure else standing.kept,
        recent=standing.recent if content is None else (*standing.recent, content)[-REMEMBERED:],
    )
    if not _enough(more):
        return more
    return _anchored_on(reference_of(more.kept, failures=more.failed / more.seen), standing.file)


def commissioned(standing: Standing, reference: Reference | None) -> Standing:
    """The standing under the reference of the scanner's file, which is taken once."""
    if reference is None or reference.id == standing.file:
        return standing
    return _anchored_on(reference, reference.id)


def anchored(standing: Standing) -> Standing:
    """The standing of a scanner that commissions itself anew, from its next scan on."""
    return Standing(file=standing.file)


def standing_after(standing: Standing, looks: Sequence[Look]) -> Standing:
    """The standing after these scans, one after the other."""
    for look in looks:
        standing = taken(standing, look)
    return standing


def _enough(standing: Standing) -> bool:
    """As many parcels are wanted whatever the number of views."""
    kept = [one for one in standing.kept if one.glance is not None]
    views = len({one.view for one in kept})
    wanted = min(KEPT * views, MOST_KEPT) if standing.seen < PATIENCE else LEAST
    return standing.seen >= SEEN * views and len(kept) >= max(wanted, LEAST)


def _anchored_on(reference: Reference, file: str | None) -> Standing:
    return Standing(course=course.begun(reference), file=file)
