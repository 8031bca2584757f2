"""A workstation with real parcels, and parcels for training that lie ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Engine, select

from screener.config import ReviewSettings
from screener.contracts import examples
from screener.review import accounts, actions, database, search
from screener.review.fiction import giving, library, people
from screener.review.fiction.library import Truth
from screener.review.following import Stretch
from screener.review.intake import Taking, take
from screener.review.moves import Ours
from screener.review.parcels import Item
from screener.review.queue import Filters
from screener.review.rights import Reviewer, Role
from screener.review.schema import parcel
from screener.stream.port import Partition, Record
from tests.review import flags
from tests.review.stations import HOME, NOW, allowed, item_of, somebody
from tests.stages.world import RING

ALWAYS = ReviewSettings(agency=HOME, tip_rate=0.5)
LOADED = Truth("cigarettes", "5 cartons", sticks=1000, boxes=((0.1, 0.2, 0.3, 0.4),))
CLEAN = Truth("none", boxes=(None,))


@dataclass
class Workshop:
    """A database with its clock; `li` decides, `wang` too, `chen` supervises."""

    engine: Engine
    now: datetime = NOW
    settings: ReviewSettings = ALWAYS
    offset: int = 0
    people: dict[str, Reviewer] = field(default_factory=dict)

    def person(self, name: str, role: Role = Role.INVESTIGATOR, **where: str) -> Reviewer:
        if name not in self.people:
            self.people[name] = somebody(self.engine, name, role, **where)
        return self.people[name]

    def arrives(self, parcel_id: str, hub: str = flags.HUB, **fields: Any) -> int:
        """A real parcel is taken in as from the log; its row."""
        said = flags.message(flags.flagged(parcel_id, hub=hub, **fields))
        place = Partition(said.topic, 0)
        record = Record(
            place, self.offset, round(self.now.timestamp() * 1000), said.key, said.value, said.headers
        )
        self.offset += 1
        with database.writing(self.engine) as connection:
            taking = Taking(self.settings, lambda: self.now, search.keep)
            take(connection, taking, Stretch(place, record.offset, [record], self.offset))
            found = select(parcel.c.id).where(parcel.c.parcel_id == parcel_id, parcel.c.hub == hub)
            return int(connection.execute(found).scalar_one())

    def ready(self, source: int, truth: Truth = LOADED, hub: str = flags.HUB) -> int:
        """A parcel for training lies ready, of the scans of a real one."""
        rng = np.random.default_rng(source)
        made = flags.flagged("made", hub=hub)
        sender, receiver = (people.invented(rng, "430100") for _ in range(2))
        with database.writing(self.engine) as connection:
            return library.add(
                connection,
                accounts.console("tests"),
                self.now,
                truth,
                library.settled(made, RING, sender, receiver),
                source=source,
                source_sha256=examples.FLAGGED.scans[0].stored.sha256,
                signatures=[b"\x40" * 82],
            )

    def take(self, who: Reviewer, filters: Filters | None = None) -> Item | None:
        """What this person is given for training at this turn, if anything."""
        with database.writing(self.engine) as connection:
            asking = giving.Asking(connection, RING, self.settings, who, self.now)
            return giving.take(asking, filters or Filters())

    def given(self, who: Reviewer, filters: Filters | None = None) -> Item:
        """The first that this person is given, at whichever turn."""
        for _ in range(60):
            if (found := self.take(who, filters)) is not None:
                return found
        raise AssertionError("sixty turns without a parcel for training")

    def act(self, who: Reviewer, item_id: int, move: Ours) -> int:
        version = item_of(self.engine, item_id).version
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

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


def stocked(engine: Engine) -> Workshop:
    """Three real parcels, the last of them cleared in earlier days, and two for training made of it."""
    shop = Workshop(engine)
    sources = [shop.arrives(f"P-{number}", due_at=None) for number in (4711, 4712, 4713)]
    shop.ready(sources[2])
    shop.ready(sources[2], CLEAN)
    return shop
