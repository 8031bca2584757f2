"""A workstation's database with people and parcels, and moves that pass."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Engine, insert, select

from screener.config import ReviewSettings
from screener.core.policy import Limits
from screener.errors import ScreenerError
from screener.review import actions, acts, database, handover, parcels
from screener.review.acts import Act
from screener.review.moves import Found, Open, Ours, Seize
from screener.review.parcels import Item
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import parcel, person

NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
HOME = "tobacco"
SETTINGS = ReviewSettings(agency=HOME)
LIMITS = Limits(sticks=400, tobacco_g=5000)
OFFICERS = ("李伟", "王芳")

OPEN = Open(officers=OFFICERS)
FOUND = Found(cartons=4, packs=3, officers=OFFICERS, quality="right")
SEIZE = Seize(seal="S-1", place="库房 3", given_by="东站 赵强")


def allowed(_hub: str) -> Limits:
    return LIMITS


def somebody(
    engine: Engine, name: str, role: Role = Role.INVESTIGATOR, hub: str = "*", agency: str = HOME
) -> Reviewer:
    """A person with one grant."""
    row = {"name": name, "shown": f"officer {name}", "made_at": NOW}
    with database.writing(engine) as connection:
        found = connection.execute(insert(person).values(row).returning(person.c.id)).scalar_one()
    return Reviewer(found, name, "zh", (Grant(role, hub, agency),))


def a_parcel(engine: Engine, parcel_id: str, hub: str = "east", **columns: Any) -> int:
    """A flagged parcel that waits."""
    row = {
        "hub": hub,
        "parcel_id": parcel_id,
        "revision": 1,
        "outcome": "hold",
        "why": "load",
        "kind": "cigarettes",
        "priority": 1.0,
        "tip": False,
        "flagged": b"{}",
        "arrived_at": NOW,
        "flagged_at": NOW,
    }
    with database.writing(engine) as connection:
        query = insert(parcel).values(row | columns).returning(parcel.c.id)
        return int(connection.execute(query).scalar_one())


def item_of(engine: Engine, item_id: int) -> Item:
    with database.reading(engine) as connection:
        query = select(*parcels.COLUMNS).where(parcel.c.id == item_id)
        return parcels.item_of(connection.execute(query).one())


def timeline(engine: Engine, item_id: int) -> tuple[Act, ...]:
    with database.reading(engine) as connection:
        return acts.timeline(connection, item_id)


@dataclass
class Station:
    """A database with a clock that the test sets."""

    engine: Engine
    now: datetime = NOW
    settings: ReviewSettings = SETTINGS

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def act(self, who: Reviewer, item_id: int, move: Ours, version: int | None = None) -> int:
        """Make a move on the parcel as it is now."""
        version = item_of(self.engine, item_id).version if version is None else version
        with database.writing(self.engine) as connection:
            return actions.act(
                connection,
                who,
                self.settings,
                self.now,
                item_id,
                version=version,
                move=move,
                allowed=allowed,
            )

    def undo(self, who: Reviewer, action_id: int) -> None:
        with database.writing(self.engine) as connection:
            actions.undo(connection, who, self.settings, self.now, action_id)

    def second(self, who: Reviewer, action_id: int, *, agrees: bool = True, note: str = "") -> None:
        with database.writing(self.engine) as connection:
            actions.second(connection, who, self.settings, self.now, action_id, agrees=agrees, note=note)

    def do(self, of: Callable[..., Any], who: Reviewer, *given: Any, **named: Any) -> Any:
        """Any function that takes connection, person, settings and time first."""
        with database.writing(self.engine) as connection:
            return of(connection, who, self.settings, self.now, *given, **named)

    def state(self, item_id: int) -> str:
        return item_of(self.engine, item_id).state


def proposed(station: Station, who: Reviewer, parcel_id: str, seal: str) -> tuple[int, int]:
    """A parcel with a seizure that waits for a second person."""
    item = a_parcel(station.engine, parcel_id)
    for move in (OPEN, FOUND):
        station.act(who, item, move)
    return item, station.act(who, item, replace(SEIZE, seal=seal))


def seized(station: Station, li: Reviewer, wang: Reviewer, parcel_id: str = "P-1", seal: str = "S-1") -> int:
    item, number = proposed(station, li, parcel_id, seal)
    station.second(wang, number)
    return item


def offered(station: Station, who: Reviewer) -> list[int]:
    with database.writing(station.engine) as connection:
        return [one.id for one in handover.offered_to(connection, who, station.now)]


def at_once(*works: Callable[[], Any]) -> list[str]:
    """How each ended that began together with the others: its result's or its error's kind."""
    ended: list[str] = []
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        start.wait()
        try:
            work()
            ended.append("done")
        except ScreenerError as error:
            ended.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ended)
