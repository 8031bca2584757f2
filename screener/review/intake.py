"""The intake: flagged parcels into the database, with each partition's position in the same transaction.

So a message counts once, whoever is killed when, and however many take in at the same time. A later revision
shows its decision and never touches what people did or hold. What cannot be read is kept as refused, with
its place in the log and why, for somebody to look at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from screener.config import ReviewSettings
from screener.contracts import topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import Decision, Flagged, ManifestEvidence
from screener.errors import BadInput
from screener.review import database, flagging
from screener.review.fiction import clearing
from screener.review.following import (
    Stretch,
    ahead,
    go_on,
    held_position,
    moved,
    partitions_of,
    refuse,
    refuse_gap,
)
from screener.review.health import Health
from screener.review.schema import flag, link, parcel, refused
from screener.review.service import Clock
from screener.stream.port import Log, Partition, Record

logger = structlog.get_logger(__name__)

Also = Callable[[Connection, int, Flagged], None]
"""What else is kept of a message in the transaction that takes it: told the row of its parcel."""


def nothing(_connection: Connection, _item_id: int, _flagged: Flagged) -> None:
    """Keep nothing else."""


@dataclass(frozen=True, slots=True)
class Taking:
    """What is known while messages are taken; `also` sees every message that its parcel now shows."""

    settings: ReviewSettings
    clock: Clock
    also: Also = nothing

    @property
    def file_within(self) -> timedelta:
        return timedelta(days=self.settings.file_within_days)


def take_in(
    engine: Engine,
    log: Log,
    settings: ReviewSettings,
    stop: threading.Event,
    clock: Clock,
    *,
    also: Also = nothing,
    health: Health | None = None,
) -> None:
    """Take in until `stop` is set, waiting where the log or the database is away. Raises `BadConfig`."""
    go_on("intake", stop, lambda: catch_up(engine, log, settings, clock, also=also), health or Health())


def catch_up(
    engine: Engine, log: Log, settings: ReviewSettings, clock: Clock, *, also: Also = nothing
) -> int:
    """Take in what the log has now; how many messages. Raises `BadConfig`, `Unavailable`."""
    taking = Taking(settings, clock, also)
    return sum(_catch_up(engine, log, taking, one) for one in partitions_of(log, topics.FLAGGED))


def take(connection: Connection, taking: Taking, stretch: Stretch) -> int:
    """Take what of a stretch was not taken before, and move the partition's position; how many messages."""
    at = held_position(connection, stretch.partition)
    refuse_gap(connection, stretch, at, taking.clock())
    fresh = [record for record in stretch.records if record.offset >= at]
    for record in fresh:
        take_one(connection, taking, record)
    if stretch.stop > at:
        moved(connection, stretch.partition, stretch.stop)
    return len(fresh)


def refusals(connection: Connection) -> int:
    """How many messages could not be read: somebody must look at them."""
    return connection.scalar(select(func.count()).select_from(refused)) or 0


def _catch_up(engine: Engine, log: Log, taking: Taking, partition: Partition) -> int:
    found = 0
    for stretch in ahead(engine, log, partition):
        with database.writing(engine) as connection:
            found += take(connection, taking, stretch)
    return found


def take_one(connection: Connection, taking: Taking, record: Record) -> None:
    """Take a message wherever it lies; one that cannot be read is kept as refused."""
    try:
        _keep(connection, taking, record, flagging.read(record))
    except BadInput as error:
        refuse(connection, record.partition, record.offset, str(error), taking.clock())


def _keep(connection: Connection, taking: Taking, record: Record, flagged: Flagged) -> None:
    """Keep a message that is not known yet, and show it where it is its parcel's newest."""
    decision = flagged.decision
    its = and_(parcel.c.hub == decision.hub, parcel.c.parcel_id == decision.parcel_id)
    known = connection.execute(select(parcel.c.id, parcel.c.flagged_at, parcel.c.revision).where(its)).first()
    if known is not None and clearing.step_aside(connection, known.id, taking.clock()):
        known = None
    if known is not None and _is_kept(connection, known.id, record, decision.revision):
        return
    item_id = _insert(connection, taking, record, flagged) if known is None else known.id
    is_newer = known is not None and _is_after(decision, known.flagged_at, known.revision)
    if is_newer:
        _update(connection, taking, record, flagged, item_id)
    if is_newer or known is None:
        taking.also(connection, item_id, flagged)
    _keep_history(connection, item_id, record, decision.revision)


def _is_kept(connection: Connection, item_id: int, record: Record, revision: int) -> bool:
    """Whether this very message was kept, at whatever place in the log."""
    kept = select(flag.c.value).where(flag.c.parcel == item_id, flag.c.revision == revision)
    return record.value in connection.scalars(kept)


def _is_after(decision: Decision, shown_at: datetime, shown_revision: int) -> bool:
    """By time and then by revision: those of a parcel that [decide] had forgotten begin again with 1."""
    at = decision.decided_at
    return at > shown_at or (at == shown_at and decision.revision > shown_revision)


def _keep_history(connection: Connection, item_id: int, record: Record, revision: int) -> None:
    row = {
        "parcel": item_id,
        "revision": revision,
        "topic": record.partition.topic,
        "partition": record.partition.number,
        "offset": record.offset,
        "value": record.value,
        "at": datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
    }
    connection.execute(insert(flag).values(row))


def _insert(connection: Connection, taking: Taking, record: Record, flagged: Flagged) -> int:
    decision = flagged.decision
    own = {"hub": decision.hub, "parcel_id": decision.parcel_id, "flagged": record.value}
    row = own | flagging.columns(flagged, flagged.manifest, taking.file_within)
    item_id = int(connection.execute(insert(parcel).values(row).returning(parcel.c.id)).scalar_one())
    _link(connection, item_id, flagged.manifest)
    return item_id


def _update(connection: Connection, taking: Taking, record: Record, flagged: Flagged, item_id: int) -> None:
    """Show a later decision; what people did or hold stays."""
    manifest = flagged.manifest or _earlier_manifest(connection, item_id)
    shown = flagging.columns(flagged, manifest, taking.file_within) | {"flagged": record.value}
    row = update(parcel).where(parcel.c.id == item_id)
    connection.execute(row.values(shown | {"version": parcel.c.version + 1}))
    connection.execute(delete(link).where(link.c.parcel == item_id))
    _link(connection, item_id, manifest)


def _link(connection: Connection, item_id: int, manifest: ManifestEvidence | None) -> None:
    rows = [
        {"parcel": item_id, "role": role, "kind": kind, "hash": value}
        for role, kind, value in flagging.links(manifest)
    ]
    if rows:
        connection.execute(insert(link), rows)


def _earlier_manifest(connection: Connection, item_id: int) -> ManifestEvidence | None:
    """The newest manifest that a parcel was flagged with: its evidence may be gone from the log by now."""
    values = select(flag.c.value).where(flag.c.parcel == item_id).order_by(flag.c.id.desc())
    manifests = (decode_internal(value, _Manifested).manifest for value in connection.scalars(values))
    return next((one for one in manifests if one is not None), None)


class _Manifested(msgspec.Struct):
    """Of a flagged message only its manifest."""

    manifest: ManifestEvidence | None
