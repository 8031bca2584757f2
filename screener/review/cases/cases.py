"""Cases: begun over parcels, found, listed, counted and moved from state to state.

A case is the home agency's; `visible` says who else sees it (`sharing`). Every deed is a row of the record
under the target `case:NUMBER`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, and_, func, insert, select, text, update

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review import audit, moves, parcels, search
from screener.review.audit import Deed, Details
from screener.review.cases import sharing
from screener.review.cases.rules import WORKED_ON, State
from screener.review.cases.sharing import visible
from screener.review.cases.tables import case_, case_parcel
from screener.review.errors import NONE, Denied, Hidden
from screener.review.rights import Reviewer, Verb
from screener.review.schema import action, parcel, person

__all__ = ["Case", "begin", "find", "of_parcel", "put_in", "record", "visible"]

ZONE: Final = ReviewSettings().time_zone
MOST_PARCELS: Final = 5000
LONGEST_TITLE: Final = 200
CHUNK: Final = 1000
"""Parcels in one question: SQLite takes 32,766 values."""

_LOCK: Final = 0x5C4EECA5
"""Held by who numbers a case until the transaction ends (PostgreSQL; SQLite has one writer)."""

TO_DECIDE: Final = ("waiting", "seconding", "inspecting")


@dataclass(frozen=True, slots=True)
class Case:
    """A case as its row tells it; `clue_at` is when the time began in which the law wants it filed."""

    id: int
    number: str
    title: str
    state: State
    clue_at: datetime
    begun_by: int
    begun_by_shown: str
    begun_at: datetime
    lead: int
    lead_shown: str
    filed_at: datetime | None
    closed_at: datetime | None
    result: str | None
    version: int

    @property
    def key(self) -> str:
        """What the record of reads and writes calls it."""
        return f"case:{self.number}"

    def file_by(self, settings: ReviewSettings) -> datetime | None:
        """By when the law wants it filed; None once that is done or it is closed."""
        if self.state is not State.OPEN:
            return None
        return self.clue_at + timedelta(days=settings.file_within_days)


def begin(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    title: str,
    *,
    parcels: Collection[int] = (),
    why: str = "",
    clue_at: datetime | None = None,
    zone: str = ZONE,
) -> int:
    """Begin a case, over these parcels where some are given; its row.

    Without `clue_at` the law counts from the arrival of the oldest parcel that is still to be decided on, or
    from now; the first seizure counts where it is earlier. The number is of the year in time zone `zone`.
    Raises `Denied`, `Hidden` for a parcel that `who` does not see, `BadInput`.
    """
    named = checked_new(who, home, now, title, clue_at)
    year, serial = _next_number(connection, now.astimezone(ZoneInfo(zone)).year)
    number = f"{home}-{year}-{serial:04d}"
    row = {
        "number": number,
        "year": year,
        "serial": serial,
        "title": named,
        "words": words_of(number, named),
        "clue_at": clue_at or now,
        "begun_by": who.person,
        "begun_at": now,
        "lead": who.person,
    }
    case_id = int(connection.execute(insert(case_).values(row).returning(case_.c.id)).scalar_one())
    if parcels:
        said, undecided = why or named, clue_at is None
        put_in(connection, who, home, now, case_id, item_ids=parcels, why=said, undecided=undecided)
    details: Details = {"agency": home}
    audit.record(connection, Deed(now, who.name, "case_begin", f"case:{number}", details))
    return case_id


def checked_new(who: Reviewer, home: str, now: datetime, title: str, clue_at: datetime | None) -> str:
    """The title of a case that may be begun with this. Raises `Denied`, `BadInput`."""
    if not may_begin(who, home):
        raise Denied(f"expected the right to decide for {home}; ask an administrator")
    if clue_at is not None and clue_at > now:
        raise BadInput("case_clue", "clue: expected a time that has passed")
    return titled(title)


def may_begin(who: Reviewer, home: str) -> bool:
    """Whether `who` decides somewhere for the home agency."""
    return home in sharing.acting(who, Verb.DECIDE, home)


def find(connection: Connection, who: Reviewer, home: str, case_id: int, verb: Verb = Verb.SEE) -> Case:
    """The case of this row. Raises `Hidden` where there is none that this person may see."""
    row = connection.execute(QUERY.where(case_.c.id == case_id, visible(who, verb, home))).first()
    if row is None:
        raise Hidden(NONE)
    return case_of(row)


def is_ours(connection: Connection, who: Reviewer, home: str, case_id: int, verb: Verb = Verb.SEE) -> bool:
    """Whether `who` may do this with the case as one of the home agency."""
    query = select(case_.c.id).where(case_.c.id == case_id, sharing.at_home(who, verb, home))
    return connection.scalar(query) is not None


def by_number(connection: Connection, who: Reviewer, home: str, number: str) -> Case | None:
    """The visible case with this number, or None."""
    query = QUERY.where(case_.c.number == number.strip(), visible(who, Verb.SEE, home))
    row = connection.execute(query).first()
    return None if row is None else case_of(row)


def of_parcel(connection: Connection, who: Reviewer, home: str, item_id: int) -> tuple[Case, ...]:
    """The cases that have this parcel and that `who` sees, the newest first."""
    having = select(case_parcel.c.case).where(
        case_parcel.c.parcel == item_id, case_parcel.c.ended_at.is_(None)
    )
    query = QUERY.where(case_.c.id.in_(having), visible(who, Verb.SEE, home))
    return tuple(case_of(row) for row in connection.execute(query.order_by(case_.c.id.desc())))


def to_add_to(connection: Connection, who: Reviewer, home: str, limit: int = 50) -> tuple[Case, ...]:
    """The newest cases into which `who` may put parcels, his own first."""
    query = QUERY.where(case_.c.state.in_(WORKED_ON), sharing.at_home(who, Verb.DECIDE, home))
    own = case_.c.lead == who.person
    return tuple(
        case_of(row) for row in connection.execute(query.order_by(own.desc(), case_.c.id.desc()).limit(limit))
    )


def put_in(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    case_id: int,
    *,
    item_ids: Collection[int],
    why: str,
    undecided: bool = False,
) -> int:
    """Put parcels that `who` sees into a case that he has locked; how many were not in it yet.

    The time of the law begins with the first seizure among them, and where `undecided` with the arrival of
    the first that nobody has decided on. Raises `Hidden`, `BadInput`.
    """
    wanted = frozenset(item_ids)
    if len(wanted) > MOST_PARCELS:
        raise BadInput("case_many", f"expected at most {MOST_PARCELS} parcels at once, got {len(wanted)}")
    said = moves.given(why.strip(), moves.Said)
    _check_seen(connection, who, home, wanted)
    new = sorted(wanted - in_it(connection, case_id))
    rows = [{"case": case_id, "parcel": one, "why": said, "by": who.person, "at": now} for one in new]
    if rows:
        connection.execute(insert(case_parcel), rows)
    began = min((at for part in _chunks(new) for at in _clues(connection, part, undecided)), default=None)
    if began is not None:
        earlier = (case_.c.id == case_id, case_.c.clue_at > began)
        connection.execute(update(case_).where(*earlier).values(clue_at=began))
    return len(rows)


def record(
    connection: Connection, who: Reviewer, now: datetime, case: Case, what: str, **details: str | int | None
) -> None:
    """A row of the record about the case; call it last (`audit.record`)."""
    audit.record(connection, Deed(now, who.name, what, case.key, details))


def _check_seen(connection: Connection, who: Reviewer, home: str, wanted: frozenset[int]) -> None:
    seen = and_(parcels.visible(who, Verb.DECIDE, home), parcels.real())
    for part in _chunks(sorted(wanted)):
        query = select(func.count()).select_from(parcel).where(parcel.c.id.in_(part), seen)
        if connection.scalar(query) != len(part):
            raise Hidden(NONE)


def in_it(connection: Connection, case_id: int) -> frozenset[int]:
    """The rows of the parcels that are in a case now."""
    query = select(case_parcel.c.parcel).where(
        case_parcel.c.case == case_id, case_parcel.c.ended_at.is_(None)
    )
    return frozenset(connection.scalars(query))


def _clues(connection: Connection, item_ids: Collection[int], undecided: bool) -> Iterable[datetime]:
    """When the law began to count for these parcels."""
    seizures = select(func.min(action.c.seconded_at)).where(
        action.c.parcel.in_(item_ids), action.c.kind == "seize", action.c.refused.is_(False)
    )
    arrivals = select(func.min(parcel.c.arrived_at)).where(
        parcel.c.id.in_(item_ids), parcel.c.state.in_(TO_DECIDE)
    )
    queries = (seizures, arrivals) if undecided else (seizures,)
    return [at for query in queries if (at := connection.scalar(query)) is not None]


def _chunks(item_ids: Collection[int]) -> Iterable[list[int]]:
    ordered = list(item_ids)
    return (ordered[at : at + CHUNK] for at in range(0, len(ordered), CHUNK))


def _next_number(connection: Connection, year: int) -> tuple[int, int]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = connection.scalar(select(func.max(case_.c.serial)).where(case_.c.year == year))
    return year, (last or 0) + 1


def words_of(number: str, title: str) -> str:
    """Number and title as they are searched."""
    return search.normal(f"{number} {title}")[:512]


def titled(title: str) -> str:
    """A title as it is kept. Raises `BadInput`."""
    named = " ".join(title.split())
    if not 0 < len(named) <= LONGEST_TITLE:
        raise BadInput("case_title", f"title: expected 1 to {LONGEST_TITLE} characters, got {len(named)}")
    return str(moves.given(named, moves.Said))


_begun, _lead = person.alias("begun"), person.alias("lead")

QUERY: Final[Select[Any]] = (
    select(case_, _begun.c.shown.label("begun_by_shown"), _lead.c.shown.label("lead_shown"))
    .join(_begun, _begun.c.id == case_.c.begun_by)
    .join(_lead, _lead.c.id == case_.c.lead)
)
"""What makes a `Case` (`case_of`)."""


def case_of(row: Row[Any]) -> Case:
    """The case of a row of `QUERY`."""
    named: dict[str, Any] = {one.name: row._mapping[one.name] for one in fields(Case)}
    return Case(**(named | {"state": State(row.state)}))
