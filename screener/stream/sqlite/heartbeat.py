"""A thread that says a member is alive while its worker is busy."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Heartbeat:
    """Calls `beat` every `interval_s` until stopped; what it raises is raised by the next `check`."""

    def __init__(self, beat: Callable[[], None], interval_s: float, name: str) -> None:
        self._beat = beat
        self._interval_s = interval_s
        self._stopped = threading.Event()
        self._failure: Exception | None = None
        # A daemon, so that a worker that ends without closing does not live on as a heartbeat.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what ended the heartbeat, if anything did."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._interval_s):
                self._beat()
        except Exception as error:  # noqa: BLE001  the end of the thread: `check` raises it in the worker's
            self._failure = error
