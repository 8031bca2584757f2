"""A parcel for training in place of the next real one: made when it is given, for one person alone.

Nothing of it may tell: its row is the newest, it was decided seconds ago, its numbers look like those of its
hub, its people exist in no list, and its place in the queue is that of the parcel it is given instead of.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, Select, insert, or_, select, update

from screener.config import ReviewSettings
from screener.contracts.reading import encode
from screener.contracts.wire import Flagged, FlaggedScan
from screener.review import audit, claims, flagging, search
from screener.review.audit import Deed
from screener.review.fiction import clearing, library, naming, pacing
from screener.review.fiction.pacing import Turn
from screener.review.fiction.tables import fiction, given
from screener.review.ledger.tables import decided
from screener.review.likeness import BYTES, NOTHING
from screener.review.networks.tables import tie
from screener.review.parcels import COLUMNS, ON_BELT, Item, item_of, real, visible
from screener.review.queue import Filters, free
from screener.review.rights import Reviewer, Verb
from screener.review.rules import TO_DECIDE
from screener.review.schema import flag, link, parcel, scan
from screener.sealing.ring import KeyRing

FRESH_S: Final = (2.0, 15.0)
"""So long ago it was decided: after the reader's queue was shown last."""

AMONG: Final = 8
"""So many of the newest numbers of a hub say which of their digits run."""

OPEN_STATES: Final = frozenset({"waiting", "open", "all"})


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for the next parcel, when, in which transaction, and what the workstation knows."""

    connection: Connection
    ring: KeyRing
    settings: ReviewSettings
    who: Reviewer
    now: datetime


def take(asking: Asking, filters: Filters, *, passed: Collection[int] = ()) -> Item | None:
    """A parcel for training, claimed, where it is this person's turn; None where the next real one is.

    Never while a real parcel waits on the belt, nor where none would be next, nor under a number that could
    be another's.
    """
    connection, who, home = asking.connection, asking.who, asking.settings.agency
    if not who.anywhere(Verb.DECIDE):
        return None
    turn = pacing.turn(connection, who, asking.now, asking.settings.tip_rate)
    if not turn.is_due(asking.ring) or not _suits(filters) or _belt_waits(asking):
        return None
    instead = claims.upcoming(connection, who, home, asking.now, filters, passed=passed)
    chosen = _chosen(asking, filters, turn)
    if instead is None or chosen is None:
        return None
    clearing.sweep(connection, asking.now)
    try:
        return _given(asking, chosen, instead, turn)
    except naming.Exhausted:  # before anything was written
        return None


def _suits(filters: Filters) -> bool:
    """Whether what is asked for may be something that just came."""
    others = filters.due is None and not filters.mine and not filters.handed and filters.q is None
    return filters.state in OPEN_STATES and others


def _belt_waits(asking: Asking) -> bool:
    """Whether the belt waits for a real parcel, or has just given up waiting: that one comes first."""
    waiting = select(parcel.c.id).where(
        visible(asking.who, Verb.DECIDE, asking.settings.agency),
        parcel.c.state.in_(sorted(TO_DECIDE)),
        parcel.c.due_at >= asking.now - ON_BELT,
        free(asking.now),
    )
    return _any(asking.connection, waiting)


def _chosen(asking: Asking, filters: Filters, turn: Turn) -> Row[Any] | None:
    """One of those this person has not had, drawn: with a load or without, as often, then which."""
    had = select(given.c.fiction).where(given.c.person == asking.who.person)
    query = select(fiction.c.id, fiction.c.hub, fiction.c.kind).where(
        fiction.c.ended_at.is_(None), fiction.c.id.not_in(had), *_filtered(filters)
    )
    rows = asking.connection.execute(query.order_by(fiction.c.id)).all()
    mine = [row for row in rows if asking.who.may(Verb.DECIDE, row.hub, asking.settings.agency)]
    clean = turn.drawn(asking.ring, "load") < 0.5
    rest = [row for row in mine if (row.kind == library.NONE) is clean] or mine
    if not rest:
        return None
    number = rest[int(turn.drawn(asking.ring, "which") * len(rest))].id
    return asking.connection.execute(select(fiction).where(fiction.c.id == number)).one()


def _filtered(filters: Filters) -> list[ColumnElement[bool]]:
    """Those that these filters would show."""
    asked = {"hub": filters.hub, "courier": filters.courier, "why": filters.why, "grade": filters.grade}
    asked["shown_kind"] = filters.kind
    found = [fiction.c[name] == value for name, value in asked.items() if value is not None]
    return found if filters.tip is None else [*found, fiction.c.tip.is_(filters.tip)]


def _given(asking: Asking, chosen: Row[Any], instead: Item, turn: Turn) -> Item:
    """The parcel itself, with all that the intake keeps of a real one."""
    connection, who = asking.connection, asking.who
    flagged = _as_if_new(asking, library.message_of(chosen), instead, turn)
    decision = flagged.decision
    row = {"fiction": chosen.id, "person": who.person, "hub": decision.hub, "parcel_id": decision.parcel_id}
    made = insert(given).values(row | {"at": asking.now}).returning(given.c.id)
    number = int(connection.execute(made).scalar_one())
    item = _entered(asking, flagged, number)
    _keep_beside(connection, item, flagged, chosen.signatures)
    said: audit.Details = {"training": chosen.id, "given": number}
    audit.record(connection, Deed(asking.now, who.name, "fiction_given", item.key, said))
    return item


def _entered(asking: Asking, flagged: Flagged, number: int) -> Item:
    """The row of the parcel, claimed."""
    settings, decision = asking.settings, flagged.decision
    row = flagging.columns(flagged, flagged.manifest, timedelta(days=settings.file_within_days))
    row |= {"hub": decision.hub, "parcel_id": decision.parcel_id, "flagged": encode(flagged)}
    row |= {"fiction": number, "claimed_by": asking.who.person}
    row |= {"lease_until": asking.now + timedelta(seconds=settings.lease_s)}
    return item_of(asking.connection.execute(insert(parcel).values(row).returning(*COLUMNS)).one())


def _keep_beside(connection: Connection, item: Item, flagged: Flagged, signatures: bytes) -> None:
    """Links, words to search for, its decision, and what its views look like."""
    rows = [
        {"parcel": item.id, "role": role, "kind": kind, "hash": value}
        for role, kind, value in flagging.links(flagged.manifest)
    ]
    if rows:
        connection.execute(insert(link), rows)
    search.keep(connection, item.id, flagged)
    for number in range(1, len(flagged.scans) + 1):
        said = signatures[(number - 1) * BYTES : number * BYTES]
        own = (scan.c.parcel == item.id, scan.c.number == number)
        connection.execute(update(scan).where(*own).values(signature=said if said.strip(b"\0") else NOTHING))
    history = {"parcel": item.id, "revision": item.revision, "topic": "", "partition": 0, "offset": item.id}
    connection.execute(insert(flag).values(history | {"value": encode(flagged), "at": item.flagged_at}))


def _as_if_new(asking: Asking, flagged: Flagged, instead: Item, turn: Turn) -> Flagged:
    """The message as it were, had the parcel come just now, with numbers of its own."""
    rng = np.random.default_rng(int(turn.drawn(asking.ring, "numbers") * 2**53))
    newest = _newest(asking.connection, flagged.decision.hub)
    named, waybill = newest[0] if newest else (flagged.decision.parcel_id, "")
    names = _Names(asking.connection, rng, flagged.decision.hub, tuple(chain.from_iterable(newest)))
    parcel_id = names.parcel(named)
    moved = library.renamed(flagged, asking.ring, parcel_id)
    if (manifest := moved.manifest) is not None:
        waybill = names.waybill(waybill or manifest.waybill, named, parcel_id)
        moved = replace(moved, manifest=replace(manifest, waybill=waybill))
    scans = names.scans(moved.scans, flagged.decision.parcel_id, parcel_id)
    moved = replace(moved, scans=scans, priority=_place(instead, rng))
    decided_at = asking.now - timedelta(seconds=rng.uniform(*FRESH_S))
    shifted: Flagged = _shifted(moved, decided_at - moved.decision.decided_at)
    return shifted


def _newest(connection: Connection, hub: str) -> list[tuple[str, str]]:
    """Number and waybill of the newest real parcels of the hub, after which others are called."""
    query = select(parcel.c.parcel_id, parcel.c.waybill).where(parcel.c.hub == hub, real())
    rows = connection.execute(query.order_by(parcel.c.id.desc()).limit(AMONG))
    return [(row.parcel_id, row.waybill) for row in rows]


def _place(instead: Item, rng: np.random.Generator) -> float:
    """A place just before that of the parcel that it is given instead of."""
    return instead.priority + abs(instead.priority) * 1e-6 * (1 + float(rng.random())) + 1e-9


@dataclass(frozen=True, slots=True)
class _Names:
    """Draws numbers that look like known ones and are nobody's."""

    connection: Connection
    rng: np.random.Generator
    hub: str
    among: tuple[str, ...]

    def parcel(self, known: str) -> str:
        return naming.like(known, self.rng, self._is_parcel, self.among)

    def waybill(self, known: str, of: str, parcel_id: str) -> str:
        """Made from the parcel's number where that of the parcel `of` was."""
        made = naming.along(known, of, parcel_id)
        if made and not self._is_parcel(made):
            return made
        return naming.like(known, self.rng, self._is_parcel, self.among)

    def scans(self, scans: tuple[FlaggedScan, ...], of: str, parcel_id: str) -> tuple[FlaggedScan, ...]:
        """The views under numbers of their own; those that shared one share it still."""
        known = dict.fromkeys(one.scan.scan_id for one in scans)
        names = {one: self._scan(one, of, parcel_id) for one in known}
        return tuple(replace(one, scan=replace(one.scan, scan_id=names[one.scan.scan_id])) for one in scans)

    def _scan(self, known: str, of: str, parcel_id: str) -> str:
        made = naming.along(known, of, parcel_id)
        return made if made and not self._is_scan(made) else naming.like(known, self.rng, self._is_scan)

    def _is_parcel(self, text: str) -> bool:
        """Whether any parcel has this number, one that passed unseen or is tied to others among them."""
        same = or_(parcel.c.parcel_id == text, parcel.c.waybill == text)
        passed = select(decided.c.id).where(decided.c.hub == self.hub, decided.c.parcel_id == text)
        tied = select(tie.c.id).where(tie.c.parcel_id == text)
        return any(_any(self.connection, query) for query in (select(parcel.c.id).where(same), passed, tied))

    def _is_scan(self, text: str) -> bool:
        return _any(self.connection, select(scan.c.parcel).where(scan.c.scan_id == text))


def _shifted(value: Any, by: timedelta) -> Any:
    """The same message with all of its times moved alike."""
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, Struct):
        fields = {name: _shifted(getattr(value, name), by) for name in value.__struct_fields__}
        return type(value)(**fields)
    if isinstance(value, tuple):
        return tuple(_shifted(one, by) for one in value)
    return value


def _any(connection: Connection, query: Select[Any]) -> bool:
    return connection.scalar(query.limit(1)) is not None
