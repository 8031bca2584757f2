"""Taking what devices send: each entry once, whoever sends it how often, and none of it ever lost.

A picture is in the evidence store before its entry is in the database, and the entry stands in the same
transaction as all that follows from it: who dies in between has said nothing yet, and says it again.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from screener.errors import BadInput
from screener.review import actions, acts, audit, database, parcels, photographs, search
from screener.review.audit import Deed, Details
from screener.review.errors import Denied, Hidden
from screener.review.photographs import Kept
from screener.review.rights import Reviewer
from screener.review.service import Service
from screener.review.station import scans
from screener.review.station.posting import Posting, posting_of
from screener.review.station.sent import Sent, move_of, shot_of
from screener.review.station.tables import station_entry

OTHER: Final = BadInput("entry_other", "uuid: expected one that is not in use, got that of another entry")


class Answer(Struct, frozen=True, kw_only=True):
    """What became of an entry; a repeat is given the same."""

    entry: int
    state: str
    parcel: int | None = None
    version: int | None = None
    scan: int | None = None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Effect:
    """What an entry did to its parcel; `training`: it answered one that is none, which is there no more."""

    training: bool = False
    version: int | None = None
    action: int | None = None
    photograph: int | None = None
    scan: int | None = None


@dataclass(frozen=True, slots=True)
class Doing:
    """What an entry says, about to be done by `who` on a parcel.

    `version` is how the parcel stood for who entered it, None where that is not known; `action` is what a
    photograph belongs to.
    """

    connection: Connection
    service: Service
    who: Reviewer
    now: datetime
    item_id: int
    kind: str
    fields: dict[str, Any]
    kept: Kept | None
    version: int | None = None
    action: int | None = None


@dataclass(frozen=True, slots=True)
class _Taking:
    """An entry that is being taken, its picture kept."""

    connection: Connection
    service: Service
    who: Reviewer
    now: datetime
    sent: Sent
    kept: Kept | None

    @property
    def barcode(self) -> str:
        return self.sent.barcode.strip()

    @property
    def posting(self) -> Posting:
        return posting_of(self.who, self.service.settings.agency)


def take(service: Service, who: Reviewer, sent: Sent, content: bytes = b"") -> Answer:
    """Take an entry, or say again what became of it.

    Raises `Denied`, `Conflict`, `BadInput`, `Hidden`, `Unavailable`; then nothing has changed but that its
    picture may lie in the evidence store already.
    """
    posting_of(who, service.settings.agency)
    if sent.person != who.person:
        raise Denied("this entry is another person's, who has to sign in to send it")
    with database.reading(service.engine) as connection:
        if (known := _known(connection, who, sent)) is not None:
            return known
    kept = _kept(service, sent, content)
    with database.writing(service.engine) as connection:
        return _entered(_Taking(connection, service, who, service.clock(), sent, kept))


def carried_out(doing: Doing) -> Effect:
    """Do on the parcel what the entry says. Raises as `actions.act` and `photographs.enter` do."""
    if doing.kind == "photograph":
        return Effect(photograph=_photograph(doing))
    return _moved(doing)


def _known(connection: Connection, who: Reviewer, sent: Sent) -> Answer | None:
    query = select(station_entry.c.person, station_entry.c.digest, station_entry.c.answer)
    row = connection.execute(query.where(station_entry.c.uuid == sent.uuid)).first()
    if row is None:
        return None
    if row.person != who.person or row.digest != sent.digest:
        raise OTHER
    return msgspec.json.decode(row.answer, type=Answer)


def _kept(service: Service, sent: Sent, content: bytes) -> Kept | None:
    """The picture that came with it, in the evidence store. Raises `BadInput`, `Unavailable`."""
    if sent.sha256 is None:
        return None
    if hashlib.sha256(content).hexdigest() != sent.sha256:
        raise BadInput("entry_damaged", f"picture: expected SHA-256 {sent.sha256}, got another")
    if sent.kind == "picture":
        return scans.keep(service, content)
    kind = _photograph_type(content)
    return photographs.keep(service.store, service.sandbox, service.settings, content, kind)


def _photograph_type(content: bytes) -> str:
    """By its first bytes: what a device says of a file is not worth more."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"


def _entered(at: _Taking) -> Answer:
    number = _begun(at)
    if number is None:  # another request with it was faster
        answer = _known(at.connection, at.who, at.sent)
        assert answer is not None
        return answer
    item_id = None if at.sent.handed else _parcel_of(at)
    effect = _effect(at, number, item_id)
    trained = effect.training or (item_id is None and not at.sent.handed and _was_training(at))
    stands = trained or item_id is not None
    answer = Answer(
        entry=number,
        state="handed" if at.sent.handed else "done" if stands else "unmatched",
        parcel=None if trained else item_id,
        version=effect.version,
        scan=effect.scan,
        received_at=audit.whole_ms(at.now),
    )
    _finish(at.connection, answer, effect)
    _record(at, answer)
    return answer


def _begun(at: _Taking) -> int | None:
    """The row of the entry, or None where its number is in use: whoever comes second waits for the first."""
    dialect: Any = postgresql if at.connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(station_entry).values(_row(at)).on_conflict_do_nothing(index_elements=["uuid"])
    found: int | None = at.connection.execute(made.returning(station_entry.c.id)).scalar_one_or_none()
    return found


def _row(at: _Taking) -> dict[str, Any]:
    posting, sent, kept = at.posting, at.sent, at.kept
    return {
        "uuid": sent.uuid,
        "digest": sent.digest,
        "person": at.who.person,
        "kind": sent.kind,
        "barcode": at.barcode,
        "said": sent.said,
        "sha256": None if kept is None else kept.sha256,
        "address": None if kept is None else kept.address,
        "content_type": None if kept is None else kept.content_type,
        "bytes": None if kept is None else kept.size_bytes,
        "made_at": sent.made_at,
        "sent_at": sent.sent_at,
        "received_at": at.now,
        "hub": posting.hub,
        "agency": posting.agency,
        "state": "unmatched",
        "why": sent.why,
    }


def _parcel_of(at: _Taking) -> int | None:
    """The parcel of an entry, or None where there is none that this person may see.

    As long as an earlier entry of the same barcode waits for its parcel the later ones wait with it.
    """
    if not at.barcode or _waits(at):
        return None
    home = at.service.settings.agency
    if at.sent.parcel is not None:
        with suppress(Hidden):
            return parcels.find(at.connection, at.who, home, at.sent.parcel).id
    return search.by_barcode(at.connection, at.who, home, at.barcode)


def _waits(at: _Taking) -> bool:
    own = (station_entry.c.person == at.who.person, station_entry.c.barcode == at.barcode)
    earlier = select(station_entry.c.id).where(*own, station_entry.c.state == "unmatched")
    # its own row is there already, as one that has no parcel yet
    return len(at.connection.execute(earlier.limit(2)).all()) > 1


def _was_training(at: _Taking) -> bool:
    """Whether this person answered a parcel for training of this barcode: such entries have no parcel."""
    own = (station_entry.c.person == at.who.person, station_entry.c.barcode == at.barcode)
    done = (station_entry.c.state == "done", station_entry.c.parcel.is_(None))
    query = select(station_entry.c.id).where(*own, *done).limit(1)
    return bool(at.barcode) and at.connection.scalar(query) is not None


def _effect(at: _Taking, number: int, item_id: int | None) -> Effect:
    if item_id is None:
        return Effect(scan=_scan(at, number, None)) if at.sent.kind == "picture" else Effect()
    if at.sent.kind == "picture":
        return Effect(scan=_scan(at, number, item_id))
    before = _before(at, item_id)
    doing = Doing(
        at.connection,
        at.service,
        at.who,
        at.now,
        item_id,
        kind=at.sent.kind,
        fields=at.sent.fields,
        kept=at.kept,
        version=at.sent.version if before is None else before.version,
        action=None if before is None else before.action,
    )
    return carried_out(doing)


def _before(at: _Taking, item_id: int) -> Row[Any, Any] | None:
    """The entry of the same parcel that this one was made after, if we have it."""
    own = (station_entry.c.person == at.who.person, station_entry.c.parcel == item_id)
    query = select(station_entry.c.version, station_entry.c.action)
    return at.connection.execute(query.where(station_entry.c.uuid == at.sent.after, *own)).first()


def _scan(at: _Taking, number: int, item_id: int | None) -> int:
    assert at.kept is not None
    given = (at.connection, at.who, at.service.settings, at.now, number)
    return scans.enter(*given, item_id=item_id, kept=at.kept, shot=shot_of(at.sent.fields))


def _moved(doing: Doing) -> Effect:
    settings = doing.service.settings
    item = acts.locked(doing.connection, doing.who, settings.agency, doing.item_id)
    # a note says nothing of how the parcel stands
    shown = item.version if doing.version is None or doing.kind == "note" else doing.version
    action = actions.act(
        doing.connection,
        doing.who,
        settings,
        doing.now,
        item.id,
        version=shown,
        move=move_of(doing.kind, doing.fields),
        allowed=doing.service.allowed,
    )
    if action == actions.TRAINING:
        return Effect(training=True)
    now = parcels.find(doing.connection, doing.who, settings.agency, item.id)
    return Effect(version=now.version, action=action)


def _photograph(doing: Doing) -> int:
    assert doing.kept is not None
    return photographs.enter(
        doing.connection,
        doing.who,
        doing.service.settings,
        doing.now,
        doing.item_id,
        kept=doing.kept,
        action_id=doing.action,
    )


def _finish(connection: Connection, answer: Answer, effect: Effect) -> None:
    values = {
        "state": answer.state,
        "parcel": answer.parcel,
        "version": effect.version,
        "action": effect.action,
        "photograph": effect.photograph,
        "answer": msgspec.json.encode(answer).decode(),
    }
    connection.execute(update(station_entry).where(station_entry.c.id == answer.entry).values(values))


def _record(at: _Taking, answer: Answer) -> None:
    target = f"{at.posting.hub}/station-entry-{answer.entry}"
    if answer.parcel is not None:
        target = parcels.find(at.connection, at.who, at.service.settings.agency, answer.parcel).key
    details: Details = {
        "entry": answer.entry,
        "uuid": at.sent.uuid,
        "kind": at.sent.kind,
        "made_at": at.sent.made_at.isoformat(),
        "state": answer.state,
        "sha256": at.sent.sha256,
    }
    audit.record(at.connection, Deed(at.now, at.who.name, "station_entry", target, details))
