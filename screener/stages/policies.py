"""The policy may be replaced while a worker runs; a bad new one never goes into service."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from screener.core import policy
from screener.core.policy import Policy
from screener.reloading import Refused, Reloader


class PolicyReloader(Reloader[Policy]):
    """The policy in force: looks at its file and its weights every few seconds, keeps the old one if bad.

    Each decision names the policy it was made under, so a change in the midst of a step is told apart.
    """

    def __init__(
        self,
        path: Path,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        """Read the first policy. Raises `BadConfig` where that is not possible."""
        super().__init__(
            "policy",
            files=lambda: policy.files(path),
            load=lambda _: policy.read(path),
            every_s=every_s,
            clock=clock,
            refused=refused,
        )
