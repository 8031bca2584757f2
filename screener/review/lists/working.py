"""What is done about lists in the background: their topics are followed, and jobs are worked off.

One process of those at a database does it. It may be killed anywhere: whatever it did was whole.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog

from screener.errors import Unavailable
from screener.review import database
from screener.review.alone import alone
from screener.review.lists import comparing, files, follow, jobs, publishing
from screener.review.service import Service
from screener.stream.port import Log

LOOK_S: Final = 0.3
AGAIN_S: Final = 2.0
"""Until the next try after the log or the database did not answer."""

Task = Callable[[threading.Event], None]

logger = structlog.get_logger(__name__)


def task(service: Service, log: Log) -> Task:
    """Follows the lists and works off their jobs until it is stopped; raises `BadConfig`."""

    def run(stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                with alone(service.engine, "lists") as ours:
                    while ours and not stop.is_set():
                        found = _step(service, log, stop)
                        service.health.works("lists")
                        stop.wait(0 if found else LOOK_S)
            except Unavailable as error:
                service.health.waits("lists")
                logger.warning("lists wait", detail=str(error), retry_in_s=AGAIN_S)
            stop.wait(AGAIN_S)

    return run


def work_off(service: Service, stop: threading.Event) -> bool:
    """Do some of what the oldest jobs need; whether there was anything to do."""
    done = _read(service, stop)
    done |= _compare(service)
    done |= _publish(service)
    with database.reading(service.engine) as connection:
        job_id = connection.scalar(jobs.unswept().limit(1))
    if job_id is not None:
        with database.writing(service.engine) as connection:
            publishing.sweep(connection, job_id)
    return done or job_id is not None


def _step(service: Service, log: Log, stop: threading.Event) -> bool:
    found = follow.catch_up(service.engine, log, service.settings.agency, service.clock)
    return bool(found) | work_off(service, stop)


def _read(service: Service, stop: threading.Event) -> bool:
    """A file is read in one go: its beginning would have to be parsed again for every portion."""
    with database.reading(service.engine) as connection:
        job_id = connection.scalar(jobs.open_ones((jobs.READING,)).limit(1))
    if job_id is None:
        return False
    for _ in files.read(service, job_id):
        if stop.is_set():
            break
    return True


def _compare(service: Service) -> bool:
    with database.reading(service.engine) as connection:
        job_id = connection.scalar(jobs.open_ones((jobs.COMPARING,)).limit(1))
    if job_id is not None:
        comparing.portion(service.engine, job_id, service.clock())
    return job_id is not None


def _publish(service: Service) -> bool:
    publishing_ones = jobs.open_ones((jobs.PUBLISHING,)).limit(1)
    with database.reading(service.engine) as connection:
        job_id = connection.scalar(publishing_ones) if publishing.may_go_on(connection) else None
    if job_id is not None:
        with database.writing(service.engine) as connection:
            publishing.portion(connection, job_id, service.clock())
    return job_id is not None
