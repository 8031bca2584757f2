"""The files of a case: pictures that can be decoded, and PDF as it came; kept once under their SHA-256.

A PDF is foreign bytes that nothing here reads: it leaves as an attachment alone.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, func, insert, select

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import database, photographs
from screener.review.cases import cases, scene, sharing
from screener.review.cases.cases import Case
from screener.review.cases.tables import case_file
from screener.review.errors import NONE, Hidden
from screener.review.photographs import Kept
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person
from screener.review.service import Service

PDF: Final = "application/pdf"
PDF_MAGIC: Final = b"%PDF-"
ENDINGS: Final = {PDF: ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
MOST: Final = 500
"""Of one case."""

LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A file of a case; `name` is what who brought it called it, made harmless."""

    id: int
    case_id: int
    name: str
    sha256: str
    address: str
    content_type: str
    size_bytes: int
    agency: str
    by_shown: str
    at: datetime

    @property
    def is_picture(self) -> bool:
        return self.content_type != PDF


def upload(
    service: Service, who: Reviewer, case_id: int, *, name: str, content: bytes, content_type: str
) -> int:
    """Check, keep and enter a file, in this order; the number of its row.

    The database is not held while it is decoded. Raises `Hidden`, `Denied`, `BadInput`, `Unavailable`.
    """
    home = service.settings.agency
    with database.writing(service.engine) as connection:
        scene.opened(connection, who, home, service.clock(), case_id, deed="file_in")
    kept = keep(service.store, service.sandbox, service.settings, content, content_type)
    with database.writing(service.engine) as connection:
        return enter(connection, who, home, service.clock(), case_id, name=name, kept=kept)


def keep(
    store: EvidenceStore, sandbox: Sandbox, settings: ReviewSettings, content: bytes, content_type: str
) -> Kept:
    """Put a picture that can be decoded, or a PDF, into the store as it came.

    What it is its first bytes say, not its name. Raises `BadInput`, `Unavailable`.
    """
    if not content.startswith(PDF_MAGIC):
        if content_type.partition(";")[0].strip().lower() not in photographs.CONTENT_TYPES:
            raise BadInput("case_file_type", "expected a JPEG, PNG or WebP picture, or a PDF")
        return photographs.keep(store, sandbox, settings, content, content_type)
    if len(content) > settings.photograph_bytes:
        text = f"expected at most {settings.photograph_bytes} bytes, got {len(content)}"
        raise BadInput("photograph_too_large", text)
    sha256 = hashlib.sha256(content).hexdigest()
    return Kept(sha256, store.put(sha256, content, PDF), PDF, len(content))


def enter(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    name: str,
    kept: Kept,
) -> int:
    """Enter what was kept as a file of the case; the same one of the same agency again is the same row.

    Raises `Hidden`, `Denied`, `BadInput`.
    """
    at = scene.opened(connection, who, home, now, case_id, deed="file_in")
    own = (case_file.c.case == case_id, case_file.c.agency == at.agency)
    same = select(case_file.c.id).where(*own, case_file.c.sha256 == kept.sha256)
    if (known := connection.scalar(same)) is not None:
        return int(known)
    count = select(func.count()).select_from(case_file).where(case_file.c.case == case_id)
    if (connection.scalar(count) or 0) >= MOST:
        raise BadInput("case_many", f"expected at most {MOST} files in a case")
    row = {
        "case": case_id,
        "name": harmless(name, kept.content_type),
        "sha256": kept.sha256,
        "address": kept.address,
        "content_type": kept.content_type,
        "bytes": kept.size_bytes,
        "agency": at.agency,
        "by": who.person,
        "at": now,
    }
    number = int(connection.execute(insert(case_file).values(row).returning(case_file.c.id)).scalar_one())
    at.record("case_file_in", file=number, sha256=kept.sha256)
    return number


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[CaseFile, ...]:
    """The files of a case that `who` sees, in the order in which they came."""
    seen = sharing.items("file", case_file, who, Verb.SEE, home)
    query = _QUERY.where(case_file.c.case == case.id, seen).order_by(case_file.c.id)
    return tuple(_file(row) for row in connection.execute(query))


def find(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, number: int
) -> CaseFile:
    """A file of a case that `who` sees; that it is read is recorded. Raises `Hidden`."""
    case = cases.find(connection, who, home, case_id)
    own = (case_file.c.case == case_id, case_file.c.id == number)
    row = connection.execute(
        _QUERY.where(*own, sharing.items("file", case_file, who, Verb.SEE, home))
    ).first()
    if row is None:
        raise Hidden(NONE)
    cases.record(connection, who, now, case, "see_case_file", file=number)
    return _file(row)


def harmless(name: str, content_type: str) -> str:
    """A file's name without folders and signs that say nothing, with the ending of what it is."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    kept = "".join(char if char.isalnum() or char in "-_. ()" else "_" for char in plain)
    stem = kept.rpartition(".")[0] or kept
    return (stem.strip(" ._") or "file")[:LONGEST_NAME] + ENDINGS[content_type]


_QUERY: Final[Select[Any]] = select(case_file, person.c.shown).join(person, person.c.id == case_file.c.by)


def _file(row: Row[Any]) -> CaseFile:
    return CaseFile(
        id=row.id,
        case_id=row.case,
        name=row.name,
        sha256=row.sha256,
        address=row.address,
        content_type=row.content_type,
        size_bytes=row.bytes,
        agency=row.agency,
        by_shown=row.shown,
        at=row.at,
    )
