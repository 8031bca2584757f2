"""A decision on a parcel for training is told to its person alone, and changes nothing that is real."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, func, select, update

from screener.errors import BadInput
from screener.review import actions, database, kinship, likeness, parcels, queue, recent, search, seen
from screener.review.errors import Conflict, Hidden
from screener.review.fiction import answering, results
from screener.review.fiction.tables import fiction, given, result
from screener.review.moves import Note, Ours, Refer, Release
from screener.review.parcels import find
from screener.review.queue import COUNTED, Filters
from screener.review.rights import Reviewer, Role
from screener.review.schema import action, audit, custody, handover, outbox, parcel, seizure
from screener.review.web.metrics import Waiting
from tests.review.fiction.workshop import CLEAN, LOADED, Workshop
from tests.review.stations import HOME, OPEN, allowed, item_of

RELEASE = Release(quality="wrong")
REFER = Refer(agency="police")


def only(shop: Workshop, *, loaded: bool) -> None:
    """What lies ready is of one kind."""
    others = fiction.c.kind == ("none" if loaded else "cigarettes")
    with database.writing(shop.engine) as connection:
        connection.execute(update(fiction).where(others).values(ended_at=shop.now))


@pytest.mark.parametrize(
    ("loaded", "move", "outcome"),
    [
        (True, OPEN, "hit"),
        (True, REFER, "hit"),
        (True, RELEASE, "miss"),
        (False, OPEN, "false_alarm"),
        (False, REFER, "false_alarm"),
        (False, RELEASE, "correct_rejection"),
    ],
)
def test_every_decision_ends_it_and_is_told_to_nobody_else(
    shop: Workshop, loaded: bool, move: Ours, outcome: str
) -> None:
    only(shop, loaded=loaded)
    li = shop.person("li")
    item = shop.given(li)
    shop.later(seconds=12)
    assert shop.act(li, item.id, move) == actions.TRAINING
    with database.reading(shop.engine) as connection:
        row = connection.execute(select(result)).one()
        assert (row.outcome, row.move, row.took_s, row.person) == (outcome, move.kind, 12.0, li.person)
        assert answering.told(connection, li, [item.id]) == row.given
        assert answering.told(connection, shop.person("wang"), [item.id]) is None
        for table in (action, outbox, seizure, custody, handover):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
        with pytest.raises(Hidden):
            find(connection, li, HOME, item.id)
        told = connection.execute(select(audit).where(audit.c.what == "fiction_answered")).one()
    assert told.target == item.key and outcome in told.details


def test_it_is_answered_once(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    shop.act(li, item.id, RELEASE)
    with pytest.raises(Hidden):
        shop.act(li, item.id, OPEN)


def test_an_answer_is_checked_like_any_other(shop: Workshop) -> None:
    li, wang = shop.person("li"), shop.person("wang")
    item = shop.given(li)
    with pytest.raises(BadInput):
        shop.act(li, item.id, Refer(agency="nobody"))
    with pytest.raises(Hidden):
        shop.act(wang, item.id, RELEASE)
    with database.writing(shop.engine) as connection, pytest.raises(Conflict):
        version = item.version + 1
        actions.act(
            *(connection, li, shop.settings, shop.now, item.id),
            version=version,
            move=RELEASE,
            allowed=allowed,
        )


def test_a_note_answers_nothing_and_goes_with_it(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    shop.act(li, item.id, Note(text="odd corner"))
    assert item_of(shop.engine, item.id).state == "waiting"
    shop.act(li, item.id, OPEN)
    real = shop.arrives("P-4799", due_at=None)
    shop.later(hours=1)
    shop.ready(3)
    shop.given(li)
    with database.reading(shop.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(action)) == 0
        assert connection.scalar(select(parcel.c.id).where(parcel.c.id == real)) == real


def test_among_several_it_is_released_like_the_others(shop: Workshop) -> None:
    li = shop.person("li")
    item, real = shop.given(li), item_of(shop.engine, 1)
    with database.writing(shop.engine) as connection:
        for one in (item, real):
            seen.record(connection, li, shop.now, one)
    with database.writing(shop.engine) as connection:
        numbers = actions.act_many(
            *(connection, li, shop.settings, shop.now, [(item.id, item.version), (real.id, real.version)]),
            move=RELEASE,
            allowed=allowed,
        )
    assert sorted(numbers)[0] == actions.TRAINING and len(set(numbers)) == 2
    with database.reading(shop.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(outbox)) == 1
        assert connection.scalar(select(func.count()).select_from(result)) == 1


def test_the_tools_are_kept_with_the_answer(shop: Workshop) -> None:
    li = shop.person("li")
    item = shop.given(li)
    shop.act(li, item.id, OPEN)
    with database.writing(shop.engine) as connection:
        answering.keep_tools(connection, li, item.id, "invert edges")
        assert connection.scalar(select(result.c.tools)) == "invert edges"


def everything(connection: Connection, shop: Workshop, who: Reviewer) -> list[Any]:
    """All that somebody may see of the parcels, and all that is published or counted."""
    settings, now = shop.settings, shop.now
    found: list[Any] = [queue.counters(connection, who, HOME, now)]
    asked = (*COUNTED.values(), Filters(state="all"), Filters(state="all", q="P-4"))
    found.extend(queue.page(connection, who, HOME, now, filters) for filters in asked)
    for number in (1, 2, 3):
        found.append(kinship.linked(connection, who, HOME, number))
        found.append(kinship.totals(connection, who, HOME, now, number))
        found.append([one.item.id for one in likeness.similar(connection, who, HOME, number)])
    found.append(actions.pending(connection, who, settings))
    found.append(recent.undoable(connection, who, HOME, now))
    found.append(connection.execute(select(outbox)).all())
    found.append(list(connection.scalars(select(parcel.c.id).where(parcels.real()))))
    gauges = Waiting(shop.engine, lambda: now).collect()
    found.append([[(one.name, one.labels, one.value) for one in each.samples] for each in gauges])
    return found


def test_with_and_without_it_everything_is_the_same(shop: Workshop) -> None:
    """The canary: nothing that others see, count or send differs by a byte, and nothing after the answer."""
    li, wang, chen = shop.person("li"), shop.person("wang"), shop.person("chen", Role.SUPERVISOR)
    readers = [li, wang, chen, shop.person("wu", Role.AUDITOR), shop.person("he", Role.READER)]
    with database.reading(shop.engine) as connection:
        before = [repr(everything(connection, shop, who)) for who in readers]
    item = shop.given(li)
    with database.reading(shop.engine) as connection:
        during = [repr(everything(connection, shop, who)) for who in readers]
        assert during[1:] == before[1:]
        assert during[0] != before[0]
        for who in readers[1:]:
            with pytest.raises(Hidden):
                find(connection, who, HOME, item.id)
            assert search.by_barcode(connection, who, HOME, item.parcel_id) is None
    shop.act(li, item.id, OPEN)
    with database.reading(shop.engine) as connection:
        assert [repr(everything(connection, shop, who)) for who in readers] == before


def answered(shop: Workshop, who: Reviewer, *, hits: int, misses: int, alarms: int, rejections: int) -> None:
    """So many answers of a person, each of one second more than the one before."""
    outcomes = (
        ["hit"] * hits + ["miss"] * misses + ["false_alarm"] * alarms + ["correct_rejection"] * rejections
    )
    loaded, clean = shop.ready(3, LOADED), shop.ready(3, CLEAN)
    with database.writing(shop.engine) as connection:
        for number, outcome in enumerate(outcomes):
            which = loaded if outcome in {"hit", "miss"} else clean
            row = {"fiction": which, "person": who.person, "hub": "east", "parcel_id": f"T-{number}"}
            made = given.insert().values(row | {"at": shop.now, "ended_at": shop.now}).returning(given.c.id)
            number_of = connection.execute(made).scalar_one()
            said = {"given": number_of, "person": who.person, "outcome": outcome, "move": "open"}
            connection.execute(result.insert().values(said | {"at": shop.now, "took_s": float(number)}))


def test_figures_are_those_of_the_textbook(shop: Workshop) -> None:
    li = shop.person("li")
    answered(shop, li, hits=17, misses=3, alarms=2, rejections=18)
    with database.reading(shop.engine) as connection:
        figures = results.figures(results.own(connection, li))
    assert (figures.trials, figures.loaded, figures.clean, figures.median_s) == (40, 20, 20, 19.5)
    assert figures.d_prime is not None and figures.low is not None and figures.high is not None
    assert figures.d_prime == pytest.approx(0.9674 + 1.1800, abs=1e-3)  # z(17.5/21) - z(2.5/21)
    assert figures.low < figures.d_prime < figures.high


def test_of_few_answers_nothing_is_said(shop: Workshop) -> None:
    few, one_sided = shop.person("li"), shop.person("wang")
    answered(shop, few, hits=20, misses=2, alarms=1, rejections=6)
    answered(shop, one_sided, hits=40, misses=2, alarms=0, rejections=0)
    with database.reading(shop.engine) as connection:
        for who in (few, one_sided):
            assert not results.figures(results.own(connection, who)).enough


@pytest.mark.parametrize("counts", [(30, 0, 0, 30), (0, 30, 30, 0), (1, 30, 0, 1)])
def test_perfect_and_hopeless_answers_have_finite_figures(counts: tuple[int, int, int, int]) -> None:
    middle, low, high = results.sensitivity(*counts)
    assert -10 < low < middle < high < 10


def test_others_are_seen_by_their_supervisors_alone(shop: Workshop) -> None:
    li, wang = shop.person("li"), shop.person("wang")
    answered(shop, li, hits=17, misses=3, alarms=2, rejections=18)
    chen, west = shop.person("chen", Role.SUPERVISOR), shop.person("zhu", Role.SUPERVISOR, hub="west")
    police = shop.person("po", Role.SUPERVISOR, agency="police")
    with database.reading(shop.engine) as connection:
        number = results.own(connection, li)[0].given
        assert [one.shown for one in results.supervised(connection, chen, HOME)] == ["officer li"]
        assert (
            results.supervised(connection, west, HOME) == results.supervised(connection, police, HOME) == ()
        )
        assert results.trial(connection, chen, HOME, number)[0].given == number
        for who in (wang, west, police):
            with pytest.raises(Hidden):
                results.trial(connection, who, HOME, number)
