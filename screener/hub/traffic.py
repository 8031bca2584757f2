"""A hub's traffic as it is in life: messages that come twice, late, broken, or never.

At most one mishap befalls a parcel, so that what was sent of it can be told in one line. Everything
follows from a seed, parcel by parcel.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from screener.errors import BadConfig
from screener.hub.chance import Rng, chance, one_of
from screener.hub.corruption import corrupt, kinds_for
from screener.hub.parcel import TrafficParcel, manifest_of, scans_of
from screener.hub.rescan import scanned_again
from screener.hub.sent import Again, Half, Mishap, Sent, account
from screener.stream.port import Message

_MISHAPS = 0x3155
"""What the draws of this module are for, among all draws of one parcel."""


@dataclass(frozen=True, slots=True)
class Mix:
    """What share of the parcels meets with which mishap.

    Late messages, second ones and re-scans come up to `late_by` parcels later, of which one comes every
    `step_s` seconds (for the times that re-scans bear).
    """

    duplicates: float = 0.0
    late: float = 0.0
    missing: float = 0.0
    corrupt: float = 0.0
    no_barcode: float = 0.0
    late_by: int = 20
    rescans: float = 0.0
    step_s: float = 0.0

    def __post_init__(self) -> None:
        shares = self.shares.values()
        if min(shares) < 0 or sum(shares) > 1 + 1e-9:
            got = ", ".join(f"{mishap} {share:g}" for mishap, share in self.shares.items())
            raise BadConfig(f"traffic: expected shares from 0 to 1 that sum to at most 1, got {got}")
        if self.late_by < 1:
            raise BadConfig(f"traffic: expected late messages 1 parcel late or more, got {self.late_by}")

    @property
    def shares(self) -> Mapping[Mishap, float]:
        return {
            Mishap.DUPLICATE: self.duplicates,
            Mishap.LATE: self.late,
            Mishap.MISSING: self.missing,
            Mishap.CORRUPT: self.corrupt,
            Mishap.NO_BARCODE: self.no_barcode,
            Mishap.RESCAN: self.rescans,
        }


@dataclass(frozen=True, slots=True)
class Departure:
    """What leaves the hub at one step (a parcel's number): its own messages, and late ones of others.

    `sent` tells all that is sent of the parcel of this step, now and later; None once all have been.
    """

    step: int
    messages: tuple[Message, ...]
    sent: Sent | None


Timed = tuple[int, Message]
"""How many steps after its parcel a message leaves, and the message."""


def traffic(parcels: Iterable[TrafficParcel], mix: Mix, seed: int) -> Iterator[Departure]:
    """The departures of all parcels in order; what is still late at the end leaves in further steps."""
    late: list[tuple[int, int, Message]] = []
    ties = itertools.count()
    for step, parcel in enumerate(parcels):
        timed, sent = depart(parcel, mix, chance(seed, step, _MISHAPS))
        for delay, message in timed:
            heapq.heappush(late, (step + delay, next(ties), message))
        yield Departure(step, _due(late, step), sent)
    while late:
        step = late[0][0]
        yield Departure(step, _due(late, step), None)


def depart(parcel: TrafficParcel, mix: Mix, rng: Rng) -> tuple[list[Timed], Sent]:
    """All messages of one parcel with their delays, and the account of them."""
    mishap = _drawn(mix, rng)
    half = one_of(rng, tuple(Half)) if mishap in _OF_ONE_HALF else None
    fate = _FATES[mishap](parcel, half, mix, rng)
    sent = account(
        parcel,
        mishap,
        half,
        len(fate.timed),
        corruption=fate.corruption,
        rescan=fate.rescan,
        rescan_id=fate.rescan_id,
    )
    return fate.timed, sent


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a parcel's messages."""

    timed: list[Timed]
    corruption: str | None = None
    rescan: Again | None = None
    rescan_id: str | None = None


def _sound(parcel: TrafficParcel, _half: Half | None, _mix: Mix, _rng: Rng) -> Fate:
    return _on_time([manifest_of(parcel), *scans_of(parcel)])


def _no_barcode(parcel: TrafficParcel, _half: Half | None, _mix: Mix, _rng: Rng) -> Fate:
    return _on_time([manifest_of(parcel), *scans_of(parcel, barcode=False)])


def _duplicate(parcel: TrafficParcel, half: Half | None, mix: Mix, rng: Rng) -> Fate:
    """One message once more, byte for byte."""
    messages = [manifest_of(parcel), *scans_of(parcel)]
    twice = messages[0] if half is Half.MANIFEST else one_of(rng, messages[1:])
    delay = int(rng.integers(0, mix.late_by + 1))
    return Fate([*((0, message) for message in messages), (delay, twice)])


def _late(parcel: TrafficParcel, half: Half | None, mix: Mix, rng: Rng) -> Fate:
    delay = int(rng.integers(1, mix.late_by + 1))
    manifest, scans = (delay, 0) if half is Half.MANIFEST else (0, delay)
    return Fate([(manifest, manifest_of(parcel)), *((scans, scan) for scan in scans_of(parcel))])


def _missing(parcel: TrafficParcel, half: Half | None, _mix: Mix, rng: Rng) -> Fate:
    """The manifest never comes, or no scan does, or one of several views does not."""
    manifest, scans = manifest_of(parcel), scans_of(parcel)
    if half is Half.MANIFEST:
        return _on_time(scans)
    if len(scans) == 1 or rng.random() < 0.5:
        return _on_time([manifest])
    del scans[int(rng.integers(len(scans)))]
    return _on_time([manifest, *scans])


def _corrupt(parcel: TrafficParcel, half: Half | None, _mix: Mix, rng: Rng) -> Fate:
    """One message comes broken, in place of its sound self."""
    messages = [manifest_of(parcel), *scans_of(parcel)]
    place = 0 if half is Half.MANIFEST else int(rng.integers(1, len(messages)))
    kind = one_of(rng, kinds_for(messages[place]))
    messages[place] = corrupt(messages[place], kind, rng)
    return Fate([(0, message) for message in messages], kind)


def _rescan(parcel: TrafficParcel, _half: Half | None, mix: Mix, rng: Rng) -> Fate:
    """All views once more, later: as it lay, or turned round on the belt."""
    how = one_of(rng, tuple(Again))
    delay = int(rng.integers(1, mix.late_by + 1))
    again = scanned_again(parcel, how, timedelta(seconds=delay * mix.step_s))
    first = [manifest_of(parcel), *scans_of(parcel)]
    timed = [*((0, message) for message in first), *((delay, scan) for scan in scans_of(again))]
    return Fate(timed, rescan=how, rescan_id=again.scan_id)


_FATES: Mapping[Mishap, Callable[[TrafficParcel, Half | None, Mix, Rng], Fate]] = {
    Mishap.NONE: _sound,
    Mishap.DUPLICATE: _duplicate,
    Mishap.LATE: _late,
    Mishap.MISSING: _missing,
    Mishap.CORRUPT: _corrupt,
    Mishap.NO_BARCODE: _no_barcode,
    Mishap.RESCAN: _rescan,
}
_OF_ONE_HALF = frozenset({Mishap.DUPLICATE, Mishap.LATE, Mishap.MISSING, Mishap.CORRUPT})


def _drawn(mix: Mix, rng: Rng) -> Mishap:
    drawn = float(rng.random())
    for mishap, share in mix.shares.items():
        if drawn < share:
            return mishap
        drawn -= share
    return Mishap.NONE


def _on_time(messages: Iterable[Message]) -> Fate:
    return Fate([(0, message) for message in messages])


def _due(late: list[tuple[int, int, Message]], step: int) -> tuple[Message, ...]:
    due = []
    while late and late[0][0] <= step:
        due.append(heapq.heappop(late)[2])
    return tuple(due)
