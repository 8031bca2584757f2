"""Deeds with cases in a line each, at a clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, insert

from screener.contracts import examples
from screener.contracts.reading import encode
from screener.review import database
from screener.review.cases import agencies, cases, dossier, steps
from screener.review.cases.agencies import Share
from screener.review.cases.cases import Case
from screener.review.cases.dossier import Dossier
from screener.review.rights import Reviewer
from screener.review.schema import grant
from tests.review.stations import HOME, Station, a_parcel
from tests.stages.world import RING

POLICE = "police"


@dataclass
class Desk(Station):
    """A station at which people work on cases."""

    def call(self, of: Callable[..., Any], who: Reviewer, *given: Any, **named: Any) -> Any:
        """Any function that takes connection, person, agency and time first."""
        with database.writing(self.engine) as connection:
            return of(connection, who, self.settings.agency, self.now, *given, **named)

    def begin(self, who: Reviewer, title: str = "西门团伙", *items: int) -> int:
        return int(self.call(cases.begin, who, title, parcels=items))

    def step(self, who: Reviewer, case_id: int, kind: str, **said: Any) -> int:
        version = self.case(who, case_id).version
        return int(self.call(steps.step, who, case_id, version=version, kind=kind, **said))

    def case(self, who: Reviewer, case_id: int) -> Case:
        with database.reading(self.engine) as connection:
            return cases.find(connection, who, HOME, case_id)

    def seen(self, who: Reviewer, case_id: int) -> Dossier:
        with database.reading(self.engine) as connection:
            return dossier.of(connection, who, self.settings, self.now, case_id, ring=RING)

    def offer(self, who: Reviewer, case_id: int, agency: str = POLICE, kind: str = "joint") -> None:
        self.do(agencies.offer, who, case_id, agency=agency, kind=kind)

    def accept(self, who: Reviewer, case_id: int, agency: str = POLICE) -> None:
        self.call(agencies.answer, who, case_id, agency=agency, says="accept")

    def share(self, who: Reviewer, case_id: int, kind: str, item: int, *, on: bool = True) -> None:
        self.call(agencies.share, who, case_id, share=Share(POLICE, kind, item), on=on)


def known_parcel(engine: Engine, parcel_id: str, hub: str = "east", **columns: Any) -> int:
    """A parcel whose message names its people."""
    return a_parcel(engine, parcel_id, hub, flagged=encode(examples.FLAGGED), **columns)


def granted(engine: Engine, *people: Reviewer) -> None:
    """Keep the grants of these people, so that others can name them."""
    with database.writing(engine) as connection:
        for who in people:
            for one in who.grants:
                row = {"person": who.person, "role": one.role, "hub": one.hub, "agency": one.agency}
                connection.execute(insert(grant).values(row))
