"""An offered model put to work by a second person, and back again.

What is wanted is kept first, with the figures that were seen; then the files are written: model and card
under names of their own, the scanner's file last, by a rename. So a worker sees the old set or the new one,
and what was cut anywhere is done by whoever comes next.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, true, update

from screener.core import scanners
from screener.core.scanners import OwnModel, Scanner
from screener.errors import BadConfig
from screener.evidence.errors import Damaged, NotStored
from screener.review import audit, database
from screener.review.alone import alone
from screener.review.audit import Deed
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.feedback import figures, offers
from screener.review.feedback.figures import Figures
from screener.review.feedback.offers import Offer
from screener.review.feedback.tables import model_offer, model_switch
from screener.review.feedback.views import Place
from screener.review.rights import EVERY, MAY, Reviewer, Verb
from screener.review.schema import person
from screener.review.service import Service
from screener.scoring.placing import check_model, write

LOCK: Final = "models"
TRIES: Final = 10
AGAIN_S: Final = 0.05

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Switch:
    """What somebody put to work; `offer` is None for going back. `newest`: nothing came after it there."""

    id: int
    place: Place
    offer: int | None
    undoes: int | None
    model: str | None
    by_shown: str
    at: datetime
    figures: Figures | None
    placed_at: datetime | None
    failed: str
    newest: bool

    @property
    def may_go_back(self) -> bool:
        return self.newest and self.offer is not None and self.placed_at is not None


def switch(service: Service, who: Reviewer, number: int, sha256: str) -> int:
    """Put an offered model to work at its scanner; `sha256` is that of the model whose figures were shown.

    Raises `Hidden`, `Denied` for whoever offered it, `Conflict` where it is not compared yet, is at work or
    another switch is under way, and `BadConfig` where the scanner's file is bad.
    """
    now = service.clock()
    with database.writing(service.engine) as connection:
        one = offers.find(connection, who, service.settings.agency, number)
        if one.person == who.person:
            raise Denied("expected another person than who offered it")
        if one.state != "ready" or one.sha256 != sha256:
            raise Conflict("it has not been compared to the end")
        _check_idle(connection, one.place)
        source = file_of(service, one.place)
        before = source.read_bytes() if source.exists() else None
        wanted = _wanted(source, before, one, now)
        if before is not None and scanners.read(source).model == _own(one):
            raise Conflict("it is at work already")
        seen = msgspec.json.encode(figures.figures(connection, one.id)).decode()
        row = {"offer": one.id, "before": before, "wanted": wanted, "figures": seen}
        made = _insert(connection, who, one.place, now, row)
        details: audit.Details = {"switch": made, "offer": one.id, "sha256": one.sha256, "figures": seen}
        audit.record(connection, Deed(now, who.name, "switch_model", one.place.key, details))
    place_now(service)
    return made


def back(service: Service, who: Reviewer, number: int) -> int:
    """Put back what was at work before a switch. Raises `Hidden`, `Conflict`."""
    now = service.clock()
    with database.writing(service.engine) as connection:
        condition = and_(model_switch.c.id == number, visible(who, service.settings.agency))
        row = connection.execute(select(model_switch).where(condition)).first()
        if row is None:
            raise Hidden(NONE)
        place = Place(row.hub, row.scanner)
        _check_idle(connection, place)
        newest = select(model_switch.c.id).where(_at(place), model_switch.c.placed_at.is_not(None))
        if connection.scalar(newest.order_by(model_switch.c.id.desc()).limit(1)) != number:
            raise Conflict("another switch came after it")
        if row.offer is None:
            raise Conflict("it went back itself; switch the model on again")
        undone = {
            "undoes": number,
            "before": row.wanted,
            "wanted": row.before,
            "figures": row.figures,
        }
        made = _insert(connection, who, place, now, undone)
        details: audit.Details = {"switch": made, "undoes": number, "figures": row.figures}
        audit.record(connection, Deed(now, who.name, "switch_model_back", place.key, details))
    place_now(service)
    return made


def _insert(connection: Connection, who: Reviewer, place: Place, now: datetime, row: dict[str, Any]) -> int:
    own = {"hub": place.hub, "scanner": place.scanner, "person": who.person, "at": now}
    made = insert(model_switch).values(row | own).returning(model_switch.c.id)
    return int(connection.execute(made).scalar_one())


def _check_idle(connection: Connection, place: Place) -> None:
    connection.execute(select(model_offer.c.id).where(model_offer.c.hub == place.hub).with_for_update())
    waiting = select(model_switch.c.id).where(_at(place), model_switch.c.settled.is_(False))
    if connection.scalar(waiting.limit(1)) is not None:
        raise Conflict("another switch of this scanner is under way")


def _at(place: Place) -> ColumnElement[bool]:
    return and_(model_switch.c.hub == place.hub, model_switch.c.scanner == place.scanner)


# --- files ------------------------------------------------------------------------------------------


def file_of(service: Service, place: Place) -> Path:
    """Where the scanner's file lies, in the folder that workers watch."""
    return Path(service.config.scanners) / scanners.file_name(place.hub, place.scanner)


def _own(one: Offer) -> OwnModel:
    return OwnModel(file=_model_name(one), sha256=one.sha256, threshold=one.threshold)


def _model_name(one: Offer) -> str:
    """Its SHA-256 is in it, so that no file is ever overwritten by another model's."""
    return f"{one.place.hub}.{one.place.scanner}.{one.sha256[:16]}.onnx"


def _wanted(source: Path, before: bytes | None, one: Offer, now: datetime) -> bytes:
    """The scanner's file with this model; its reference and report stay, for the scanner is the same."""
    if before is None:
        whole_s = now.replace(microsecond=0)
        fresh = Scanner(hub=one.place.hub, scanner=one.place.scanner, commissioned_at=whole_s)
    else:
        fresh = scanners.read(source)
    return scanners.encode(replace(fresh, model=_own(one)))


def place_now(service: Service) -> int:
    """Write the files of all switches that wait; how many were settled.

    Where another is at it for longer than a moment, that one does it.
    """
    for _ in range(TRIES):
        with alone(service.engine, LOCK) as ours:
            if ours:
                return place_all(service)
        time.sleep(AGAIN_S)
    return 0


def place_all(service: Service) -> int:
    """The same for whoever holds the lock. Raises `Unavailable`."""
    with database.reading(service.engine) as connection:
        waiting = select(model_switch).where(model_switch.c.settled.is_(False)).order_by(model_switch.c.id)
        rows = connection.execute(waiting).all()
    for row in rows:
        _settle(service, row, _placed(service, row))
    return len(rows)


def _placed(service: Service, row: Row[Any]) -> str:
    """Bring the scanner's file to what is wanted; why that cannot be, or nothing."""
    place = Place(row.hub, row.scanner)
    source = file_of(service, place)
    standing = source.read_bytes() if source.exists() else None
    if standing == row.wanted:
        return ""
    if standing != row.before:
        return "the scanner's file was changed meanwhile, by a commissioning or by hand; look at it first"
    try:
        if row.offer is not None:
            _put(service, source, row.offer)
        _write_last(service, source, row.wanted)
    except (BadConfig, NotStored, Damaged, OSError) as error:
        return str(error)
    return ""


def _put(service: Service, source: Path, offer_id: int) -> None:
    """Model, card and what belongs to them beside the scanner's file, each whole."""
    with database.reading(service.engine) as connection:
        one = offers.by_number(connection, offer_id)
    target = source.parent / _model_name(one)
    for suffix, sha256 in one.parts.items():
        write(target.with_suffix(suffix), service.store.get(sha256))


def _write_last(service: Service, source: Path, wanted: bytes | None) -> None:
    if wanted is None:
        source.unlink(missing_ok=True)
        return
    own = msgspec.toml.decode(wanted, type=Scanner).model
    if own is not None:
        check_model(source.parent / own.file, own.sha256, offers.shared_pitch_mm(service))
    write(source, wanted)


def _settle(service: Service, row: Row[Any], failed: str) -> None:
    now = service.clock()
    values = {"settled": True, "failed": failed, "placed_at": None if failed else now}
    with database.writing(service.engine) as connection:
        still = (model_switch.c.id == row.id, model_switch.c.settled.is_(False))
        if not connection.execute(update(model_switch).where(*still).values(values)).rowcount:
            return
        what = "model_not_placed" if failed else "model_placed"
        details: audit.Details = {"switch": row.id} | ({"why": failed} if failed else {})
        audit.record(connection, Deed(now, "screener", what, f"{row.hub}/{row.scanner}", details))
    logger.info(what, hub=row.hub, scanner=row.scanner, switch=row.id, why=failed)


# --- as people see them -----------------------------------------------------------------------------


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on switches for those at scanners where this person puts models to work."""
    mine = [one for one in who.grants if Verb.SWITCH in MAY[one.role] and one.agency in {EVERY, home}]
    here = (true() if one.hub == EVERY else model_switch.c.hub == one.hub for one in mine)
    return or_(model_switch.c.id.is_(None), *here)


def history(connection: Connection, who: Reviewer, home: str) -> Sequence[Switch]:
    """All switches that this person may see, the newest first."""
    query = (
        select(model_switch, person.c.shown, model_offer.c.model)
        .join(person, person.c.id == model_switch.c.person)
        .outerjoin(model_offer, model_offer.c.id == model_switch.c.offer)
        .where(visible(who, home))
        .order_by(model_switch.c.id.desc())
    )
    passed: set[tuple[str, str]] = set()
    found = []
    for row in connection.execute(query):
        place = (row.hub, row.scanner)
        found.append(_switch_of(row, newest=place not in passed))
        if not row.failed:
            passed.add(place)
    return found


def _switch_of(row: Row[Any], *, newest: bool) -> Switch:
    return Switch(
        id=row.id,
        place=Place(row.hub, row.scanner),
        offer=row.offer,
        undoes=row.undoes,
        model=row.model,
        by_shown=row.shown,
        at=row.at,
        figures=msgspec.json.decode(row.figures, type=Figures),
        placed_at=row.placed_at,
        failed=row.failed,
        newest=newest,
    )


def standing(service: Service, place: Place) -> str | None:
    """The SHA-256 of the scanner's own model by its file; None where the shared one judges.

    Raises `BadConfig` where the file is bad.
    """
    source = file_of(service, place)
    own = scanners.read(source).model if source.exists() else None
    return None if own is None else own.sha256
