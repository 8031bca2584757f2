"""What most people look at first is estimated before they ask: days that are past are estimated once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from screener.errors import Unavailable
from screener.review import database
from screener.review.ledger import figures
from screener.review.ledger.spans import Span
from screener.review.rights import Grant, Reviewer, Role
from screener.review.service import Service

EVERY_S: Final = 60.0

SEES_ALL: Final = Reviewer(0, "figures", "zh", (Grant(Role.READER),))

logger = structlog.get_logger(__name__)


def keep_warm(service: Service, stop: threading.Event) -> None:
    """Estimate this year by month and this month by day, again and again until `stop` is set."""
    zone = ZoneInfo(service.settings.time_zone)
    while not stop.is_set():
        try:
            with database.reading(service.engine) as connection:
                for span in usual(service.clock().astimezone(zone).date()):
                    figures.series(connection, SEES_ALL, service.settings.agency, span)
        except Unavailable as error:
            logger.warning("following waits", what="figures", detail=str(error), retry_in_s=EVERY_S)
        stop.wait(EVERY_S)


def usual(today: date) -> Iterator[Span]:
    """What is looked at first: the year by month, and the month by day, as far as they have come."""
    tomorrow = today + timedelta(days=1)
    yield Span(since=today.replace(month=1, day=1), until=tomorrow, by="month")
    yield Span(since=today.replace(day=1), until=tomorrow, by="day")
