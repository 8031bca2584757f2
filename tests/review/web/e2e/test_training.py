"""Parcels for training in a real browser: given at a set rate, decided on, told at once, of nobody else."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from statistics import NormalDist
from typing import Final

import pytest
from sqlalchemy import func, insert, select

from screener.review import accounts, database
from screener.review.fiction import library
from screener.review.fiction.tables import fiction, given
from screener.review.ledger.tables import decided
from screener.review.rights import Role
from screener.review.schema import action, outbox, parcel, person
from screener.review.service import Service
from tests.examples import NIGHT
from tests.review.web.conftest import Standing
from tests.review.web.e2e.areas import CLEAN, LOADED, MOVES, answered, fictional
from tests.review.web.e2e.conftest import Person
from tests.review.web.e2e.test_work import opened, shown
from tests.review.web.e2e.workstation import Watched

pytestmark = pytest.mark.slow

ALL: Final = ("hit", "miss", "false_alarm")
DEEDS: Final = {"zh": ALL, "en": ALL if NIGHT else ("miss",)}
BEFORE: Final = {"hit": 13, "miss": 1, "false_alarm": 2, "correct_rejection": 14}
"""What was answered on other days: of fewer than thirty nothing would be said."""

MOST_TURNS: Final = 60


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_is_given_decided_on_and_told(
    service: Service, person: Person, clock: Standing, language: str
) -> None:
    clock.pass_by(minutes=30)  # the belt waits no more
    li = person("li", Role.INVESTIGATOR, language=language)
    wang = person("wang", Role.INVESTIGATOR, language=language)
    chen = person("chen", Role.SUPERVISOR, language=language)
    answered_before(service)
    lies_ready(service, DEEDS[language])
    before = seen_by(wang)
    set_rate(chen, "li")
    li.open("/queue")
    left = list(DEEDS[language])
    while left:
        kind = walk_to_one(service, li)
        nobody_else_finds(li.text("h1"), wang, chen)
        outcome = next(one for one in left if (one == "false_alarm") == (kind == library.NONE))
        left.remove(outcome)
        clock.pass_by(seconds=7)
        answer(li, outcome)
        is_told(li, outcome)
    assert seen_by(wang) == before
    nothing_is_told(service)
    figures(li, chen, DEEDS[language])


def lies_ready(service: Service, outcomes: tuple[str, ...]) -> None:
    """One for each that is to come of it."""
    for number, outcome in enumerate(outcomes, 7):
        fictional(service, source(service), CLEAN if outcome == "false_alarm" else LOADED, number)


def source(service: Service) -> int:
    """The parcel whose scans they are of."""
    with database.reading(service.engine) as connection:
        return int(connection.execute(select(parcel.c.id).where(parcel.c.parcel_id == "P-0005")).scalar_one())


def answered_before(service: Service) -> None:
    """What `li` answered on other days; none of that is given any more."""
    kept = {
        loaded: fictional(service, source(service), LOADED if loaded else CLEAN, 5)
        for loaded in (True, False)
    }
    outcomes = [outcome for outcome, count in BEFORE.items() for _ in range(count)]
    with database.writing(service.engine) as connection:
        library.end(connection, accounts.console("tests"), service.clock())
        li = connection.execute(select(person.c.id).where(person.c.name == "li")).scalar_one()
        for number, outcome in enumerate(outcomes, 1):
            row = answered(
                li, kept[outcome in {"hit", "miss"}], number, outcome, service.clock() - timedelta(days=1)
            )
            for table, values in row.items():
                connection.execute(insert(table).values(values))


def set_rate(chen: Watched, name: str) -> None:
    chen.open("/training")
    chen.page.select_option("#pace-person", label=name)
    chen.page.fill("#pace-percent", "50")
    with chen.page.expect_navigation(wait_until="load"):
        chen.page.click(".pace button")


def walk_to_one(service: Service, li: Watched) -> str:
    """Next after next until a parcel comes that is none; what kind of load is in it."""
    query = select(fiction.c.kind).join(given, given.c.fiction == fiction.c.id)
    for _ in range(MOST_TURNS):
        li.go("n")
        here = query.join(parcel, parcel.c.fiction == given.c.id).where(parcel.c.id == shown(li))
        with database.reading(service.engine) as connection:
            kind = connection.scalar(here)
        if kind is not None:
            return str(kind)
    raise AssertionError(f"{MOST_TURNS} turns without a parcel for training")


def nobody_else_finds(name: str, *others: Watched) -> None:
    for one in others:
        one.open(f"/queue?state=all&q={name}")
        assert one.page.locator("#rows").get_attribute("data-total") == "0"


def seen_by(who: Watched) -> list[str | None]:
    """How many parcels there are, by all counters of the queue; and the figures."""
    who.open("/queue?state=all")
    counted = [who.page.locator("#rows").get_attribute(name) for name in ("data-total", "data-counters")]
    who.open("/figures")
    return [*counted, *who.page.locator("a.stat").all_inner_texts()]


def answer(li: Watched, outcome: str) -> None:
    if MOVES[outcome] == "open":
        opened(li)
    else:
        li.press("r")
        li.go("4")


def is_told(li: Watched, outcome: str) -> None:
    """Right after the decision: well or badly, and where the load lay."""
    assert li.path.startswith("/training/")
    assert li.page.locator(f".verdict.{'good' if outcome == 'hit' else 'bad'} h1").count() == 1
    assert li.page.locator(".trial-picture rect").count() == (outcome != "false_alarm")


def nothing_is_told(service: Service) -> None:
    """No action is kept of it, nothing waits to be sent, nothing was counted."""
    with database.reading(service.engine) as connection:
        for table in (action, outbox, decided):
            assert connection.scalar(select(func.count()).select_from(table)) == 0, table.name


def figures(li: Watched, chen: Watched, outcomes: tuple[str, ...]) -> None:
    """Hits, false alarms, d' and time of both; the same for who supervises."""
    total = Counter(BEFORE) + Counter(outcomes)
    loaded, clean = total["hit"] + total["miss"], total["false_alarm"] + total["correct_rejection"]
    z = NormalDist().inv_cdf
    d_prime = z((total["hit"] + 0.5) / (loaded + 1)) - z((total["false_alarm"] + 0.5) / (clean + 1))
    said = (f"{total['hit']} / {loaded}", f"{total['false_alarm']} / {clean}", f"{d_prime:.2f}")
    li.open("/training")
    assert all(one in li.text("#own-title ~ .stats") for one in said)
    assert [line.count("7 s") + line.count("7 秒") for line in newest(li, len(outcomes))] == [1] * len(
        outcomes
    )
    chen.open("/training")
    assert all(one in chen.text("#all-title ~ .table-box") for one in said)


def newest(li: Watched, count: int) -> list[str]:
    return li.page.locator("#own-title ~ .table-box tbody tr").all_inner_texts()[:count]
