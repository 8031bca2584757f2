"""The parcels for training that lie ready: what was laid over which scan, and the message that tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Flagged, Party
from screener.review import audit, flagging
from screener.review.audit import Deed
from screener.review.fiction.tables import fiction
from screener.review.likeness import BYTES
from screener.review.rights import Reviewer
from screener.sealing.parties import party_aad, seal_party, unseal_party
from screener.sealing.ring import KeyRing

NONE = "none"
"""The kind of those over which nothing was laid."""

Box = tuple[float, float, float, float]
"""Left, top, width and height as shares of the picture's."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is in a parcel for training; `boxes` says of each view where it lies, None where nothing does."""

    kind: str
    load: str = ""
    sticks: int = 0
    tobacco_g: float = 0.0
    e_cigarettes: int = 0
    boxes: tuple[Box | None, ...] = ()

    @property
    def loaded(self) -> bool:
        return self.kind != NONE


@dataclass(frozen=True, slots=True)
class Stock:
    """How many lie ready, with a load and without."""

    loaded: int
    clean: int


def add(
    connection: Connection,
    who: Reviewer,
    now: datetime,
    truth: Truth,
    flagged: Flagged,
    *,
    source: int,
    source_sha256: str,
    signatures: Sequence[bytes],
) -> int:
    """Keep one; its manifest names nobody who exists. `signatures` are those of its views, in order."""
    shown = flagged.manifest
    row = {
        "kind": truth.kind,
        "load": truth.load,
        "sticks": truth.sticks,
        "tobacco_g": truth.tobacco_g,
        "e_cigarettes": truth.e_cigarettes,
        "boxes": msgspec.json.encode(truth.boxes).decode(),
        "hub": flagged.decision.hub,
        "courier": "" if shown is None else shown.courier[: flagging.LONGEST_COURIER],
        "shown_kind": flagging.kind(flagged),
        "why": flagged.decision.selection.why.value,
        "grade": None,
        "tip": False,
        "source": source,
        "source_sha256": source_sha256,
        "made_at": now,
        "made_by": who.name,
        "signatures": b"".join(one.ljust(BYTES, b"\0") for one in signatures),
        "flagged": encode(flagged),
    }
    number = int(connection.execute(insert(fiction).values(row).returning(fiction.c.id)).scalar_one())
    audit.record(connection, Deed(now, who.name, "fiction_made", f"training/{number}", {"load": truth.load}))
    return number


def end(connection: Connection, who: Reviewer, now: datetime) -> int:
    """Nobody is given any of those that lie ready; how many there were."""
    done = connection.execute(update(fiction).where(fiction.c.ended_at.is_(None)).values(ended_at=now))
    audit.record(connection, Deed(now, who.name, "fiction_ended", "training", {"count": done.rowcount}))
    return done.rowcount


def stock(connection: Connection) -> Stock:
    """What lies ready."""
    clean = fiction.c.kind == NONE
    query = select(clean, func.count()).where(fiction.c.ended_at.is_(None)).group_by(clean)
    counts = {bool(is_clean): count for is_clean, count in connection.execute(query)}
    return Stock(counts.get(False, 0), counts.get(True, 0))


def used(connection: Connection) -> frozenset[tuple[int, str]]:
    """Of which parcels something lies ready already: the row, and the load."""
    rows = connection.execute(select(fiction.c.source, fiction.c.load).where(fiction.c.ended_at.is_(None)))
    return frozenset((row.source, row.load) for row in rows)


def truth_of(row: Row[tuple[object, ...]]) -> Truth:
    """What a row of `fiction` says is in it."""
    return Truth(
        row.kind,
        row.load,
        row.sticks,
        row.tobacco_g,
        row.e_cigarettes,
        msgspec.json.decode(row.boxes, type=tuple[Box | None, ...]),
    )


def message_of(row: Row[tuple[object, ...]]) -> Flagged:
    """The message of a row of `fiction`."""
    return decode_internal(row.flagged, Flagged)


def settled(flagged: Flagged, ring: KeyRing, consignor: Party, consignee: Party) -> Flagged:
    """The message with these people, sealed for its parcel; without a manifest it names nobody."""
    if (manifest := flagged.manifest) is None:
        return flagged
    sealed = {
        role: seal_party(party, ring, party_aad(manifest.parcel_id, role))
        for role, party in (("consignor", consignor), ("consignee", consignee))
    }
    return msgspec.structs.replace(flagged, manifest=msgspec.structs.replace(manifest, **sealed))


def renamed(flagged: Flagged, ring: KeyRing, parcel_id: str) -> Flagged:
    """The message under another parcel's number; its people are sealed anew, for that number."""
    named = msgspec.structs.replace(
        flagged,
        decision=msgspec.structs.replace(flagged.decision, parcel_id=parcel_id),
        scans=tuple(
            msgspec.structs.replace(one, scan=msgspec.structs.replace(one.scan, parcel_id=parcel_id))
            for one in flagged.scans
        ),
    )
    if (manifest := flagged.manifest) is None:
        return named
    parties = [
        unseal_party(getattr(manifest, role), ring, party_aad(manifest.parcel_id, role))
        for role in ("consignor", "consignee")
    ]
    moved = msgspec.structs.replace(manifest, parcel_id=parcel_id)
    return settled(msgspec.structs.replace(named, manifest=moved), ring, parties[0], parties[1])
