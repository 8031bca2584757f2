"""Models that are offered for a scanner: checked, tried, kept in the evidence store, and not yet at work."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, func, insert, or_, select, true, update

from screener.contracts.wire import HubName, Identifier
from screener.errors import BadConfig
from screener.review import audit, database
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.feedback.tables import model_offer, model_parcel, model_view
from screener.review.feedback.tried import tried
from screener.review.feedback.views import Place, arrived, check_may
from screener.review.rights import EVERY, MAY, Grant, Reviewer, Verb
from screener.review.schema import parcel, person
from screener.review.service import Service
from screener.scoring.card import read_verified
from screener.scoring.placing import PARTS, sha256_of, write

DAYS: Final = 30
LARGEST_BYTES: Final = 512 * 1024 * 1024
KIND: Final = "application/octet-stream"
STEM: Final = "model"


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that somebody offered for a scanner, and how far it was compared."""

    id: int
    place: Place
    model: str
    sha256: str
    threshold: float
    card: dict[str, Any]
    parts: dict[str, str]
    person: int
    by_shown: str
    at: datetime
    since: datetime
    state: str
    passed: int
    parcels: int
    done: int
    told_at: datetime
    failed: str

    @property
    def adapted(self) -> str | None:
        """What the adaptation itself measured, in its own words."""
        said = self.card.get("adaptation", {})
        compared = said.get("compared") if isinstance(said, dict) else None
        return compared if isinstance(compared, str) else None


def offer(service: Service, by: Reviewer, place: Place, file: Path, *, told_by: str) -> int:
    """Offer the model of a file with its card for a scanner; its number. `told_by` entered it for `by`.

    Raises `Hidden` where `by` puts no models to work there, `BadConfig` where the model is not whole, does
    not run or does not fit the shared one, and `Conflict` where it was offered before.
    """
    check_may(by, place, service.settings.agency)
    _check_name(place)
    checked = _checked(service, file)
    parts = {suffix: _kept(service, part) for suffix in PARTS if (part := file.with_suffix(suffix)).exists()}
    now = service.clock()
    row = checked | {
        "hub": place.hub,
        "scanner": place.scanner,
        "parts": msgspec.json.encode(parts).decode(),
        "person": by.person,
        "at": now,
        "since": now - timedelta(days=DAYS),
        "state": "comparing",
        "passed": 0,
        "done": 0,
        "told_at": now,
    }
    with database.writing(service.engine) as connection:
        period = arrived(place, row["since"], now)
        row["parcels"] = connection.scalar(select(func.count()).select_from(parcel).where(period)) or 0
        number = _entered(connection, place, row)
        details: audit.Details = {"offer": number, "sha256": row["sha256"], "for": by.name}
        audit.record(connection, Deed(now, told_by, "offer_model", place.key, details))
    return number


def _check_name(place: Place) -> None:
    """It becomes the name of files."""
    try:
        msgspec.convert(place.hub, HubName)
        msgspec.convert(place.scanner, Identifier)
    except msgspec.ValidationError as error:
        raise BadConfig(f"{place.key}: {error}") from None


def _checked(service: Service, file: Path) -> dict[str, Any]:
    """Its card's figures, once it has run in a process of its own."""
    data, card = read_verified(file)
    if len(data) > LARGEST_BYTES:
        raise BadConfig(f"{file}: expected at most {LARGEST_BYTES} bytes, got {len(data)}")
    pitch_mm = shared_pitch_mm(service)
    if card.pitch_mm != pitch_mm:
        raise BadConfig(
            f"{file}: expected pitch {pitch_mm:g} mm as of the shared model, got {card.pitch_mm:g}"
        )
    tried(file)
    if sha256_of(file) != card.sha256:
        raise BadConfig(f"{file}: it changed while it was tried; offer it again")
    return {
        "model": card.model,
        "sha256": card.sha256,
        "threshold": card.threshold,
        "card": file.with_suffix(".json").read_text("utf-8"),
    }


def shared_pitch_mm(service: Service) -> float:
    """The pitch that pictures are prepared at: that of the model of the settings. Raises `BadConfig`."""
    return read_verified(Path(service.config.score.model))[1].pitch_mm


def _kept(service: Service, part: Path) -> str:
    content, sha256 = part.read_bytes(), sha256_of(part)
    service.store.put(sha256, content, KIND)
    return sha256


def _entered(connection: Connection, place: Place, row: dict[str, Any]) -> int:
    """A new offer, or one anew that could not be compared; what was compared of it is done again."""
    same = (
        model_offer.c.hub == place.hub,
        model_offer.c.scanner == place.scanner,
        model_offer.c.sha256 == row["sha256"],
    )
    found = connection.execute(select(model_offer.c.id, model_offer.c.state).where(*same)).first()
    if found is None:
        made = insert(model_offer).values(row).returning(model_offer.c.id)
        return int(connection.execute(made).scalar_one())
    if found.state != "failed":
        raise Conflict(f"this model was offered for {place.key} before: see /models/{found.id}")
    for table in (model_view, model_parcel):
        connection.execute(delete(table).where(table.c.offer == found.id))
    anew = update(model_offer).where(model_offer.c.id == found.id)
    connection.execute(anew.values(row | {"failed": ""}))
    return int(found.id)


@contextmanager
def unfolded(service: Service, one: Offer) -> Iterator[Path]:
    """The model's file with its card and the rest of it beside it, for as long as the context lasts.

    Raises `NotStored`, `Damaged`, `Unavailable`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{STEM}.onnx"
        for suffix, sha256 in one.parts.items():
            write(path.with_suffix(suffix), service.store.get(sha256))
        yield path


# --- as people see them -----------------------------------------------------------------------------


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on offers for those of scanners where this person puts models to work."""
    mine = [one for one in who.grants if Verb.SWITCH in MAY[one.role] and one.agency in {EVERY, home}]
    return or_(model_offer.c.id.is_(None), *(_at(one) for one in mine))


def _at(grant: Grant) -> ColumnElement[bool]:
    return true() if grant.hub == EVERY else model_offer.c.hub == grant.hub


def listed(connection: Connection, who: Reviewer, home: str) -> tuple[Offer, ...]:
    """All offers that this person may see, the newest first."""
    query = _QUERY.where(visible(who, home)).order_by(model_offer.c.id.desc())
    return tuple(map(_of, connection.execute(query)))


def find(connection: Connection, who: Reviewer, home: str, number: int) -> Offer:
    """An offer that this person may see. Raises `Hidden`."""
    row = connection.execute(_QUERY.where(model_offer.c.id == number, visible(who, home))).first()
    if row is None:
        raise Hidden(NONE)
    return _of(row)


def by_number(connection: Connection, number: int) -> Offer:
    """An offer, for what works in the background."""
    return _of(connection.execute(_QUERY.where(model_offer.c.id == number)).one())


def of_state(connection: Connection, state: str) -> tuple[Offer, ...]:
    """All offers in a state, the oldest first: for what works in the background."""
    rows = connection.execute(_QUERY.where(model_offer.c.state == state).order_by(model_offer.c.id))
    return tuple(map(_of, rows))


_QUERY: Final = select(model_offer, person.c.shown).join(person, person.c.id == model_offer.c.person)


def _of(row: Row[Any]) -> Offer:
    return Offer(
        id=row.id,
        place=Place(row.hub, row.scanner),
        model=row.model,
        sha256=row.sha256,
        threshold=row.threshold,
        card=msgspec.json.decode(row.card),
        parts=msgspec.json.decode(row.parts),
        person=row.person,
        by_shown=row.shown,
        at=row.at,
        since=row.since,
        state=row.state,
        passed=row.passed,
        parcels=row.parcels,
        done=row.done,
        told_at=row.told_at,
        failed=row.failed,
    )
