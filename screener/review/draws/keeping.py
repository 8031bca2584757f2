"""The clerk of the draw: publishes hashes and seeds, and draws the officers when a day begins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

from screener.errors import Unavailable
from screener.review import database
from screener.review.alone import alone
from screener.review.draws import days, officers
from screener.review.service import Service

LOOK_S: Final = 60.0

logger = structlog.get_logger(__name__)


def keep(service: Service) -> None:
    """Do what is due: hashes of the days to come, officers of today, seeds of days long past."""
    now, settings = service.clock(), service.settings
    with database.writing(service.engine) as connection:
        days.commit(connection, service.ring, now)
        today = days.today(now)
        seed = service.ring.seed(today)
        officers.draw(connection, now, settings.agency, day=today, seed=seed)
        days.publish(connection, service.ring, now, settings.draw_published_after_days)


def keeping(service: Service) -> Callable[[threading.Event], None]:
    """A task that looks once a minute; one process of a workstation does it."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with alone(service.engine, "draws") as ours:
                    if ours:
                        keep(service)
            except Unavailable as error:
                logger.warning("the draw waits", detail=str(error), retry_in_s=LOOK_S)
            stop.wait(LOOK_S)

    return run
