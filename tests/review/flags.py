"""Flagged messages as [decide] publishes them, and what a database made of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Engine, select

from screener.config import LogSettings, ReviewSettings
from screener.contracts import cloudevents, examples, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import Decision, Flagged, ManifestEvidence
from screener.review import database
from screener.review.schema import flag, intake, link, parcel, refused
from screener.stages.topology import internal_specs
from screener.stream.port import Log, Message
from screener.stream.sqlite import Sqlite

SETTINGS = ReviewSettings()
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
HUB = "east"


def clock() -> datetime:
    return NOW


def embedded_log(folder: Path) -> Sqlite:
    """A log with all internal topics."""
    log = Sqlite(folder / "log.db")
    prepare(log)
    return log


def prepare(log: Log) -> None:
    wanted = {topics.FLAGGED, topics.OUTCOMES}
    log.create([spec for spec in internal_specs(LogSettings(partitions=2)) if spec.name in wanted])


def flagged(
    parcel_id: str = "P-1",
    revision: int = 1,
    *,
    hub: str = HUB,
    decision: dict[str, Any] | None = None,
    manifest: dict[str, Any] | None = None,
    **fields: Any,
) -> Flagged:
    """The example of the contract with these changes."""
    own = {"hub": hub, "parcel_id": parcel_id}
    said: dict[str, Any] = {"revision": revision, "decided_at": NOW + timedelta(seconds=revision)}
    whole: Decision = replace(examples.DECISION, **own, **(said | (decision or {})))
    declared: ManifestEvidence = replace(examples.MANIFEST_EVIDENCE, **own, **(manifest or {}))
    return replace(examples.FLAGGED, **({"decision": whole, "manifest": declared} | fields))


def message(of: Flagged) -> Message:
    """What [decide] publishes of it."""
    decision = of.decision
    event = Event(
        id=f"{decision.hub}/{decision.parcel_id}/{decision.revision}",
        source="screener/decide",
        type=cloudevents.FLAGGED,
        subject=decision.parcel_id,
        content_type=cloudevents.JSON,
    )
    headers = cloudevents.to_headers(event)
    return Message(topics.FLAGGED, decision.parcel_id.encode(), encode(of), headers)


def publish(log: Log, messages: Iterable[Message]) -> None:
    with log.publisher() as publisher:
        publisher.publish(list(messages))


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that an intake has written, without numbers of rows, which a rollback may use up."""
    key = (parcel.c.hub, parcel.c.parcel_id)
    own = [column for column in parcel.c if column.name not in {"id", "version"}]
    history = [flag.c[name] for name in ("revision", "topic", "partition", "offset", "value", "at")]
    queries = {
        "parcel": select(*own),
        "flag": select(*key, *history).join(flag),
        "link": select(*key, link.c.role, link.c.kind, link.c.hash).join(link),
        "intake": select(intake).where(intake.c.next > 0),
        "refused": select(refused),
    }
    with database.reading(engine) as connection:
        return {
            name: sorted(map(tuple, connection.execute(query)), key=repr) for name, query in queries.items()
        }
