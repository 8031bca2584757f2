"""Entries whose parcel nobody knew, or that were in conflict: kept until a supervisor settles them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, select, update

from screener.errors import BadInput
from screener.review import acts, audit, authority, moves, parcels
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.photographs import Kept
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person
from screener.review.search import by_barcode
from screener.review.service import Service
from screener.review.station import posting
from screener.review.station.entries import Doing, carried_out
from screener.review.station.tables import station_entry, station_scan

OPEN: Final = ("unmatched", "handed")
MOST: Final = 200
"""Entries at once on the page; the oldest come first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry that stands on no parcel yet; `fits` is a parcel of its barcode that came meanwhile."""

    id: int
    kind: str
    barcode: str
    fields: dict[str, Any]
    by_shown: str
    hub: str
    made_at: datetime
    received_at: datetime
    state: str
    why: str
    sha256: str | None
    scan: int | None
    mine: bool
    fits: int | None = None


def waiting(connection: Connection, who: Reviewer, home: str, limit: int = MOST) -> tuple[Entry, ...]:
    """What waits for a supervisor and `who` may see, the oldest first."""
    query = _QUERY.where(station_entry.c.state.in_(OPEN), posting.visible(who, home))
    rows = connection.execute(query.order_by(station_entry.c.id).limit(limit)).all()
    fits = {
        code: by_barcode(connection, who, home, code) for code in {row.barcode for row in rows if row.barcode}
    }
    return tuple(_entry_of(row, who, fits.get(row.barcode)) for row in rows)


def tie(connection: Connection, service: Service, who: Reviewer, numbers: Sequence[int], *, code: str) -> int:
    """Carry entries out on the parcel of this barcode, in order: all of them or none; the parcel's row.

    What they say was done by those who entered it; that it stands on this parcel is said by `who`.
    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    home = service.settings.agency
    item_id = by_barcode(connection, who, home, code)
    if item_id is None:
        raise BadInput("entry_no_parcel", "code: expected the barcode of a parcel")
    item = acts.locked(connection, who, home, item_id)
    for number in sorted(numbers):
        row, now = _settled_by(connection, who, home, number), service.clock()
        _finish(connection, who, now, row, _tied(connection, service, who, item.id, row))
        details: audit.Details = {"entry": row.id, "kind": row.kind, "from": _target(row)}
        audit.record(connection, Deed(now, who.name, "station_tied", item.key, details))
    return item_id


def settle(connection: Connection, service: Service, who: Reviewer, number: int, *, note: str) -> None:
    """Leave an entry without a parcel for good, saying why. Raises `Hidden`, `Conflict`, `BadInput`."""
    row, now = _settled_by(connection, who, service.settings.agency, number), service.clock()
    said = moves.given(note.strip(), moves.Said)
    _finish(connection, who, now, row, {"settled_note": said})
    audit.record(connection, Deed(now, who.name, "station_settled", _target(row), {"note": said}))


def photograph(connection: Connection, who: Reviewer, home: str, number: int) -> tuple[Kept, str]:
    """The photograph of an entry that `who` may see, and what the record calls it. Raises `Hidden`."""
    own = (station_entry.c.id == number, station_entry.c.kind == "photograph", posting.visible(who, home))
    row = connection.execute(select(station_entry).where(*own)).first()
    kept = None if row is None else _kept_of(row)
    if row is None or kept is None:
        raise Hidden(NONE)
    return kept, _target(row)


def _settled_by(connection: Connection, who: Reviewer, home: str, number: int) -> Row[Any]:
    """An open entry that `who` may settle, locked until the transaction ends."""
    own = (station_entry.c.id == number, posting.supervised(who, home))
    row = connection.execute(select(station_entry).where(*own).with_for_update()).first()
    if row is None:
        raise Hidden(NONE)
    if row.state not in OPEN:
        raise Conflict("this entry was settled already")
    return row


def _tied(
    connection: Connection, service: Service, who: Reviewer, item_id: int, row: Row[Any]
) -> dict[str, Any]:
    """What the row of an entry says once it stands on a parcel."""
    if row.kind == "picture":
        home = service.settings.agency
        item = parcels.find(connection, who, home, item_id)
        authority.check_at_hand(connection, who, Verb.DECIDE, home, item)
        own = station_scan.c.entry == row.id
        connection.execute(update(station_scan).where(own).values(parcel=item_id))
        return {"parcel": item_id}
    fields, kept = msgspec.json.decode(row.said), _kept_of(row)
    now = service.clock()
    effect = carried_out(
        Doing(connection, service, who, now, item_id, kind=row.kind, fields=fields, kept=kept)
    )
    return {
        "parcel": None if effect.training else item_id,
        "version": effect.version,
        "action": effect.action,
        "photograph": effect.photograph,
    }


def _finish(
    connection: Connection, who: Reviewer, now: datetime, row: Row[Any], values: dict[str, Any]
) -> None:
    values = values | {"state": "settled", "settled_by": who.person, "settled_at": now}
    connection.execute(update(station_entry).where(station_entry.c.id == row.id).values(values))


def _kept_of(row: Row[Any]) -> Kept | None:
    return None if row.sha256 is None else Kept(row.sha256, row.address, row.content_type, row.bytes)


def _target(row: Row[Any]) -> str:
    return f"{row.hub}/station-entry-{row.id}"


_QUERY: Final = (
    select(station_entry, person.c.shown, station_scan.c.id.label("scan"))
    .join(person, person.c.id == station_entry.c.person)
    .outerjoin(station_scan, station_scan.c.entry == station_entry.c.id)
)


def _entry_of(row: Row[Any], who: Reviewer, fits: int | None) -> Entry:
    return Entry(
        id=row.id,
        kind=row.kind,
        barcode=row.barcode,
        fields=msgspec.json.decode(row.said),
        by_shown=row.shown,
        hub=row.hub,
        made_at=row.made_at,
        received_at=row.received_at,
        state=row.state,
        why=row.why,
        sha256=row.sha256,
        scan=row.scan,
        mine=row.person == who.person,
        fits=fits,
    )
