"""What the workstation does beside its pages to know who belongs together: follow, then group."""

from __future__ import annotations

from threading import Event

import structlog

from screener.core.policy import Networks
from screener.errors import BadConfig, Unavailable
from screener.review.alone import alone
from screener.review.following import AGAIN_S, LOOK_S
from screener.review.networks import follow, grouping
from screener.review.service import Service
from screener.stream.port import Log

logger = structlog.get_logger(__name__)


def settings_of(service: Service) -> Networks:
    """What the policy says of networks, or said when it was last good. Raises `BadConfig` before that."""
    return service.policy().file.networks


def run(service: Service, log: Log, stop: Event) -> None:
    """Follow until `stop` is set; one process of those at a database does it. Raises `BadConfig`."""
    while not stop.is_set():
        try:
            with alone(service.engine, "networks") as ours:
                while ours and not stop.is_set():
                    stop.wait(0 if _turn(service, log, stop) else LOOK_S)
        except Unavailable as error:
            logger.warning("networks wait", detail=str(error), retry_in_s=AGAIN_S)
            service.health.waits("networks")
        stop.wait(AGAIN_S)


def _turn(service: Service, log: Log, stop: Event) -> int:
    try:
        settings = settings_of(service)
    except BadConfig as error:  # nothing else needs it now, and whoever mends it must not start anew
        raise Unavailable(str(error)) from error
    found = follow.catch_up(service.engine, log, settings, service.clock)
    service.health.works("networks")
    return found + grouping.following(service.engine, settings.hub_from, stop)
