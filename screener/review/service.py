"""What the workstation is made of, passed to all of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from screener.config import Config, ReviewSettings
from screener.core import policy
from screener.core.policy import Limits
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review.shelf import Shelf
from screener.sealing.ring import KeyRing

Clock = Callable[[], datetime]
"""Aware UTC."""


@dataclass(frozen=True, slots=True)
class Service:
    """The opened parts of a workstation; `sandbox` decodes foreign images in a process of its own.

    `shelf` keeps what was made of them lately.
    """

    config: Config
    engine: Engine
    clock: Clock
    ring: KeyRing
    store: EvidenceStore
    sandbox: Sandbox
    shelf: Shelf = field(default_factory=Shelf)

    @property
    def settings(self) -> ReviewSettings:
        return self.config.review

    def allowed(self, hub: str) -> Limits:
        """What one parcel of a hub may hold, by the policy as its file says now. Raises `BadConfig`."""
        return policy.read(Path(self.config.decide.policy)).limits(hub)
