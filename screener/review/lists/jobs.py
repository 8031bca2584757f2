"""Changes of a list from their entering to their publication, whether one entry of a form or a whole file.

    reading > comparing > ready > (seconding) > publishing > done

A file is read and compared in the background (`reading`, `comparing`), a form at once. What is `ready` can
be looked at before it is confirmed; a licence, or a grade by which a sender is hardly looked at any more,
wants a second person, who is never the first. What was confirmed does what was shown: where the list has
changed meanwhile it is compared again and shown anew.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, text, update

from screener.contracts.reading import encode
from screener.core.entries import Entry, id_of
from screener.errors import BadInput
from screener.review import audit, moves
from screener.review.audit import Deed, Details
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.lists import rights
from screener.review.lists.tables import list_change, list_job, list_piece, listed
from screener.review.moves import Text
from screener.review.rights import Reviewer
from screener.review.schema import person
from screener.sealing.ring import KeyRing

READING, COMPARING, READY, SECONDING, PUBLISHING = (
    *("reading", "comparing", "ready", "seconding"),
    "publishing",
)
DONE, FAILED, DROPPED, REFUSED = "done", "failed", "dropped", "refused"
WORKED: Final = (READING, COMPARING, PUBLISHING)
"""What the background works on."""

ENDED: Final = (DONE, FAILED, DROPPED, REFUSED)
CHANGES: Final = ("added", "changed", "removed")

_LOCK: Final = zlib.crc32(b"lists")
"""Held by who confirms or ends something until the transaction ends (PostgreSQL; SQLite has one writer)."""


@dataclass(frozen=True, slots=True)
class Job:
    """A change of a list; counts are those of its entries, `lines` and `wrong` those of its file."""

    id: int
    list: str
    state: str
    by: int
    at: datetime
    agency: str
    from_file: bool
    replaces: bool
    bytes: int
    encoding: str | None
    expected: int
    lines: int
    entries: int
    wrong: int
    added: int
    changed: int
    removed: int
    unchanged: int
    weighty: int
    published: int
    failed: str | None
    looked_at: datetime | None
    confirmed_at: datetime | None
    second: int | None
    second_note: str
    ended_at: datetime | None
    by_shown: str
    second_shown: str | None

    @property
    def changes(self) -> int:
        return self.added + self.changed + self.removed

    @property
    def progress(self) -> float:
        """How much of what is under way is done, 0 to 1."""
        reading = self.state == READING
        done, of_all = (self.lines, self.expected) if reading else (self.published, self.entries)
        return min(1.0, done / max(1, of_all))

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def key(self) -> str:
        """What the record of reads and writes calls it."""
        return f"list:{self.list}/job-{self.id}"


_second: Final = person.alias("second")
_OWN: Final = tuple(one.name for one in fields(Job) if not one.name.endswith("_shown"))
_QUERY: Final[Select[Any]] = (
    select(
        *(list_job.c[name] for name in _OWN),
        person.c.shown.label("by_shown"),
        _second.c.shown.label("second_shown"),
    )
    .join(person, person.c.id == list_job.c.by)
    .outerjoin(_second, _second.c.id == list_job.c.second)
)


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was uploaded: sealed part by part once its job has a number."""

    pieces: Sequence[bytes]
    bytes: int
    sha256: str
    expected: int
    encoding: str
    replaces: bool


def find(connection: Connection, who: Reviewer, home: str, job_id: int) -> Job:
    """A job that this person may see. Raises `Hidden`."""
    job = of(connection, job_id)
    if job is None or not _sees(who, home, job):
        raise Hidden(NONE)
    return job


def of(connection: Connection, job_id: int) -> Job | None:
    """The job of this number."""
    row = connection.execute(_QUERY.where(list_job.c.id == job_id)).first()
    return None if row is None else _job_of(row)


def latest(connection: Connection, who: Reviewer, home: str, name: str, limit: int = 10) -> tuple[Job, ...]:
    """The newest jobs of a list that this person may see, those that are not done first."""
    if not rights.may_enter(who, home, name):
        return ()
    ended = list_job.c.state.in_(ENDED)
    query = _QUERY.where(list_job.c.list == name).order_by(ended, list_job.c.id.desc()).limit(5 * limit)
    found = [_job_of(row) for row in connection.execute(query)]
    return tuple(one for one in found if _sees(who, home, one))[:limit]


def waiting(connection: Connection, who: Reviewer, home: str) -> int:
    """How many jobs wait for this person as the second."""
    query = _QUERY.where(list_job.c.state == SECONDING, list_job.c.by != who.person)
    return sum(_sees(who, home, _job_of(row)) for row in connection.execute(query))


def begin(
    connection: Connection, who: Reviewer, home: str, now: datetime, name: str, *, entries: Sequence[Entry]
) -> int:
    """Enter entries that are to be compared; the job. Raises `Denied`."""
    rights.check_enter(who, home, name)
    job_id = _insert(connection, who, home, now, {"list": name, "from_file": False, "state": COMPARING})
    changed(connection, job_id, entries=add_changes(connection, job_id, 0, entries, ()))
    said: Details = {"job": job_id, "entries": len(entries)}
    audit.record(connection, Deed(now, who.name, "list_enter", f"list:{name}/job-{job_id}", said))
    return job_id


def begin_file(
    connection: Connection, who: Reviewer, home: str, now: datetime, name: str, *, file: File, ring: KeyRing
) -> int:
    """Keep a file that is to be read; the job. Raises `Denied`."""
    if not rights.may_import(who, home, name):
        raise Denied("a list is imported by the home agency's people who may enter what is on it")
    values = {
        "list": name,
        "from_file": True,
        "state": READING,
        "replaces": file.replaces,
        "encoding": file.encoding,
    }
    told = {"bytes": file.bytes, "sha256": file.sha256, "expected": file.expected}
    job_id = _insert(connection, who, home, now, values | told)
    boxes = [ring.seal(one, piece_aad(job_id, number)) for number, one in enumerate(file.pieces)]
    rows = [
        {"job": job_id, "number": number, "key_id": one.key_id, "box": one.box}
        for number, one in enumerate(boxes)
    ]
    connection.execute(insert(list_piece), rows)
    said: Details = {"bytes": file.bytes, "sha256": file.sha256, "replaces": file.replaces}
    audit.record(connection, Deed(now, who.name, "list_import", f"list:{name}/job-{job_id}", said))
    return job_id


def confirm(connection: Connection, who: Reviewer, home: str, now: datetime, job_id: int) -> str:
    """Publish what is ready, or ask a second person for it; the state that follows.

    Raises `Hidden`, `Conflict`. Where the list is no longer as it was shown, it is compared again instead.
    """
    lock(connection)
    job = find(connection, who, home, job_id)
    _expect(job, READY)
    if stale(connection, job):
        return _to(connection, job, COMPARING, published=0)
    if not job.changes:
        raise Conflict("nothing of it would change the list")
    if job.weighty:
        state = _to(connection, job, SECONDING, confirmed_at=now)
    else:
        check_free(connection, job.list)
        state = _to(connection, job, PUBLISHING, confirmed_at=now)
    _record(connection, who, now, job, "list_confirm")
    return state


def second(
    connection: Connection, who: Reviewer, home: str, now: datetime, job_id: int, *, agrees: bool, note: str
) -> str:
    """Answer as the second person; the state that follows.

    Raises `Hidden`, `Denied` for who entered it, `Conflict`, `BadInput` for a refusal without a word. Where
    the list is no longer as it was shown it is compared again, and both look once more.
    """
    lock(connection)
    job = find(connection, who, home, job_id)
    _expect(job, SECONDING)
    if job.by == who.person:
        raise Denied("a second person confirms it, not the one who entered it")
    note = moves.given(note.strip(), Text)
    if not agrees and not note:
        raise BadInput("move_text", "note: expected why it is refused")
    if agrees and stale(connection, job):
        return _to(connection, job, COMPARING, published=0)
    if agrees:
        check_free(connection, job.list)
    answer = {"second": who.person, "second_note": note}
    ended = {} if agrees else {"ended_at": now}
    state = _to(connection, job, PUBLISHING if agrees else REFUSED, **answer, **ended)
    _record(connection, who, now, job, "list_second", agrees=agrees)
    return state


def drop(connection: Connection, who: Reviewer, home: str, now: datetime, job_id: int) -> None:
    """Give a job up before it is published. Raises `Hidden`, `Conflict`."""
    lock(connection)
    job = find(connection, who, home, job_id)
    _expect(job, READING, COMPARING, READY, SECONDING)
    _to(connection, job, DROPPED, ended_at=now)
    _record(connection, who, now, job, "list_drop")


def stale(connection: Connection, job: Job) -> bool:
    """Whether an entry that the job changes is no longer as it was compared."""
    same = and_(listed.c.list == job.list, listed.c.entry_id == list_change.c.entry_id)
    query = (
        select(list_change.c.n)
        .outerjoin(listed, same)
        .where(list_change.c.job == job.id, func.coalesce(listed.c.version, 0) != list_change.c.base)
    )
    return connection.execute(query.limit(1)).first() is not None


def check_free(connection: Connection, name: str) -> None:
    """Raises `Conflict` while something else is being published to this list."""
    query = select(list_job.c.id).where(list_job.c.state == PUBLISHING, list_job.c.list == name)
    if connection.scalar(query.limit(1)) is not None:
        raise Conflict("another change of this list is being published; wait until it is done")


def lock(connection: Connection) -> None:
    """Let nobody else confirm or end anything until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def held(connection: Connection, job_id: int, state: str) -> Job | None:
    """The job, if it is still in this state; nobody changes it until the transaction ends."""
    lock(connection)
    job = of(connection, job_id)
    return job if job is not None and job.state == state else None


def add_changes(
    connection: Connection, job_id: int, last: int, entries: Collection[Entry], gone: Collection[str]
) -> int:
    """Add entries, and ids of such that are no longer given, after change `last`; the new last one."""
    values: list[tuple[str, bytes | None]] = [(id_of(one), encode(one)) for one in entries]
    values += [(one, None) for one in gone]
    rows = [
        {"job": job_id, "n": n, "entry_id": entry_id, "what": "unread", "base": 0, "value": value}
        for n, (entry_id, value) in enumerate(values, last + 1)
    ]
    if rows:
        connection.execute(insert(list_change), rows)
    return last + len(rows)


def changed(connection: Connection, job_id: int, **values: Any) -> None:
    """Set columns of a job."""
    connection.execute(update(list_job).where(list_job.c.id == job_id).values(**values))


def piece_aad(job_id: int, number: int) -> bytes:
    """What binds a sealed part of a file to its job."""
    return f"list_piece:{job_id}:{number}".encode()


def open_ones(states: Collection[str]) -> Select[Any]:
    """The jobs in these states, the oldest first."""
    return select(list_job.c.id).where(list_job.c.state.in_(states)).order_by(list_job.c.id)


def unswept() -> Select[Any]:
    """The jobs that have ended and still hold what they needed."""
    over = or_(list_job.c.state.in_(ENDED), list_job.c.failed.is_not(None))
    return select(list_job.c.id).where(over, list_job.c.swept.is_(False)).order_by(list_job.c.id)


def _sees(who: Reviewer, home: str, job: Job) -> bool:
    if not rights.may_enter(who, home, job.list):
        return False
    return rights.agency_of(who, home) == job.agency or job.list != rights.TIPS


def _insert(
    connection: Connection, who: Reviewer, home: str, now: datetime, values: Mapping[str, Any]
) -> int:
    own = {"by": who.person, "at": now, "agency": rights.agency_of(who, home)}
    made = insert(list_job).values(own | dict(values)).returning(list_job.c.id)
    return int(connection.execute(made).scalar_one())


def _expect(job: Job, *states: str) -> None:
    if job.state not in states:
        raise Conflict("this change of the list is no longer waiting for that")


def _to(connection: Connection, job: Job, state: str, **values: Any) -> str:
    changed(connection, job.id, state=state, **values)
    return state


def _record(connection: Connection, who: Reviewer, now: datetime, job: Job, what: str, **more: bool) -> None:
    counts: Details = {name: getattr(job, name) for name in (*CHANGES, "unchanged", "wrong")}
    audit.record(connection, Deed(now, who.name, what, job.key, {**counts, **more}))


def _job_of(row: Row[Any]) -> Job:
    return Job(**row._mapping)
