"""A case that somebody does something with: locked, and the right to it checked against the one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from screener.review.cases import cases, sharing
from screener.review.cases.cases import Case
from screener.review.cases.rules import RULES, Rule
from screener.review.cases.tables import case_, case_agency
from screener.review.errors import Conflict, Denied
from screener.review.rights import Reviewer


@dataclass(frozen=True, slots=True)
class Scene:
    """A locked case, and who does something with it now for which agency."""

    connection: Connection
    who: Reviewer
    home: str
    now: datetime
    case: Case
    agency: str

    def record(self, what: str, **details: str | int | bool | None) -> None:
        """A row of the record about it; call it last (`audit.record`)."""
        cases.record(self.connection, self.who, self.now, self.case, what, agency=self.agency, **details)


def opened(
    connection: Connection, who: Reviewer, home: str, now: datetime, case_id: int, *, deed: str
) -> Scene:
    """The case as it is now and stays until the transaction ends, for a deed of `rules.RULES`.

    Raises `Hidden`, `Denied` who may not do this, `Conflict` where the state does not allow it.
    """
    connection.execute(select(case_.c.id).where(case_.c.id == case_id).with_for_update())
    case, rule = cases.find(connection, who, home, case_id), RULES[deed]
    agency = _agency(connection, who, home, case_id, rule)
    if agency is None:
        raise Denied(f"expected the right to {rule.verb} on {case.number} for {home}; ask an administrator")
    if case.state not in rule.begins:
        raise Conflict(f"{deed}: not for a case that is {case.state}")
    return Scene(connection, who, home, now, case, agency)


def possible(connection: Connection, who: Reviewer, home: str, case: Case) -> frozenset[str]:
    """The deeds that `opened` would let `who` do with a case that he sees."""
    return frozenset(
        deed
        for deed, rule in RULES.items()
        if case.state in rule.begins and _agency(connection, who, home, case.id, rule) is not None
    )


def _agency(connection: Connection, who: Reviewer, home: str, case_id: int, rule: Rule) -> str | None:
    """For which agency `who` does it: the home agency, else one that accepted to work on the case."""
    if cases.is_ours(connection, who, home, case_id, rule.verb):
        return home
    if not rule.joint:
        return None
    theirs = select(case_agency.c.agency).where(
        case_agency.c.case == case_id,
        case_agency.c.state == "accepted",
        sharing.joined(who, rule.verb, home),
    )
    found: str | None = connection.scalar(theirs.order_by(case_agency.c.agency).limit(1))
    return found
