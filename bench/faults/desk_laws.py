"""What must be true of the workstation: what is flagged is there once, what was judged is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, func, select

from bench.faults.reading import Told
from bench.faults.verdict import named, records
from screener.config import ReviewSettings
from screener.contracts import topics
from screener.contracts.wire import Flagged
from screener.review import checkpoints, database, messages, outbox, verification
from screener.review.ledger.tables import daily, decided
from screener.review.ledger.tables import told as entered
from screener.review.rules import TO_DECIDE
from screener.review.schema import action, flag, intake, parcel, refused
from screener.review.schema import outbox as outbox_
from screener.review.signature import PublicKey, public_path
from screener.stream.port import Log, Partition

TOLD = frozenset({"release", "found", "refer"})
"""The moves of the rig's judge that others are told of."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there was: flagged messages, parcels, moves, messages told, and those of them told again."""

    flagged: int
    parcels: int
    moves: int
    told: int
    told_again: int


def unfinished(engine: Engine, log: Log, now: Any) -> str | None:
    """What the workstation has still to do, in words; None when there is nothing left."""
    with database.reading(engine) as connection:
        places = {(row.topic, row.partition): row.next for row in connection.execute(select(intake))}
        to_judge = connection.scalar(
            select(func.count()).select_from(parcel).where(parcel.c.state.in_(sorted(TO_DECIDE)))
        )
        waiting = outbox.waiting(connection, now).count
    behind = [
        one
        for topic in (topics.FLAGGED, topics.DECISIONS, topics.OUTCOMES)
        for number in range(log.topics()[topic])
        if log.end(one := Partition(topic, number)) > places.get((topic, number), 0)
    ]
    if not (behind or to_judge or waiting):
        return None
    return f"{to_judge} parcels to judge, {waiting} messages to send, {len(behind)} partitions to take in"


def violations(
    engine: Engine, log: Log, settings: ReviewSettings, journal: Path
) -> tuple[Figures, list[str]]:
    """Hold the database against the log."""
    with database.reading(engine) as connection:
        told = _told(log)
        found = [
            *_flagged_once(connection, log),
            *_told_once(connection, settings, told, journal),
            *_ledger(connection, log, told),
            *_record(connection, log, settings),
        ]
        figures = Figures(
            flagged=_count(connection, flag),
            parcels=_count(connection, parcel),
            moves=_count(connection, action),
            told=len(told),
            told_again=sum(len(values) - 1 for values in told.values()),
        )
    return figures, found


def _flagged_once(connection: Connection, log: Log) -> Iterator[str]:
    """Each flagged message is in the database once and as it came, and nothing else is; none was refused."""
    wanted: Counter[tuple[str, int, int, bytes]] = Counter()
    newest: dict[tuple[str, str], int] = {}
    for record in records(log, topics.FLAGGED):
        value = record.value or b""
        wanted[record.partition.topic, record.partition.number, record.offset, value] += 1
        said = msgspec.json.decode(value, type=Flagged).decision
        key = said.hub, said.parcel_id
        newest[key] = max(newest.get(key, 0), said.revision)
    kept = select(flag.c.topic, flag.c.partition, flag.c.offset, flag.c.value)
    there = Counter(tuple(row) for row in connection.execute(kept))
    shown = {
        (row.hub, row.parcel_id): row.revision
        for row in connection.execute(select(parcel.c.hub, parcel.c.parcel_id, parcel.c.revision))
    }
    yield from named("flagged and not in the database", [one[:3] for one in wanted - there])
    yield from named("in the database and not flagged", [one[:3] for one in there - wanted])
    yield from named("parcels that the queue lacks", sorted(newest.keys() - shown.keys()))
    yield from named("parcels that nobody flagged", sorted(shown.keys() - newest.keys()))
    stale = [key for key, revision in shown.items() if newest.get(key, revision) != revision]
    yield from named("parcels shown with an old decision", stale)
    yield from named("messages refused", connection.scalars(select(refused.c.why)).all())


def _told_once(
    connection: Connection, settings: ReviewSettings, told: dict[str, list[bytes]], journal: Path
) -> Iterator[str]:
    """What stands is told under one id with one content, and nothing that was taken back or never done.

    It may be told twice, as after a crash between sending and noting it: readers count an id once.
    """
    rows = connection.execute(select(action).where(action.c.kind.in_(sorted(TOLD)))).all()
    standing = {
        messages.message_id(settings.agency, row.id, row.at): row.id for row in rows if row.undone_at is None
    }
    meant = {
        row.action: row.value
        for row in connection.execute(select(outbox_.c.action, outbox_.c.value).where(~outbox_.c.withdrawn))
        if row.action is not None
    }
    yield from named("judged and never told", sorted(standing.keys() - told.keys()))
    yield from named("told and never judged, or taken back", sorted(told.keys() - standing.keys()))
    other = [
        name
        for name, values in told.items()
        if name in standing and {meant.get(standing[name])} != set(values)
    ]
    yield from named("told otherwise than it was judged", other)
    yield from named("lost after a person was told that it is kept", _lost(connection, journal))


def _lost(connection: Connection, journal: Path) -> list[str]:
    """The journal's last line may be cut off: the judge, too, is killed."""
    if not journal.exists():
        return []
    undone = {row.id: row.undone_at is not None for row in connection.execute(select(action))}
    lines = journal.read_text().split("\n")[:-1]
    noted = [(line, *line.partition(" ")[::2]) for line in lines]
    return [line for line, number, what in noted if undone.get(int(number)) != (what == "undone")]


def _ledger(connection: Connection, log: Log, told: dict[str, list[bytes]]) -> Iterator[str]:
    """Figures count each parcel that was decided, and each message that was told, once."""
    newest: dict[tuple[str, str], int] = {}
    for record in records(log, topics.DECISIONS):
        said = msgspec.json.decode(record.value or b"", type=Told)
        newest[said.hub, said.parcel_id] = max(newest.get((said.hub, said.parcel_id), 0), said.revision)
    rows = connection.execute(select(decided.c.hub, decided.c.parcel_id, decided.c.newest))
    known = {(row.hub, row.parcel_id): row.newest for row in rows}
    yield from named("decided and not in the ledger", sorted(newest.items() - known.items()))
    yield from named("in the ledger and not decided", sorted(known.keys() - newest.keys()))
    names = Counter(connection.scalars(select(entered.c.name)))
    yield from named("told and not in the ledger", sorted(told.keys() - names.keys()))
    yield from named("in the ledger twice, or never told", sorted((names - Counter(told.keys())).keys()))
    summed = connection.scalar(select(func.sum(daily.c.parcels))) or 0
    if summed != len(newest):
        yield f"the days' sums count {summed} parcels, decided were {len(newest)}"


def _record(connection: Connection, log: Log, settings: ReviewSettings) -> Iterator[str]:
    """The chained record of all reads and writes holds, from its first row to its signed head."""
    path = public_path(Path(settings.checkpoint_key))
    key = PublicKey.read(path)
    published = checkpoints.published(log, settings.agency)
    report = verification.verify(connection, settings.agency, published, {key.id: key})
    yield from named("the record does not hold", [f"row {one.n}: {one.what}" for one in report.findings])
    if not report.heads:
        yield "the record has no signed head"


def _told(log: Log) -> dict[str, list[bytes]]:
    """What was published of people's judgements, by id."""
    told: dict[str, list[bytes]] = {}
    for record in records(log, topics.OUTCOMES):
        told.setdefault((record.header("ce_id") or b"").decode(), []).append(record.value or b"")
    return told


def _count(connection: Connection, table: Any) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
