"""The model's look at pictures of mobile scanners: one at a time, in a thread of its own.

The line is a table: what waits survives any end of the process, and takes no memory. Where there is no model
the picture says so and is left to people; it is judged after all once there is one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, select, update

from screener.contracts.reading import encode
from screener.contracts.wire import Energy, Findings
from screener.errors import BadConfig, BadInput, Unavailable
from screener.imaging.picture import Request
from screener.review import audit, database
from screener.review.audit import Deed
from screener.review.errors import Hidden
from screener.review.pictures import stored
from screener.review.service import Service
from screener.review.station.tables import station_entry, station_scan
from screener.scoring.model import Model, Unscorable
from screener.scoring.reloader import Reloader

IDLE_S: Final = 1.0
AGAIN_S: Final = 30.0
"""Until the next look for a model where there was none."""

LEASE: Final = timedelta(minutes=2)
"""Who has not judged a picture by then has died with it."""

NO_MODEL: Final = "no_model"
LONGEST_DETAIL: Final = 500

logger = structlog.get_logger(__name__)

Models = Callable[[], Model]
"""The model that serves now. Raises `BadConfig` where there is none."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A picture that was taken from the line."""

    id: int
    address: str
    content_type: str
    pitch_mm: float
    energy: Energy


def judging(service: Service) -> Callable[[threading.Event], None]:
    """A task that judges pictures as they come, with the model of the settings, which is loaded once."""

    def run(stop: threading.Event) -> None:
        models, look_again_s = opened(service), 0.0
        while not stop.is_set():
            try:
                if time.monotonic() >= look_again_s:
                    again(service, models)
                    look_again_s = time.monotonic() + AGAIN_S
                stop.wait(0 if judge_next(service, models) else IDLE_S)
            except Unavailable as error:
                logger.warning("station pictures wait", detail=str(error), retry_in_s=IDLE_S)
                stop.wait(IDLE_S)

    return run


def opened(service: Service) -> Models:
    """The model of the settings, loaded when it is asked for first, and anew when its file changes."""
    found: list[Reloader] = []

    def current() -> Model:
        if not found:
            settings = service.config.score
            found.append(Reloader(Path(settings.model), settings.threads))
        return found[0].current()

    return current


def judge_next(service: Service, models: Models) -> bool:
    """Judge the picture that waits longest; False where none waits. Raises `Unavailable`."""
    one = _taken(service)
    if one is None:
        return False
    said = _judged(service, models, one)
    with database.writing(service.engine) as connection:
        _finish(connection, service.clock(), one.id, said)
    return True


def again(service: Service, models: Models) -> int:
    """Put the pictures back in line that found no model, if there is one now; how many."""
    without = (station_scan.c.state == "unjudged", station_scan.c.failure == NO_MODEL)
    with database.reading(service.engine) as connection:
        if connection.execute(select(station_scan.c.id).where(*without).limit(1)).first() is None:
            return 0
    try:
        models()
    except BadConfig:
        return 0
    with database.writing(service.engine) as connection:
        values = {"state": "waiting", "failure": None, "detail": "", "taken_until": None}
        return connection.execute(update(station_scan).where(*without).values(values)).rowcount


def _taken(service: Service) -> Waiting | None:
    """The oldest that waits and that nobody is judging, ours for a while."""
    now = service.clock()
    with database.writing(service.engine) as connection:
        free = station_scan.c.taken_until.is_(None) | (station_scan.c.taken_until <= now)
        query = select(station_scan).where(station_scan.c.state == "waiting", free)
        oldest = query.order_by(station_scan.c.id).limit(1).with_for_update(skip_locked=True)
        row = connection.execute(oldest).first()
        if row is None:
            return None
        own = station_scan.c.id == row.id
        connection.execute(update(station_scan).where(own).values(taken_until=now + LEASE))
    return Waiting(row.id, row.address, row.content_type, row.pitch_mm, Energy(row.energy))


def _judged(service: Service, models: Models, one: Waiting) -> Findings | BadInput:
    """Findings, or why there are none."""
    try:
        model = models()
        content = stored(service, one.address, f"picture {one.id}")
        request = Request(content, one.content_type, one.pitch_mm, one.pitch_mm, one.energy)
        prepared = service.sandbox.submit(request).result()
        return prepared if isinstance(prepared, BadInput) else model.score([prepared.image])[0]
    except BadConfig as error:
        logger.warning("station has no model", detail=str(error))
        return BadInput(NO_MODEL, "there is no model that works")
    except Unscorable as error:
        return BadInput("unscored", str(error))
    except Hidden as error:
        return BadInput("image_gone", str(error))
    except BadInput as error:
        return error


def _finish(connection: Connection, now: datetime, number: int, said: Findings | BadInput) -> None:
    """Keep what came of it, unless another was faster."""
    values = _values(said) | {"judged_at": now, "taken_until": None}
    still = (station_scan.c.id == number, station_scan.c.state == "waiting")
    if not connection.execute(update(station_scan).where(*still).values(values)).rowcount:
        return
    hub = select(station_entry.c.hub).join(station_scan, station_scan.c.entry == station_entry.c.id)
    target = f"{connection.scalar(hub.where(station_scan.c.id == number))}/station-scan-{number}"
    details: audit.Details = {"failure": values["failure"], "model": _model_of(said)}
    audit.record(connection, Deed(now, "screener", "station_judged", target, details))


def _values(said: Findings | BadInput) -> dict[str, Any]:
    if isinstance(said, BadInput):
        return {"state": "unjudged", "failure": said.reason[:64], "detail": said.detail[:LONGEST_DETAIL]}
    return {"state": "judged", "failure": None, "findings": encode(said)}


def _model_of(said: Findings | BadInput) -> str | None:
    return None if isinstance(said, BadInput) else said.model
