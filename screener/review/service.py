"""What the workstation is made of, passed to all of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from screener.config import Config, ReviewSettings
from screener.core.policy import Limits, Policy
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review.health import Health
from screener.review.policies import Policies
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
    health: Health = field(default_factory=Health)
    policies: Policies = field(default_factory=Policies)

    @property
    def settings(self) -> ReviewSettings:
        return self.config.review

    def allowed(self, hub: str) -> Limits:
        """What one parcel of a hub may hold. Raises `BadConfig` as `policy` does."""
        return self.policy().limits(hub)

    def policy(self) -> Policy:
        """The policy as its file says now, or said when it was last good. Raises `BadConfig` before that."""
        return self.policies.current(Path(self.config.decide.policy))
