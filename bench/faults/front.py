"""Gateways and workstation in the rig: opened with it, waited for at its end, and held against their laws."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.faults import desk_laws, gateway_laws, traffic
from bench.faults.feeding import Send
from bench.faults.gateways import Dropped, Listener, Posted
from bench.faults.installation import Places, folder_gateway, http_gateway
from bench.faults.traffic import Parcel
from screener.errors import Unavailable
from screener.review import database
from screener.stream.port import Log
from tests.system.site import Site

LOOK_S = 1.0

Told = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Gateways:
    """The two gateways, with those who send and listen at them."""

    watched: Path
    dropped: Dropped
    posted: Posted
    listener: Listener

    @staticmethod
    def opened(at: Places, site: Site) -> Gateways:
        watched = folder_gateway(at)
        url, token = http_gateway(at, site)
        return Gateways(watched, Dropped(watched), Posted(url, token), Listener(url, token))

    def ways(self) -> dict[str, Send]:
        """Who sends for which hub."""
        return {traffic.BY_FOLDER: self.dropped.send, traffic.BY_HTTP: self.posted.send}

    def settled(self, log: Log, told: Told, patience_s: float) -> Iterator[str]:
        """Wait, while it moves, until all files are taken and all verdicts heard; what is left."""
        given = gateway_laws.verdicts(log)

        def left() -> str | None:
            files, unheard = len(self.dropped.left), len(given - set(self.listener.heard))
            return f"{files} files to take, {unheard} verdicts to hear" if files or unheard else None

        if not _drained(left, told, patience_s):
            yield f"gateways: {left()}, and nothing moves for {patience_s:.0f} s"

    def violations(self, log: Log, fed: Sequence[Parcel]) -> Iterator[str]:
        for hub in traffic.GATEWAYS:
            yield from gateway_laws.in_the_log_once(log, hub, fed)
        yield from gateway_laws.each_file_in_its_place(self.dropped, self.watched, fed)
        yield from gateway_laws.answered_as_it_must(self.posted, self.listener)
        yield from gateway_laws.heard(gateway_laws.verdicts(log), self.listener)


@dataclass(frozen=True, slots=True)
class Desk:
    """The workstation's database, as whoever holds it against the log opens it."""

    site: Site

    def settled(self, log: Log, told: Told, patience_s: float) -> Iterator[str]:
        """Wait, while it moves, until all is taken in, judged and told; what is left."""
        engine = database.opened(self.site.settings.review.database)

        def left() -> str | None:
            try:
                return desk_laws.unfinished(engine, log, datetime.now(UTC))
            except Unavailable as error:
                return str(error)

        if not _drained(left, told, patience_s):
            yield f"workstation: {left()}, and nothing moves for {patience_s:.0f} s"
        engine.dispose()

    def violations(self, log: Log) -> tuple[desk_laws.Figures, list[str]]:
        settings = self.site.settings.review
        engine = database.opened(settings.database)
        try:
            return desk_laws.violations(engine, log, settings, self.site.folder / "journal")
        finally:
            engine.dispose()


def _drained(left: Callable[[], str | None], told: Told, patience_s: float) -> bool:
    """Wait until nothing is left, for as long as it goes on moving; whether it came to that."""
    before, since_s = left(), time.monotonic()
    while before is not None and time.monotonic() - since_s < patience_s:
        told(before)
        time.sleep(LOOK_S)
        if (now := left()) != before:
            before, since_s = now, time.monotonic()
    return before is None
