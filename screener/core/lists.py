"""The lists as they stand: tips, graded senders, licences; and which entries a parcel meets.

An entry is in force from when its record is read until `expires_at`, by log time. `added_at` is told and
decides nothing: it is the clock of whoever added it, and a tip must also reach a parcel that waits in a
backlog, whose log time is before that.

What an entry may name, and by what a parcel meets it:

- a tip: phone, name, address or building of consignor or consignee, or the waybill;
- a sender's grade: phone or address of the consignor. Many people share a name, so a name grades nobody.
  Of several grades the worst counts, and the business is that of the same entry;
- a licence: phone or address of the consignor, or the waybill. Of several the one that covers most counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final, Literal

from msgspec import structs

from screener.contracts import topics
from screener.contracts.wire import Grade, Licence, LicenceMatch, Match, Sender, Tip
from screener.core.entries import Entry, bare_pattern, bare_waybill, fits, id_of, topic_of
from screener.core.layers import Layered
from screener.core.parcel import ManifestNote, PartyNote, milliseconds

Role = Literal["consignor", "consignee", "parcel"]

MOST_TIPS: Final = 16
"""More tips than this are not told of one parcel: a decision is bounded, and one tip holds it."""

G_PER_STICK: Final = 0.7
"""Tobacco in a cigarette, to compare what licences cover."""

_WORST_FIRST: Final = {grade: place for place, grade in enumerate(reversed(Grade))}


@dataclass(frozen=True, slots=True)
class Met:
    """The entries that a parcel meets."""

    tips: tuple[Match, ...] = ()
    grade: Grade | None = None
    business: str | None = None
    licence: LicenceMatch | None = None


_NONE_MET: Final = Met()


@dataclass(frozen=True, slots=True)
class Change:
    """A record of a list: an entry added or changed, or removed (None)."""

    entry_id: str
    entry: Entry | None
    offset: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry without what is sealed of it, and the offset of its record.

    It is found under `place`: its link, or `^` and the beginning of its pattern up to the first star.
    """

    entry: Entry
    offset: int
    place: str
    pattern: re.Pattern[str] | None

    @staticmethod
    def of(entry: Entry, offset: int) -> Listed:
        target = entry.target
        kept = structs.replace(entry, target=structs.replace(target, sealed=None))
        if target.pattern is None:
            return Listed(kept, offset, target.link or "", None)
        pattern = bare_pattern(target.pattern)
        return Listed(kept, offset, _beginning(pattern.partition("*")[0]), fits(pattern))

    @property
    def key(self) -> str:
        return _key(topic_of(self.entry), id_of(self.entry))


@dataclass(frozen=True, slots=True)
class Lists:
    """The three lists. With equal entries they answer alike, whatever the order in which those came.

    Entries lie by topic and id, and by whom they name. `beginnings` are the lengths of the patterns'
    beginnings; one that is no longer needed costs a look-up. `offsets` say how far each list was read.
    """

    entries: Layered[Listed] = field(default_factory=Layered)
    named: Layered[tuple[Listed, ...]] = field(default_factory=Layered)
    beginnings: frozenset[int] = frozenset()
    offsets: Mapping[str, int] = field(default_factory=dict)

    @staticmethod
    def of(entries: Iterable[Entry]) -> Lists:
        """Lists of these entries, for what runs without a log; offsets count up from 0 in each list."""
        changes: dict[str, list[Change]] = {name: [] for name in topics.LISTS}
        for entry in entries:
            records = changes[topic_of(entry)]
            records.append(Change(id_of(entry), entry, len(records)))
        lists = Lists()
        for name, records in changes.items():
            lists = lists.changed(name, records, len(records))
        return lists

    def changed(self, topic: str, changes: Iterable[Change], read_until: int) -> Lists:
        """These lists after all changes of one of them before offset `read_until`; of one id the last counts.

        A change costs some 30 microseconds however long the lists are; many at once cost less each.
        """
        after = {
            _key(topic, one.entry_id): None if one.entry is None else Listed.of(one.entry, one.offset)
            for one in changes
        }
        lengths = {len(listed.place) - 1 for listed in after.values() if listed and listed.pattern}
        return Lists(
            self.entries.changed(after),
            self.named.changed(self._renamed(after)),
            self.beginnings | lengths,
            {**self.offsets, topic: read_until},
        )

    def meets(self, manifest: ManifestNote | None, now_ms: int) -> Met:
        """The entries that this manifest meets and that are in force at `now_ms` (log time)."""
        if manifest is None:
            return _NONE_MET
        return self.meeting(manifest.waybill, manifest.consignor, manifest.consignee, now_ms)

    def meeting(self, waybill: str, consignor: PartyNote, consignee: PartyNote, now_ms: int) -> Met:
        """As `meets`, for a waybill and two parties."""
        found: list[tuple[Entry, Role]] = []
        self._add_named(found, consignor, "consignor", now_ms)
        self._add_named(found, consignee, "consignee", now_ms)
        if self.beginnings:
            found += [(one.entry, "parcel") for one in self._fitting(waybill) if _in_force(one, now_ms)]
        return _met(found) if found else _NONE_MET

    def tips_after(self, offset: int) -> tuple[Tip, ...]:
        """The tips whose records lie at `offset` or after it, in the order of the log."""
        if self.offsets.get(topics.TIPS, 0) <= offset:
            return ()
        found = [one for one in self.entries.values() if one.offset >= offset]
        return tuple(
            one.entry for one in sorted(found, key=lambda one: one.offset) if isinstance(one.entry, Tip)
        )

    def _add_named(self, found: list[tuple[Entry, Role]], party: PartyNote, role: Role, now_ms: int) -> None:
        get = self.named.get
        for link in (party.phone, party.name, party.address, party.building):
            if link is not None and (listed := get(link)):
                found += [(one.entry, role) for one in listed if _in_force(one, now_ms)]

    def _fitting(self, waybill: str) -> Iterator[Listed]:
        bare = bare_waybill(waybill)
        for beginning in {bare[:length] for length in self.beginnings}:  # a short waybill has few
            for listed in self.named.get(_beginning(beginning)) or ():
                if listed.pattern is not None and listed.pattern.fullmatch(bare):
                    yield listed

    def _renamed(self, after: Mapping[str, Listed | None]) -> dict[str, tuple[Listed, ...] | None]:
        """What the places that are touched hold afterwards, in the order of the keys."""
        touched: dict[str, dict[str, Listed]] = {}

        def at(place: str) -> dict[str, Listed]:
            if place not in touched:
                touched[place] = {one.key: one for one in self.named.get(place) or ()}
            return touched[place]

        for key, listed in after.items():
            if before := self.entries.get(key):
                at(before.place).pop(key, None)
            if listed is not None:
                at(listed.place)[key] = listed
        return {place: tuple(found[key] for key in sorted(found)) or None for place, found in touched.items()}


def _key(topic: str, entry_id: str) -> str:
    return f"{topic}/{entry_id}"


def _beginning(text: str) -> str:
    """Where patterns lie that begin so: no link looks like it."""
    return "^" + text


def _in_force(listed: Listed, now_ms: int) -> bool:
    expires_at = listed.entry.expires_at
    return expires_at is None or milliseconds(expires_at) > now_ms


def _met(found: list[tuple[Entry, Role]]) -> Met:
    tips = [_match(entry, role) for entry, role in found if isinstance(entry, Tip)]
    senders = [entry for entry, role in found if isinstance(entry, Sender) and role == "consignor"]
    licences = [entry for entry, role in found if isinstance(entry, Licence) and role != "consignee"]
    worst = min(senders, key=lambda one: (_WORST_FIRST[one.grade], one.sender_id), default=None)
    return Met(
        tips=tuple(sorted(tips, key=lambda match: (match.entry_id, match.role))[:MOST_TIPS]),
        grade=None if worst is None else worst.grade,
        business=None if worst is None else worst.business,
        licence=_widest(licences),
    )


def _match(tip: Tip, role: Role) -> Match:
    return Match(
        entry_id=tip.tip_id, kind=tip.target.kind, role=role, source=tip.source, reference=tip.reference
    )


def _widest(licences: list[Licence]) -> LicenceMatch | None:
    if not licences:
        return None
    best = min(licences, key=lambda one: (-_covered_g(one), not one.e_cigarettes, one.licence_id))
    return LicenceMatch(
        entry_id=best.licence_id,
        sticks=best.sticks,
        tobacco_g=best.tobacco_g,
        e_cigarettes=best.e_cigarettes,
    )


def _covered_g(licence: Licence) -> float:
    """Grams of tobacco that a licence covers, as cigarettes or loose."""
    sticks = inf if licence.sticks is None else licence.sticks
    return sticks * G_PER_STICK + (inf if licence.tobacco_g is None else licence.tobacco_g)
