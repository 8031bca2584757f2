"""The watchdog: a call without a timeout of its own ends the process, so that it never hangs for ever."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

EX_TEMPFAIL = 75
"""Exit code that tells a supervisor: start it again."""

logger = structlog.get_logger(__name__)


class Watchdog:
    """Ends the process with `EX_TEMPFAIL` if what it guards takes longer than `limit_s`."""

    def __init__(self, limit_s: float, end_process: Callable[[int], object] = os._exit) -> None:
        self._limit_s = limit_s
        self._end_process = end_process

    @contextmanager
    def guard(self, what: str) -> Iterator[None]:
        """Guard the body of a `with`; `what` names it in the one line that is logged."""
        timer = threading.Timer(self._limit_s, self._fire, (what,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _fire(self, what: str) -> None:
        logger.critical("hangs", what=what, limit_s=self._limit_s, exit_code=EX_TEMPFAIL)
        self._end_process(EX_TEMPFAIL)
