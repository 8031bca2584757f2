"""What a workstation does besides answering requests: threads that end the process when one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import structlog
from sqlalchemy import Connection

from screener.contracts.wire import Flagged
from screener.review import likeness, search
from screener.review.draws.keeping import keeping
from screener.review.feedback.task import running
from screener.review.intake import Also, take_in
from screener.review.ledger.follow import follow
from screener.review.ledger.warming import keep_warm
from screener.review.lists import led_to, working
from screener.review.networks import task
from screener.review.outbox import Outbox
from screener.review.service import Service
from screener.review.station import judging
from screener.stream.port import Closing, Log

STOP_S: Final = 5.0
"""How long the end waits for a thread: all that they do can be cut off at any moment."""

logger = structlog.get_logger(__name__)

Task = Callable[[threading.Event], None]
"""Works until the event is set; what it raises is a fault that nobody should go on with."""

Failed = Callable[[str, BaseException], object]
"""Told which task failed and of what, in the task's thread: it ends the process."""


class Background(Closing):
    """Tasks by name, each in a thread of its own, from the making to the end of the `with`."""

    def __init__(self, tasks: Mapping[str, Task], failed: Failed) -> None:
        self._stop = threading.Event()
        self._failed = failed
        self._failures: dict[str, BaseException] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(name, task), name=name, daemon=True)
            for name, task in tasks.items()
        ]
        for thread in self._threads:
            thread.start()

    @property
    def failures(self) -> Mapping[str, BaseException]:
        """What ended tasks before their time, by name; empty while all is well."""
        return MappingProxyType(self._failures)

    def close(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_S)

    def _run(self, name: str, task: Task) -> None:
        try:
            task(self._stop)
        except BaseException as error:
            logger.critical("background task failed", task=name, detail=str(error), exc_info=error)
            self._failures[name] = error
            self._stop.set()
            self._failed(name, error)


def kept(connection: Connection, item_id: int, flagged: Flagged) -> None:
    """Keep of a message by what its parcel is searched, and which tips it names."""
    search.keep(connection, item_id, flagged)
    led_to.keep(connection, item_id, flagged)


def tasks(service: Service, log: Log, *, also: Also = kept) -> dict[str, Task]:
    """What a workstation does on this log: take in, send out, follow other topics, and make scans comparable.

    What is taken in can be searched for.
    """
    outbox = Outbox(service.engine, log, service.clock)

    def intake(stop: threading.Event) -> None:
        settings, clock = service.settings, service.clock
        take_in(service.engine, log, settings, stop, clock, also=also, health=service.health)

    return {
        "intake": intake,
        "outbox": outbox.run,
        "likeness": likeness.signing(service),
        "ledger": partial(follow, service, log),
        "figures": lambda stop: keep_warm(service, stop),
        "lists": working.task(service, log),
        "networks": partial(task.run, service, log),
        "station": judging.judging(service),
        "draws": keeping(service),
        "models": running(service),
    }
