"""What the workstation is made of, passed to all of its parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from screener.config import Config, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.sealing.ring import KeyRing

Clock = Callable[[], datetime]
"""Aware UTC."""


@dataclass(frozen=True, slots=True)
class Service:
    """The opened parts of a workstation; `sandbox` decodes foreign images in a process of its own."""

    config: Config
    engine: Engine
    clock: Clock
    ring: KeyRing
    store: EvidenceStore
    sandbox: Sandbox

    @property
    def settings(self) -> ReviewSettings:
        return self.config.review
