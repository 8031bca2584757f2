"""What one identity sent or received in a sliding window of days, parcel by parcel, in bounded space.

A parcel is known by its id alone: one that passes several hubs counts once, with the largest of what they saw
last. The newest parcels and the largest older loads are kept one by one; what does not fit is added to the
total of its day: its amounts go on counting, its name is lost. Adding the same parcel again replaces what
its hub said of it, as long as it is kept by itself, and the order of different sightings changes nothing
while all are.
"""

from __future__ import annotations

import hashlib
from bisect import insort
from collections.abc import Iterable
from datetime import datetime
from math import fsum, sqrt

import msgspec
from msgspec.structs import replace

from screener.contracts.wire import Amount, Member, Sighting, Total
from screener.core.load import multiples
from screener.core.parcel import Note, milliseconds, time_of
from screener.core.policy import Sums

NEWEST = 24
"""So many of the latest parcels are always kept one by one: a revised decision replaces what it said."""

LARGEST = 16
"""So many of the older ones are kept besides, those with the largest loads: they are the ones to name.

What is left out has no load, as a rule; seen again, it counts as one parcel more, with its load once."""

LOADED = 80
"""So many are kept as long as all older ones are loaded: then the sum is far beyond any limit, and that a
parcel which is seen again counts twice no longer matters. A depot's (`hub_from`) are not summed, nor kept."""

MOST_ENTRIES = 120
"""So many sightings are kept at most, where parcels pass several hubs: a row has 24 KB at most, mostly 4."""

MEMBERS_FROM = 0.5
"""Members are named from this share of what one identity may send or receive."""

DAY_MS = 86_400_000

Loads = tuple[float, float, float, float]
"""Mean and variance of sticks, mean and variance of grams: independent loads add up in all four."""


class Entry(Note, frozen=True, array_like=True):
    """One parcel at one hub; `contents` and `partner` are digests, to be compared and counted."""

    hub: str
    parcel_id: str
    at_ms: int
    loads: Loads | None = None
    contents: bytes | None = None
    partner: bytes | None = None


class Day(Note, frozen=True, array_like=True):
    """The total of parcels of one day (UTC, days since 1970) that are not kept one by one."""

    number: int
    parcels: int
    loaded: int
    loads: Loads | None = None


class Window(Note, frozen=True, array_like=True):
    """All that is remembered of an identity: entries in the order of their time, and totals of days."""

    newest_ms: int
    first_ms: int
    entries: tuple[Entry, ...] = ()
    days: tuple[Day, ...] = ()

    @property
    def kept(self) -> tuple[Entry, ...]:
        """The parcels that are kept one by one, each once: as its last hub saw it, with its largest loads."""
        found: dict[str, Entry] = {}
        for one in self.entries:
            before = found.pop(one.parcel_id, None)
            found[one.parcel_id] = (
                one if before is None else replace(one, loads=_larger(before.loads, one.loads))
            )
        return tuple(found.values())

    @property
    def parcels(self) -> int:
        return len({one.parcel_id for one in self.entries}) + sum(day.parcels for day in self.days)

    @property
    def loaded(self) -> int:
        """How many of the parcels have a load that counts."""
        return sum(one.loads is not None for one in self.kept) + sum(day.loaded for day in self.days)

    @property
    def loads(self) -> Loads:
        return _added([*(one.loads for one in self.kept), *(day.loads for day in self.days)])

    def encode(self) -> bytes:
        return msgspec.msgpack.encode(self)

    @staticmethod
    def decode(value: bytes) -> Window:
        return _DECODER.decode(value)


_DECODER = msgspec.msgpack.Decoder(Window)


def entry_of(sighting: Sighting, latest_ms: int) -> Entry:
    """The entry that a sighting makes; a clock that ran ahead of `latest_ms` is set back to it."""
    sticks, tobacco_g = sighting.sticks, sighting.tobacco_g
    loaded = sticks.mean > 0.0 or tobacco_g.mean > 0.0
    return Entry(
        sighting.hub,
        sighting.parcel_id,
        min(milliseconds(sighting.at), latest_ms),
        (sticks.mean, sticks.sd**2, tobacco_g.mean, tobacco_g.sd**2) if loaded else None,
        _digest(sighting.contents),
        _digest(sighting.partner),
    )


def with_entry(window: Window | None, entry: Entry, limits: Sums) -> Window:
    """`window` with this entry; it ends at the newest, and what lies before its length is left out."""
    known = window or Window(entry.at_ms, entry.at_ms)
    newest_ms = max(known.newest_ms, entry.at_ms)
    since_ms = newest_ms - length_ms(limits)
    entries = [one for one in known.entries if one.at_ms >= since_ms and not _same(one, entry)]
    if entry.at_ms >= since_ms:
        insort(entries, entry, key=_place)
    days = (day for day in known.days if (day.number + 1) * DAY_MS > since_ms)
    return _bounded(Window(newest_ms, min(known.first_ms, entry.at_ms), tuple(entries), tuple(days)), limits)


def total_of(window: Window, sighting: Sighting, limits: Sums, counted_at: datetime) -> Total:
    """[tally]'s answer to a sighting. Of partners, hubs and like contents there are at least so many."""
    own = entry_of(sighting, window.newest_ms)
    sticks, sticks_variance, tobacco_g, tobacco_variance = window.loads
    return Total(
        hub=sighting.hub,
        parcel_id=sighting.parcel_id,
        identity=sighting.identity,
        link=sighting.link,
        window_days=limits.window_days,
        parcels=window.parcels,
        loaded=window.loaded,
        sticks=Amount(mean=sticks, sd=sqrt(sticks_variance)),
        tobacco_g=Amount(mean=tobacco_g, sd=sqrt(tobacco_variance)),
        members=_members(window, own, limits),
        like_contents=len(
            {one.parcel_id for one in window.entries if one.contents == own.contents is not None}
        ),
        partners=len({one.partner for one in window.entries} - {None}),
        hubs=len({one.hub for one in window.entries}),
        first_at=time_of(window.first_ms),
        counted_at=counted_at,
        question=sighting.question,
    )


def length_ms(limits: Sums) -> int:
    """The length of the window."""
    return round(limits.window_days * DAY_MS)


def _bounded(window: Window, limits: Sums) -> Window:
    while (least := _to_fold(window, limits)) is not None:
        window = _folded(window, least)
    return window


def _to_fold(window: Window, limits: Sums) -> Entry | None:
    """The parcel that does not fit any more: of the older ones that with the least load."""
    if len(window.entries) <= NEWEST + LARGEST:
        return None
    kept = window.kept
    least = min(kept[: max(len(kept) - NEWEST, 1)], key=lambda one: _multiples_of(one, limits))
    summed = window.parcels <= limits.hub_from
    most = LOADED if summed and least.loads is not None else NEWEST + LARGEST
    return least if len(kept) > most or len(window.entries) > MOST_ENTRIES else None


def _folded(window: Window, parcel: Entry) -> Window:
    """`window` with one of its parcels in the total of its day instead."""
    number = parcel.at_ms // DAY_MS
    day = next((day for day in window.days if day.number == number), Day(number, 0, 0))
    grown = replace(
        day,
        parcels=day.parcels + 1,
        loaded=day.loaded + (parcel.loads is not None),
        loads=day.loads if parcel.loads is None else _added([day.loads, parcel.loads]),
    )
    others = (one for one in window.days if one.number != number)
    return replace(
        window,
        entries=tuple(one for one in window.entries if one.parcel_id != parcel.parcel_id),
        days=tuple(sorted((*others, grown), key=lambda one: one.number)),
    )


def _members(window: Window, own: Entry, limits: Sums) -> tuple[Member, ...]:
    """The largest loads besides `own`, where the sum is worth a look."""
    sticks, _, tobacco_g, _ = window.loads
    if window.parcels > limits.hub_from or multiples(sticks, tobacco_g, limits) < MEMBERS_FROM:
        return ()
    others = [one for one in window.kept if one.loads is not None and one.parcel_id != own.parcel_id]
    largest = sorted(others, key=lambda one: (-_multiples_of(one, limits), _place(one)))
    return tuple(_member(one) for one in largest[: limits.members])


def _member(entry: Entry) -> Member:
    sticks, _, tobacco_g, _ = entry.loads or (0.0, 0.0, 0.0, 0.0)
    return Member(
        hub=entry.hub,
        parcel_id=entry.parcel_id,
        at=time_of(entry.at_ms),
        sticks=sticks,
        tobacco_g=tobacco_g,
    )


def _added(loads: Iterable[Loads | None]) -> Loads:
    """Summed exactly, so that the order does not show in the last digit."""
    columns = tuple(zip(*(one for one in loads if one is not None), strict=True))
    if not columns:
        return 0.0, 0.0, 0.0, 0.0
    sticks, sticks_variance, tobacco_g, tobacco_variance = (fsum(column) for column in columns)
    return sticks, sticks_variance, tobacco_g, tobacco_variance


def _larger(one: Loads | None, other: Loads | None) -> Loads | None:
    """Of sticks and of grams those of the larger mean."""
    if one is None or other is None:
        return one or other
    return (*max(one[:2], other[:2]), *max(one[2:], other[2:]))


def _multiples_of(entry: Entry, limits: Sums) -> float:
    return 0.0 if entry.loads is None else multiples(entry.loads[0], entry.loads[2], limits)


def _same(one: Entry, other: Entry) -> bool:
    return one.parcel_id == other.parcel_id and one.hub == other.hub


def _place(entry: Entry) -> tuple[int, str, str]:
    return entry.at_ms, entry.hub, entry.parcel_id


def _digest(text: str | None) -> bytes | None:
    return None if text is None else hashlib.sha256(text.encode()).digest()[:8]
