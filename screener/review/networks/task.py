"""What the workstation does beside its pages to know who belongs together: follow, then group."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

import structlog

from screener.core import policy
from screener.core.policy import Networks
from screener.errors import Unavailable
from screener.review.alone import alone
from screener.review.following import AGAIN_S, LOOK_S
from screener.review.networks import follow, grouping
from screener.review.service import Service
from screener.stream.port import Log

logger = structlog.get_logger(__name__)


def settings_of(service: Service) -> Networks:
    """What the policy says of networks, as its file says now. Raises `BadConfig`."""
    return policy.read(Path(service.config.decide.policy)).file.networks


def run(service: Service, log: Log, stop: Event) -> None:
    """Follow until `stop` is set; one process of those at a database does it. Raises `BadConfig`."""
    while not stop.is_set():
        try:
            with alone(service.engine, "networks") as ours:
                while ours and not stop.is_set():
                    stop.wait(0 if _turn(service, log, stop) else LOOK_S)
        except Unavailable as error:
            logger.warning("networks wait", detail=str(error), retry_in_s=AGAIN_S)
        stop.wait(AGAIN_S)


def _turn(service: Service, log: Log, stop: Event) -> int:
    settings = settings_of(service)
    window = timedelta(days=settings.window_days)
    found = follow.catch_up(service.engine, log, window, service.clock)
    return found + grouping.following(service.engine, settings.hub_from, stop)
