"""What is done about offered models in the background: switches are placed, models compared."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog

from screener.errors import Unavailable
from screener.review.alone import alone
from screener.review.feedback import comparing, switching
from screener.review.feedback.comparing import Loaded
from screener.review.service import Service

IDLE_S: Final = 1.0
HELD_S: Final = 2.0
"""How long it is compared before a switch is looked for again."""

TAKE_OVER_S: Final = 60.0
"""How often what people said since is taken over."""

logger = structlog.get_logger(__name__)


def running(service: Service) -> Callable[[threading.Event], None]:
    """A task that goes on until it is stopped; one process of those at a database does it at a time."""

    def run(stop: threading.Event) -> None:
        loaded, take_over_s = comparing.loading(service), 0.0
        while not stop.is_set():
            try:
                left = step(service, loaded)
                if time.monotonic() >= take_over_s:
                    comparing.catch_up(service)
                    take_over_s = time.monotonic() + TAKE_OVER_S
            except Unavailable as error:
                logger.warning("models wait", detail=str(error), retry_in_s=IDLE_S)
                left = False
            stop.wait(0 if left else IDLE_S)

    return run


def step(service: Service, loaded: Loaded) -> bool | None:
    """Place what waits and compare for a while; whether anything is left, None while another is at it.

    The lock is held for more than one parcel: PostgreSQL takes a moment to know that it is free again.
    Raises `Unavailable`.
    """
    until_s = time.monotonic() + HELD_S
    with alone(service.engine, switching.LOCK) as ours:
        if not ours:
            return None
        switching.place_all(service)
        left = comparing.portion(service, loaded)
        while left and time.monotonic() < until_s:
            left = comparing.portion(service, loaded)
        return left
