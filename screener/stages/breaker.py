"""The breaker: many bad messages from one hub pause that hub; many from everywhere stop the worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from screener.config import DeadLetterLimits
from screener.errors import Halt


@dataclass(slots=True)
class Window:
    """The last so many messages: how many of them were bad."""

    size: int
    _kept: deque[bool] = field(default_factory=deque)
    _bad: int = 0

    def add(self, bad: bool) -> None:
        self._kept.append(bad)
        self._bad += bad
        if len(self._kept) > self.size:
            self._bad -= self._kept.popleft()

    @property
    def bad_share(self) -> float | None:
        """The share of bad ones; None until the window has filled."""
        return self._bad / self.size if len(self._kept) == self.size else None


class Breaker:
    """Watches the share of dead letters by hub. `clock_s` is monotonic: a pause is a matter of the wall."""

    def __init__(self, limits: DeadLetterLimits, clock_s: Callable[[], float]) -> None:
        self._limits = limits
        self._clock_s = clock_s
        self._hubs: dict[str, Window] = {}
        self._bad: set[str] = set()
        self._paused_until_s: dict[str, float] = {}

    def add(self, hub: str, *, bad: bool) -> None:
        """Count one message. Raises `Halt` when most hubs, two at least, send nearly nothing but bad ones."""
        window = self._hubs.setdefault(hub, Window(self._limits.window))
        window.add(bad)
        if window.bad_share is None:
            return
        if _over(window, self._limits.worker_share):
            self._bad.add(hub)
            self._check_all()
        else:
            self._bad.discard(hub)
        if _over(window, self._limits.hub_share):
            self._paused_until_s[hub] = self._clock_s() + self._limits.pause_s
            self._hubs[hub] = Window(self._limits.window)

    def paused(self) -> frozenset[str]:
        """The hubs that are paused now; when the pause is over a hub is tried again."""
        now_s = self._clock_s()
        self._paused_until_s = {hub: until for hub, until in self._paused_until_s.items() if until > now_s}
        return frozenset(self._paused_until_s)

    def _check_all(self) -> None:
        """One bad hub is that hub's fault; when most of them are bad at a time, the fault is ours."""
        if len(self._bad) > 1 and len(self._bad) * 2 > len(self._hubs):
            raise Halt(
                f"more than {self._limits.worker_share:.0%} of the last {self._limits.window} messages could "
                f"not be read, at {len(self._bad)} of {len(self._hubs)} hubs: this batch was not committed; "
                "look at the dead letters (`screener watch --rejected`), mend the cause, start again"
            )


def _over(window: Window, share: float) -> bool:
    """Whether more than `share` is bad; a share of 1 turns the limit off."""
    return share < 1 and window.bad_share is not None and window.bad_share > share
