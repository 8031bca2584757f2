"""Gateways and workstation in the rig: opened with it, waited for at its end, and held against their laws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.faults import desk_laws, gateway_laws, traffic
from bench.faults.feeding import Send
from bench.faults.gateways import Dropped, Listener, Posted
from bench.faults.installation import Places, folder_gateway, http_gateway
from bench.faults.reading import wait_for
from bench.faults.traffic import Parcel
from screener.errors import Unavailable
from screener.review import database
from screener.stream.port import Log
from tests.system.site import Site

LONGEST_S = 180.0
"""Nothing moved for so long is a violation."""

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

    def settled(self, log: Log, told: Told) -> Iterator[str]:
        """Wait until every file is taken and every verdict heard; what does not come to that."""
        given = gateway_laws.verdicts(log)

        def left() -> int:
            return len(self.dropped.left) + len(given - set(self.listener.heard))

        if not _drained(left, lambda: told(f"at the gateways {left()} files and verdicts wait")):
            yield f"gateways: {left()} files or verdicts wait, and none moves for {LONGEST_S:.0f} s"

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

    def settled(self, log: Log, told: Told) -> Iterator[str]:
        """Wait until all is taken in, judged and told; what does not come to that."""
        engine = database.opened(self.site.settings.review.database)

        def left() -> int:
            try:
                found = desk_laws.unfinished(engine, log, datetime.now(UTC))
            except Unavailable:
                return -1
            if found:
                told(f"at the desk {found}")
            return 0 if found is None else hash(found)

        if not _drained(left, lambda: None):
            yield f"workstation: {desk_laws.unfinished(engine, log, datetime.now(UTC))}, and nothing moves"
        engine.dispose()

    def violations(self, log: Log) -> tuple[desk_laws.Figures, list[str]]:
        settings = self.site.settings.review
        engine = database.opened(settings.database)
        try:
            return desk_laws.violations(engine, log, settings, self.site.folder / "journal")
        finally:
            engine.dispose()


def _drained(left: Callable[[], int], told: Callable[[], object]) -> bool:
    """Wait until nothing is left, for as long as it goes on moving; whether it came to that."""
    while (before := left()) != 0:
        told()
        if wait_for(lambda: left() != before, LONGEST_S) is None:
            return False
    return True
