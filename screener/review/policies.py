"""The policy that the workstation goes by: a file that is bad meanwhile changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

from screener.core import policy
from screener.core.policy import Policy
from screener.errors import BadConfig
from screener.reloading import Reloader


class Policies:
    """The newest good policy of each file that was asked for. Threads share it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: dict[Path, Reloader[Policy]] = {}
        self._trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """What is wrong with the file as it lies there now; None while it is gone by."""
        return self._trouble

    def current(self, path: Path) -> Policy:
        """What the file says, or said when it was last good. Raises `BadConfig` where it never was."""
        with self._guard:
            if path not in self._known:
                self._known[path] = self._opened(path)
            return self._known[path].current()

    def _opened(self, path: Path) -> Reloader[Policy]:
        def read(_: Policy | None) -> Policy:
            found = policy.read(path)
            self._trouble = None
            return found

        def refused(error: BadConfig) -> None:
            self._trouble = str(error)

        return Reloader("policy", files=lambda: policy.files(path), load=read, every_s=0.0, refused=refused)
