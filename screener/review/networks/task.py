"""What the workstation does beside its pages to know who belongs together: follow, then group."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from threading import Event

from screener.core import policy
from screener.core.policy import Networks
from screener.review.following import go_on
from screener.review.networks import follow, grouping
from screener.review.service import Service
from screener.stream.port import Log


def settings_of(service: Service) -> Networks:
    """What the policy says of networks, as its file says now. Raises `BadConfig`."""
    return policy.read(Path(service.config.decide.policy)).file.networks


def run(service: Service, log: Log, stop: Event) -> None:
    """Follow until `stop` is set. Raises `BadConfig`."""
    go_on("networks", stop, lambda: _turn(service, log, stop))


def _turn(service: Service, log: Log, stop: Event) -> int:
    settings = settings_of(service)
    window = timedelta(days=settings.window_days)
    found = follow.catch_up(service.engine, log, window, service.clock)
    return found + grouping.following(service.engine, settings.hub_from, stop)
