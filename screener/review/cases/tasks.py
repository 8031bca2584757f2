"""The tasks of a case: who does what until when, within one agency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, insert, select, update

from screener.errors import BadInput
from screener.review import moves
from screener.review.cases import scene, sharing
from screener.review.cases.cases import Case
from screener.review.cases.tables import case_task
from screener.review.errors import NONE, Conflict, Hidden
from screener.review.moves import Said
from screener.review.rights import EVERY, MAY, Reviewer, Role, Verb
from screener.review.schema import grant, person

_ABLE: Final = tuple(role for role in Role if Verb.DECIDE in MAY[role])


@dataclass(frozen=True, slots=True)
class CaseTask:
    """Something to be done, by `assignee_shown` where somebody was named."""

    id: int
    case_id: int
    text: str
    assignee: int | None
    assignee_shown: str | None
    due_at: datetime | None
    agency: str
    by_shown: str
    at: datetime
    done_by_shown: str | None
    done_at: datetime | None

    def overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due_at is not None and self.due_at <= now


def add(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    text: str,
    assignee: int | None = None,
    due_at: datetime | None = None,
) -> int:
    """Give a task to somebody of the own agency, or to whoever takes it; the row.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    at = scene.opened(connection, who, home, now, case_id, deed="task")
    if assignee is not None and assignee not in able(connection, at.agency):
        raise BadInput("case_assignee", "assignee: expected somebody who decides for the same agency")
    row = {
        "case": case_id,
        "text": moves.given(text.strip(), Said),
        "assignee": assignee,
        "due_at": due_at,
        "agency": at.agency,
        "by": who.person,
        "at": now,
    }
    query = insert(case_task).values(row).returning(case_task.c.id)
    number = int(connection.execute(query).scalar_one())
    at.record("case_task", task=number)
    return number


def done(connection: Connection, who: Reviewer, home: str, now: datetime, task_id: int) -> int:
    """Say that a task of the own agency is done; the row of its case. Raises alike."""
    row = connection.execute(select(case_task).where(case_task.c.id == task_id)).first()
    if row is None:
        raise Hidden(NONE)
    at = scene.opened(connection, who, home, now, row.case, deed="task_done")
    if row.agency != at.agency:
        raise Hidden(NONE)
    own = (case_task.c.id == task_id, case_task.c.done_at.is_(None))
    values = {"done_by": who.person, "done_at": now}
    if connection.execute(update(case_task).where(*own).values(values)).rowcount == 0:
        raise Conflict("the task was done already")
    at.record("case_task_done", task=task_id)
    return int(row.case)


def of_case(connection: Connection, who: Reviewer, home: str, case: Case) -> tuple[CaseTask, ...]:
    """The tasks of a case that `who` sees: what is to be done first, by when it is due."""
    doer, assigned = person.alias("doer"), person.alias("assigned")
    query = (
        select(
            case_task,
            person.c.shown,
            doer.c.shown.label("done_by_shown"),
            assigned.c.shown.label("assignee_shown"),
        )
        .join(person, person.c.id == case_task.c.by)
        .outerjoin(doer, doer.c.id == case_task.c.done_by)
        .outerjoin(assigned, assigned.c.id == case_task.c.assignee)
        .where(case_task.c.case == case.id, sharing.items("task", case_task, who, Verb.SEE, home))
        .order_by(
            case_task.c.done_at.is_not(None), case_task.c.due_at.is_(None), case_task.c.due_at, case_task.c.id
        )
    )
    return tuple(
        CaseTask(
            id=row.id,
            case_id=row.case,
            text=row.text,
            assignee=row.assignee,
            assignee_shown=row.assignee_shown,
            due_at=row.due_at,
            agency=row.agency,
            by_shown=row.shown,
            at=row.at,
            done_by_shown=row.done_by_shown,
            done_at=row.done_at,
        )
        for row in connection.execute(query)
    )


def able(connection: Connection, agency: str) -> dict[int, str]:
    """The people who decide for an agency, by row, as others see them."""
    query = (
        select(person.c.id, person.c.shown)
        .join(grant, grant.c.person == person.c.id)
        .where(person.c.disabled_at.is_(None), grant.c.role.in_(_ABLE), _for(agency))
        .distinct()
        .order_by(person.c.shown)
    )
    return {row.id: row.shown for row in connection.execute(query)}


def _for(agency: str) -> ColumnElement[bool]:
    return grant.c.agency.in_({agency, EVERY})
