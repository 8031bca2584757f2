"""A workstation's lists without its pages: people, a log with the three topics, files as uploaded."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from msgspec.structs import replace
from sqlalchemy import Engine, select

from screener.config import Config, LogSettings, ReviewSettings
from screener.contracts import topics
from screener.core.entries import Entry
from screener.core.table import Reading, entry
from screener.review import database
from screener.review.lists import comparing, files, follow, jobs, standing, working
from screener.review.lists.jobs import Job
from screener.review.lists.tables import listed
from screener.review.outbox import SLOT, Outbox
from screener.review.rights import Reviewer, Role
from screener.review.service import Service
from screener.stages.lists import read_whole
from screener.stages.topology import internal_specs
from screener.stream.port import Log
from screener.stream.sqlite import Sqlite
from tests.review.stations import HOME, somebody
from tests.stages.world import RING

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
PHONE, ADDRESS = "13800138000", "长沙市开福区示范路3栋1201"
HEAD = "id,phone,address,grade,business,expires"


def log_of_lists(folder: Path) -> Sqlite:
    """A log that has the topics of the lists, and no other."""
    log = Sqlite(folder / "lists.db")
    log.create([spec for spec in internal_specs(LogSettings()) if spec.name in topics.LISTS])
    return log


class Desk:
    """A workstation with a supervisor `li`, another one `wang`, and an investigator `zhao`."""

    def __init__(self, engine: Engine, log: Log) -> None:
        self.engine, self.log, self.now = engine, log, NOW
        config = replace(Config(), review=ReviewSettings(agency=HOME))
        none = cast("Any", None)
        self.service = Service(config, engine, lambda: self.now, RING, none, none)
        self.li = somebody(engine, "li", Role.SUPERVISOR)
        self.wang = somebody(engine, "wang", Role.SUPERVISOR)
        self.zhao = somebody(engine, "zhao", Role.INVESTIGATOR)

    def log_folder(self) -> Path:
        """Where database and log lie."""
        return Path(str(self.engine.url.database)).parent

    def uploads(self, name: str, *lines: str, replaces: bool = False, who: Reviewer | None = None) -> int:
        return self.uploads_bytes(name, "\n".join(lines).encode(), replaces=replaces, who=who)

    def uploads_bytes(
        self, name: str, content: bytes, *, replaces: bool = False, who: Reviewer | None = None
    ) -> int:
        """A file as it is uploaded; the job that will read it. Raises `BadInput`."""
        file = files.taken(io.BytesIO(content), replaces=replaces)
        with database.writing(self.engine) as connection:
            who = who or self.li
            return jobs.begin_file(connection, who, HOME, self.now, name, file=file, ring=RING)

    def enters(self, name: str, *entries: Entry, who: Reviewer | None = None) -> int:
        """Entries of a form, compared."""
        with database.writing(self.engine) as connection:
            job = jobs.begin(connection, who or self.li, HOME, self.now, name, entries=entries)
        comparing.at_once(self.engine, job, self.now)
        return job

    def works(self) -> None:
        """All that the background has to do."""
        stop = threading.Event()
        follow.catch_up(self.engine, self.log, HOME, self.service.clock)
        while working.work_off(self.service, stop):
            self.sends()

    def sends(self) -> None:
        with self.log.publisher(SLOT) as publisher:
            while Outbox(self.engine, self.log, self.service.clock).send(publisher):
                pass

    def confirms(self, job_id: int, who: Reviewer | None = None) -> str:
        with database.writing(self.engine) as connection:
            return jobs.confirm(connection, who or self.li, HOME, self.now, job_id)

    def seconds(
        self, job_id: int, *, agrees: bool = True, who: Reviewer | None = None, note: str = ""
    ) -> str:
        with database.writing(self.engine) as connection:
            given = (connection, who or self.wang, HOME, self.now, job_id)
            return jobs.second(*given, agrees=agrees, note=note)

    def publishes(self, job_id: int) -> None:
        """Confirm, where it has to be by two, and do all that follows."""
        if self.confirms(job_id) == jobs.SECONDING:
            self.seconds(job_id)
        self.works()
        self.sends()
        follow.catch_up(self.engine, self.log, HOME, self.service.clock)

    def job(self, job_id: int) -> Job:
        with database.reading(self.engine) as connection:
            found = jobs.of(connection, job_id)
        assert found is not None
        return found

    def counts(self, job_id: int) -> tuple[int, int, int, int]:
        job = self.job(job_id)
        return job.added, job.changed, job.removed, job.unchanged

    def on_the_list(self, name: str) -> dict[str, Entry]:
        """What pages show as not removed."""
        query = select(listed).where(listed.c.list == name, listed.c.removed_at.is_(None))
        with database.reading(self.engine) as connection:
            rows = connection.execute(query).all()
        return {row.entry_id: standing.entry_of(name, row.value) for row in rows}

    def in_the_log(self, name: str) -> dict[str, Entry]:
        """What [decide] reads."""
        return read_whole(self.log, standing.KINDS[name])

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


def a_tip(tip_id: str = "tip-1", by: str = "phone", text: str = PHONE, **fields: str) -> Entry:
    said = {"source": "12313", **fields, by: text}
    return entry(said, by, tip_id, Reading(standing.KINDS["tips"], RING, NOW))


def a_sender(sender_id: str = "shop-1", text: str = PHONE, grade: str = "B", business: str = "shop") -> Entry:
    said = {"phone": text, "grade": grade, "business": business}
    return entry(said, "phone", sender_id, Reading(standing.KINDS["senders"], RING, NOW))


def a_licence(licence_id: str = "permit-1", by: str = "phone", text: str = PHONE) -> Entry:
    said = {by: text, "sticks": "50000"}
    return entry(said, by, licence_id, Reading(standing.KINDS["licences"], RING, NOW))


def shops(numbers: Iterable[int], grade: str = "B") -> list[str]:
    """Lines of a file of senders, each with a phone number of its own."""
    return [f"s{n},139{n:08},,{grade},shop," for n in numbers]
