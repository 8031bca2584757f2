"""A gateway at work: folder, outbox and delivery together, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from screener.errors import Unavailable
from screener.hub.delivery import Delivery
from screener.hub.folder.gateway import Gateway
from screener.hub.folder.settings import FolderSettings
from screener.hub.outbox import Outbox
from screener.stream.port import Log

Refused = Callable[[str, str], None]
"""Told of each file that was refused: its name, and why."""


class Station:
    """The gateway with its outbox and its delivery, and an account for the person at the terminal."""

    def __init__(
        self, settings: FolderSettings, outbox: Outbox, delivery: Delivery, refused: Refused
    ) -> None:
        self.settings = settings
        self.outbox = outbox
        self.delivery = delivery
        self.gateway = Gateway.open(settings, outbox, self._told)
        self.trouble: str | None = None
        self.sent = 0
        self.refused = 0
        """Files since the start."""
        self._refused = refused

    @classmethod
    def open(
        cls,
        settings: FolderSettings,
        open_log: Callable[[], Log],
        stack: ExitStack,
        *,
        refused: Refused = lambda *_: None,
    ) -> Station:
        """All that the settings name; `stack` closes it again. Raises `BadConfig`."""
        outbox = stack.enter_context(Outbox(Path(settings.outbox), settings.outbox_bytes))
        delivery = Delivery(outbox, open_log, slot=settings.slot)
        station = cls(settings, outbox, delivery, refused)
        stack.enter_context(delivery)
        return station

    def turn(self) -> None:
        """One turn; what is in the way is shown, and tried again. Raises `BadConfig`."""
        self.delivery.check()
        try:
            self.gateway.turn()
            self.trouble = next((f"{name}: {why}" for name, why in self.gateway.troubles.items()), None)
        except Unavailable as error:
            self.trouble = str(error)

    def trouble_now(self) -> str | None:
        """What is in the way, of the folder or of the link."""
        return self.trouble or self.delivery.progress().trouble

    def line(self) -> str:
        """Where everything stands."""
        waiting = self.outbox.waiting()
        link = "connected" if self.delivery.progress().connected else "not connected"
        text = f"sent {self.sent}  refused {self.refused}  waiting {waiting.count}"
        if waiting.count:
            text += f" ({waiting.bytes / 1e6:.1f} MB, for {waiting.oldest_s:.0f} s)"
        return f"{text}  not ready {len(self.gateway.unready)}  {link}"

    def _told(self, name: str, why: str | None) -> None:
        if why is None:
            self.sent += 1
        else:
            self.refused += 1
            self._refused(name, why)
