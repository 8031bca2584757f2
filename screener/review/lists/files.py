"""Files of lists: taken apart as they come, sealed, and read line by line by a job that can be resumed.

A file lies sealed in the database until it was read and never lies there open; each batch of lines and how
far it goes are one transaction, so that nothing is lost and nothing is taken twice whoever is killed when.
"""

from __future__ import annotations

import codecs
import hashlib
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Final

from sqlalchemy import Connection, Engine, insert, select

from screener.contracts.wire import Sealed
from screener.core import table
from screener.core.entries import Entry, id_of
from screener.core.table import Line, Reading
from screener.errors import BadInput
from screener.review import database
from screener.review.lists import jobs, standing
from screener.review.lists.jobs import File, Job
from screener.review.lists.tables import list_job, list_piece, list_wrong, listed
from screener.review.service import Clock, Service
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.ring import KeyRing

LARGEST_BYTES: Final = 64 * 1024 * 1024
PIECE_BYTES: Final = 256 * 1024
BATCH: Final = 250
"""Lines of one transaction; each may become several entries."""

MOST_LINES: Final = 1_000_000
MOST_WRONG: Final = 10_000
"""A file of which more is wrong is not the one that was meant."""

ENCODINGS: Final = ("utf-8", "gb18030")

_NO_TEXT: Final = {b"PK\x03\x04": "a workbook", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def taken(upload: IO[bytes], *, replaces: bool) -> File:
    """A file in parts, with the encoding that it is in. Raises `BadInput`."""
    pieces: list[bytes] = []
    digest, size, ends = hashlib.sha256(), 0, 0
    encodings = _Encodings()
    while piece := upload.read(PIECE_BYTES):
        size += len(piece)
        if size > LARGEST_BYTES:
            raise BadInput("list_file", f"file: expected at most {LARGEST_BYTES} bytes, got more")
        if not pieces:
            _check_text(piece)
        encodings.feed(piece)
        digest.update(piece)
        ends += piece.count(b"\n")
        pieces.append(piece)
    if not pieces:
        raise BadInput("list_file", "file: expected a CSV file, got none")
    return File(tuple(pieces), size, digest.hexdigest(), ends, encodings.found(), replaces)


def read(service: Service, job_id: int) -> Iterator[int]:
    """Read a job's file to its end, a batch at a time; gives the lines so far after each.

    A file that is no such table ends the job with what was wrong; a job that was dropped is left alone.
    """
    with database.reading(service.engine) as connection:
        job = jobs.of(connection, job_id)
    if job is None or job.state != jobs.READING:
        return
    try:
        yield from _batches(service, job)
    except BadInput as error:
        _fail(service.engine, service.clock, job, error.detail)
    except (Unreadable, Tampered):
        _fail(service.engine, service.clock, job, "the file can no longer be unsealed: upload it again")


def _batches(service: Service, job: Job) -> Iterator[int]:
    kind = standing.KINDS[job.list]
    found = table.rows(table.physical(_text(service.engine, service.ring, job)), kind)
    lines = table.lines(found, Reading(kind, service.ring, job.at), after=job.lines)
    at = job.lines
    while batch := list(islice(lines, BATCH)):
        if at + len(batch) > MOST_LINES:
            raise BadInput("table", f"expected at most {MOST_LINES} lines, got more")
        with database.writing(service.engine) as connection:
            if not _keep(connection, job, batch, at):
                return
        at += len(batch)
        yield at
    with database.writing(service.engine) as connection:
        if jobs.held(connection, job.id, jobs.READING):
            entries = list_job.c.published  # of reading: the last entry
            jobs.changed(connection, job.id, state=jobs.COMPARING, entries=entries, published=0)


def _keep(connection: Connection, job: Job, batch: list[Line], at: int) -> bool:
    """Keep what the lines after line `at` say; False where the job was dropped meanwhile."""
    now = jobs.held(connection, job.id, jobs.READING)
    if now is None or now.lines != at:
        return False
    wrong = [{"job": job.id, "line": one.number, "why": one.wrong} for one in batch if one.wrong]
    if now.wrong + len(wrong) > MOST_WRONG:
        first = f"the first: line {wrong[0]['line']}: {wrong[0]['why']}" if wrong else ""
        raise BadInput("table", f"more than {MOST_WRONG} lines are wrong, {first}")
    if wrong:
        connection.execute(insert(list_wrong), wrong)
    given = [entry for one in batch for entry in one.entries]
    last = jobs.add_changes(connection, job.id, now.published, given, _gone(connection, job, batch, given))
    jobs.changed(connection, job.id, lines=at + len(batch), wrong=now.wrong + len(wrong), published=last)
    return True


def _gone(connection: Connection, job: Job, batch: list[Line], given: list[Entry]) -> list[str]:
    """What the list has of these lines and they no longer say."""
    kind = standing.KINDS[job.list]
    said = {id_of(one) for one in given}
    asked = [one for line in batch for one in line.spoken_of(kind) if one not in said]
    found: list[str] = []
    for start in range(0, len(asked), standing.CHUNK):
        query = select(listed.c.entry_id).where(
            listed.c.list == job.list,
            listed.c.removed_at.is_(None),
            listed.c.entry_id.in_(asked[start : start + standing.CHUNK]),
        )
        found += connection.scalars(query)
    return sorted(found)


def _fail(engine: Engine, clock: Clock, job: Job, why: str) -> None:
    with database.writing(engine) as connection:
        if jobs.held(connection, job.id, jobs.READING):
            jobs.changed(connection, job.id, state=jobs.FAILED, failed=why, ended_at=clock())


def _text(engine: Engine, ring: KeyRing, job: Job) -> io.TextIOWrapper:
    """The file as text; no more than a part of it is held at a time."""
    encoding = "utf-8-sig" if job.encoding == "utf-8" else str(job.encoding)
    buffered = io.BufferedReader(_Pieces(_pieces(engine, ring, job)), PIECE_BYTES)
    return io.TextIOWrapper(buffered, encoding, newline="")


def _pieces(engine: Engine, ring: KeyRing, job: Job) -> Iterator[bytes]:
    number = 0
    while True:
        its = (list_piece.c.job == job.id, list_piece.c.number == number)
        with database.reading(engine) as connection:
            row = connection.execute(select(list_piece).where(*its)).first()
        if row is None:
            return
        yield ring.unseal(Sealed(key_id=row.key_id, box=row.box), jobs.piece_aad(job.id, number))
        number += 1


class _Pieces(io.RawIOBase):
    """Parts one after the other as one stream."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._pieces, b"")
        size = min(len(into), len(self._rest))
        into[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


class _Encodings:
    """Which of the known encodings all parts so far are in."""

    def __init__(self) -> None:
        self._open = {name: codecs.getincrementaldecoder(name)() for name in ENCODINGS}

    def feed(self, piece: bytes, *, final: bool = False) -> None:
        for name, decoder in list(self._open.items()):
            try:
                decoder.decode(piece, final)
            except UnicodeDecodeError:
                del self._open[name]

    def found(self) -> str:
        """The first of them. Raises `BadInput`."""
        self.feed(b"", final=True)
        for name in self._open:
            return name
        raise BadInput("list_encoding", "file: expected text in UTF-8 or GB18030, got other bytes")


def _check_text(beginning: bytes) -> None:
    for mark, name in _NO_TEXT.items():
        if beginning.startswith(mark):
            raise BadInput("list_encoding", f"file: expected CSV in UTF-8 or GB18030, got {name}")
