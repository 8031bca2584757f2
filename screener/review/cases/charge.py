"""Who answers for a case, and what it is called."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from screener.errors import BadInput
from screener.review.cases import cases, scene, tasks
from screener.review.cases.tables import case_
from screener.review.rights import Reviewer


def rename(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, title: str
) -> None:
    """Call a case otherwise. Raises `Hidden`, `Denied`, `Conflict`, `BadInput`."""
    at = scene.opened(connection, who, home, now, case_id, deed="rename")
    named = cases.titled(title)
    values = {"title": named, "words": cases.words_of(at.case.number, named)}
    connection.execute(update(case_).where(case_.c.id == case_id).values(values))
    at.record("case_rename")


def hand_to(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, to: int
) -> None:
    """Let another person of the home agency answer for it. Raises alike."""
    at = scene.opened(connection, who, home, now, case_id, deed="lead")
    if to not in tasks.able(connection, home):
        raise BadInput("case_assignee", "lead: expected somebody who decides for the home agency")
    connection.execute(update(case_).where(case_.c.id == case_id).values(lead=to))
    at.record("case_lead", person=to)
