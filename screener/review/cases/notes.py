"""The notes of a case: never overwritten, a correction is a new one that names what it replaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from screener.review import moves
from screener.review.cases import scene, sharing
from screener.review.cases.cases import Case
from screener.review.cases.tables import case_note
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.moves import Said
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person


@dataclass(frozen=True, slots=True)
class CaseNote:
    """What somebody of an agency said of a case; `corrected_by` is the note that replaces it."""

    id: int
    text: str
    corrects: int | None
    corrected_by: int | None
    agency: str
    by: int
    by_shown: str
    at: datetime


def add(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    text: str,
    corrects: int | None = None,
) -> int:
    """Note something; `corrects` names a note of the same agency that it replaces. The row.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    at = scene.opened(connection, who, home, now, case_id, deed="note")
    said = moves.given(text.strip(), Said)
    if corrects is not None:
        _check_correctable(at, corrects)
    row = {
        "case": case_id,
        "text": said,
        "corrects": corrects,
        "agency": at.agency,
        "by": who.person,
        "at": now,
    }
    number = int(connection.execute(insert(case_note).values(row).returning(case_note.c.id)).scalar_one())
    at.record("case_note", note=number, corrects=corrects)
    return number


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[CaseNote, ...]:
    """The notes of a case that `who` sees, in order, those that were corrected among them."""
    query = (
        select(case_note, person.c.shown)
        .join(person, person.c.id == case_note.c.by)
        .where(case_note.c.case == case.id, sharing.items("note", case_note, who, Verb.SEE, home))
        .order_by(case_note.c.id)
    )
    rows = connection.execute(query).all()
    seen = {row.id for row in rows}
    corrected = {row.corrects: row.id for row in rows}
    return tuple(
        CaseNote(
            id=row.id,
            text=row.text,
            corrects=row.corrects if row.corrects in seen else None,
            corrected_by=corrected.get(row.id),
            agency=row.agency,
            by=row.by,
            by_shown=row.shown,
            at=row.at,
        )
        for row in rows
    )


def _check_correctable(at: scene.Scene, corrects: int) -> None:
    query = select(case_note.c.agency).where(case_note.c.id == corrects, case_note.c.case == at.case.id)
    agency = at.connection.scalar(query)
    if agency != at.agency:
        raise Hidden(NONE)
    if at.connection.scalar(select(case_note.c.id).where(case_note.c.corrects == corrects)) is not None:
        raise Conflict("that note was corrected already; correct the newer one")
