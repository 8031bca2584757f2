"""The steps that move a case: filed, closed by two people, reopened. The state follows from all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from screener.errors import BadInput
from screener.review import moves
from screener.review.cases import cases, rules, scene
from screener.review.cases.cases import Case
from screener.review.cases.rules import RESULTS, State, Step
from screener.review.cases.scene import Scene
from screener.review.cases.tables import case_, case_step
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.moves import Text
from screener.review.rights import Reviewer, Verb
from screener.review.schema import person


@dataclass(frozen=True, slots=True)
class Made:
    """A step that somebody made, and what the second person said; names are those that others see."""

    id: int
    kind: str
    note: str
    reference: str
    result: str | None
    by: int
    by_shown: str
    at: datetime
    second_shown: str | None
    seconded_at: datetime | None
    refused: bool | None
    second_note: str

    @property
    def step(self) -> Step:
        return Step(self.kind, None if self.refused is None else not self.refused)

    @property
    def pending(self) -> bool:
        """Whether it waits for a second person."""
        return self.step.pending


def step(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    version: int,
    kind: str,
    note: str = "",
    reference: str = "",
    result: str | None = None,
) -> int:
    """File, close or reopen the case as `version` showed it; the number of the step.

    A closing says how it ended (`rules.RESULTS`) and waits for a second person. A reopening and a closing
    say why. Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    if kind not in rules.STEPS:
        raise BadInput("case_step", f"kind: expected one of {', '.join(rules.STEPS)}, got {kind[:20]!r}")
    at = scene.opened(connection, who, home, now, case_id, deed=kind)
    if at.case.version != version:
        raise Conflict(f"it has changed since it was shown: version {at.case.version}, {at.case.state}")
    given = _given(at, kind, note, reference, result)
    row = {"case": case_id, "kind": kind, "by": who.person, "at": now} | given
    number = int(connection.execute(insert(case_step).values(row).returning(case_step.c.id)).scalar_one())
    _settle(at)
    at.record(f"case_{kind}", step=number, result=given["result"])
    return number


def second(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    step_id: int,
    *,
    agrees: bool,
    note: str = "",
) -> int:
    """Confirm or refuse a closing that another person proposed; the row of its case.

    Raises `Hidden`, `Denied`, `Conflict`, `BadInput`.
    """
    case_id = connection.scalar(select(case_step.c.case).where(case_step.c.id == step_id))
    if case_id is None:
        raise Hidden(NONE)
    connection.execute(select(case_.c.id).where(case_.c.id == case_id).with_for_update())
    case = cases.find(connection, who, home, case_id)
    proposed = next(one for one in of_case(connection, case_id) if one.id == step_id)
    if not cases.is_ours(connection, who, home, case_id, Verb.SECOND) or proposed.by == who.person:
        raise Denied("expected another person than who proposed it")
    if not proposed.pending:
        raise Conflict("it does not wait for a second person")
    said = moves.given(note.strip(), Text)
    values = {"second": who.person, "seconded_at": now, "refused": not agrees, "second_note": said}
    connection.execute(update(case_step).where(case_step.c.id == step_id).values(values))
    at = Scene(connection, who, home, now, case, home)
    _settle(at)
    at.record("case_second", step=step_id, agrees=agrees)
    return int(case_id)


def may_second(connection: Connection, who: Reviewer, home: str, case: Case) -> Made | None:
    """What of a case waits for a second person who `who` can be."""
    if not cases.is_ours(connection, who, home, case.id, Verb.SECOND):
        return None
    pending = (one for one in of_case(connection, case.id) if one.pending and one.by != who.person)
    return next(pending, None)


_second: Final = person.alias("second")
_QUERY: Final = (
    select(case_step, person.c.shown.label("by_shown"), _second.c.shown.label("second_shown"))
    .join(person, person.c.id == case_step.c.by)
    .outerjoin(_second, _second.c.id == case_step.c.second)
    .order_by(case_step.c.id)
)


def of_case(connection: Connection, case_id: int) -> tuple[Made, ...]:
    """All steps of a case that `cases.find` has found, in order."""
    return tuple(_made(row) for row in connection.execute(_QUERY.where(case_step.c.case == case_id)))


def _given(at: Scene, kind: str, note: str, reference: str, result: str | None) -> dict[str, Any]:
    said = moves.given(note.strip(), moves.Text if kind == "file" else moves.Said)
    if kind == "close" and at.case.state not in RESULTS.get(result or "", frozenset()):
        known = ", ".join(name for name, begins in RESULTS.items() if at.case.state in begins)
        raise BadInput("case_result", f"result: expected one of {known}, got {result!r}")
    named = moves.given(" ".join(reference.split()), moves.Place) if reference.strip() else ""
    return {"note": said, "reference": named, "result": result if kind == "close" else None}


def _settle(at: Scene) -> None:
    """Bring a case to the state that its steps say, as a new version."""
    past = of_case(at.connection, at.case.id)
    state = rules.state_of(one.step for one in past)
    filed = next((one for one in reversed(past) if one.kind == "file"), None)
    closed = next((one for one in reversed(past) if one.kind == "close" and one.refused is False), None)
    values = {
        "state": state,
        "version": at.case.version + 1,
        "filed_at": filed.at if filed else None,
        "closed_at": closed.seconded_at if closed and state is State.CLOSED else None,
        "result": closed.result if closed and state is State.CLOSED else None,
    }
    at.connection.execute(update(case_).where(case_.c.id == at.case.id).values(values))


def _made(row: Row[Any]) -> Made:
    return Made(
        id=row.id,
        kind=row.kind,
        note=row.note,
        reference=row.reference,
        result=row.result,
        by=row.by,
        by_shown=row.by_shown,
        at=row.at,
        second_shown=row.second_shown,
        seconded_at=row.seconded_at,
        refused=row.refused,
        second_note=row.second_note,
    )
