"""A person at the workstation who judges every parcel that is flagged, as fast as a machine can.

    python -m bench.faults.judge SETTINGS JOURNAL

What is done with a parcel follows from its number. Each move that stands is written into the journal once
the database has it: nobody who was told that it is kept may find it lost.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from bench.faults.installation import JUDGE
from screener import config
from screener.cli import workstation
from screener.config import ReviewSettings
from screener.core import policy
from screener.errors import ScreenerError
from screener.review import actions, claims, database
from screener.review.acts import Act, timeline
from screener.review.moves import Found, Open, Ours, Refer, Release
from screener.review.parcels import COLUMNS, Item, item_of
from screener.review.queue import Filters
from screener.review.rights import Reviewer
from screener.review.rules import TO_DECIDE
from screener.review.schema import parcel

OFFICERS = ("李伟", "王芳")
WRONG = Release(quality="wrong")
NOTHING = Found(officers=OFFICERS, quality="wrong")
CARTONS = Found(cartons=5, officers=OFFICERS, quality="right")

PLANS: tuple[tuple[Ours, ...], ...] = (
    (WRONG,),
    (Open(officers=OFFICERS), CARTONS, Refer(agency="police")),
    (Open(officers=OFFICERS), NOTHING, WRONG),
    (WRONG,),  # once, and then he thinks better of it, and does it again
)
UNDOES = 3
IDLE_S = 0.3


@dataclass(frozen=True, slots=True)
class Judge:
    """Somebody with an account, and where he notes what he did."""

    engine: Engine
    who: Reviewer
    settings: ReviewSettings
    policy: Path
    journal: Path

    def judge_one(self) -> bool:
        """Take the next parcel and do with it all that is to be done; whether there was one."""
        item = self._next()
        while item is not None and item.state in TO_DECIDE:
            item = self._moved(item)
        return item is not None

    def _next(self) -> Item | None:
        for filters in (Filters(state="inspecting"), Filters()):
            with database.writing(self.engine) as connection:
                found = claims.take_next(
                    connection,
                    self.who,
                    self.settings.agency,
                    datetime.now(UTC),
                    filters,
                    lease_s=self.settings.lease_s,
                )
            if found is not None:
                return found
        return None

    def _moved(self, item: Item) -> Item:
        with database.writing(self.engine) as connection:
            past = timeline(connection, item.id)
            number = actions.act(
                connection,
                self.who,
                self.settings,
                datetime.now(UTC),
                item.id,
                version=item.version,
                move=_next_move(item, past),
                allowed=policy.read(self.policy).limits,
            )
        with database.writing(self.engine) as connection:
            undone = plan_of(item.parcel_id) == UNDOES and not any(one.undone_at for one in past)
            if undone:
                actions.undo(connection, self.who, self.settings, datetime.now(UTC), number)
            after = _item(connection, item.id)
        with self.journal.open("a") as journal:
            journal.write(f"{number} {'undone' if undone else 'stands'}\n")
        return after


def plan_of(parcel_id: str) -> int:
    """What is to be done with a parcel: a place in `PLANS`."""
    return int(parcel_id[1:]) // 4 % len(PLANS)


def _next_move(item: Item, past: Sequence[Act]) -> Ours:
    plan = PLANS[plan_of(item.parcel_id)]
    done = sum(one.stands for one in past)
    return plan[min(done, len(plan) - 1)]


def _item(connection: Connection, item_id: int) -> Item:
    return item_of(connection.execute(select(*COLUMNS).where(parcel.c.id == item_id)).one())


def main() -> None:
    settings = config.load(Path(sys.argv[1]), {})
    engine = database.opened(settings.review.database)
    who = workstation.account(engine, JUDGE)
    judge = Judge(engine, who, settings.review, Path(settings.decide.policy), Path(sys.argv[2]))
    while True:
        try:
            worked = judge.judge_one()
        except ScreenerError as error:  # the disk is full, the parcel has changed since: look again
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            worked = False
        if not worked:
            time.sleep(IDLE_S)


if __name__ == "__main__":
    main()
