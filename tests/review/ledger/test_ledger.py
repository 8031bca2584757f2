"""The ledger is what the log says, whatever the order, however often it is read, and whoever dies when."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Engine, delete, func, select

from screener.config import LogSettings
from screener.contracts import topics
from screener.review import database
from screener.review.ledger import figures, follow
from screener.review.ledger.measures import Measure
from screener.review.ledger.recomputing import recomputed
from screener.review.ledger.spans import By, Span
from screener.review.ledger.tables import AMOUNTS, CELL, daily, decided, told
from screener.review.ledger.tables import zone as zone_
from screener.review.rights import Grant, Reviewer, Role
from screener.review.schema import intake, refused
from screener.stages.topology import internal_specs
from screener.stream.port import Log, Message
from screener.stream.sqlite import Sqlite
from tests.review import dying
from tests.review.flags import clock
from tests.review.ledger import seeding
from tests.review.ledger.histories import histories
from tests.review.ledger.histories import told as message_of
from tests.review.ledger.seeding import TIME_ZONE, as_records

HOME = "tobacco"
ALL = Reviewer(1, "li", "zh", (Grant(Role.READER),))
ZONE = ZoneInfo(TIME_ZONE)
COUNTED: list[Measure] = [one for one in Measure if one not in {Measure.CASES, Measure.LARGE_CASES}]


@pytest.fixture(scope="module")
def here(sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A ledger that is emptied for each example."""
    file = tmp_path_factory.mktemp("ledger") / "review.db"
    shutil.copy(sqlite, file)
    engine = database.opened(f"sqlite:///{file}")
    yield engine
    engine.dispose()


def emptied(engine: Engine) -> Engine:
    with database.writing(engine) as connection:
        for table in (decided, told, daily, zone_, intake, refused):
            connection.execute(delete(table))
    return engine


def written(folder: str, messages: Sequence[Message], partitions: int = 2) -> Sqlite:
    """A log that holds these."""
    log = Sqlite(Path(folder) / "log.db")
    wanted = {topics.DECISIONS, topics.OUTCOMES}
    specs = internal_specs(LogSettings(partitions=partitions))
    log.create([spec for spec in specs if spec.name in wanted])
    publish(log, messages)
    return log


def publish(log: Log, messages: Sequence[Message]) -> None:
    with log.publisher() as publisher:
        publisher.publish(list(messages))


def taken(engine: Engine, messages: Sequence[Message], size: int) -> Engine:
    """Enter these, so many in a transaction."""
    records = list(as_records(messages))
    for start in range(0, len(records), size):
        with database.writing(engine) as connection:
            zone = follow.held(connection, TIME_ZONE)
            follow.take(connection, records[start : start + size], zone, clock)
    return engine


def rows(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """All that a ledger holds, without the numbers of its rows."""
    columns = [column for column in decided.c if column.name != "id"]
    queries = {"decided": select(*columns), "told": select(told), "daily": select(daily)}
    with database.reading(engine) as connection:
        return {
            name: sorted(map(tuple, connection.execute(query)), key=repr) for name, query in queries.items()
        }


spans = st.builds(
    Span,
    since=st.sampled_from((date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1))),
    until=st.sampled_from((date(2026, 3, 2), date(2026, 4, 1), date(2027, 1, 1))),
    by=st.sampled_from(("month", "year")),
    hub=st.sampled_from((None, None, "east")),
    courier=st.sampled_from((None, None, "SF")),
    kind=st.sampled_from((None, None, "cigarettes")),
    agency=st.sampled_from((None, None, "police")),
)
some = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@some
@given(histories(), spans)
def test_every_figure_equals_a_recomputation_from_the_log(
    here: Engine, messages: list[Message], span: Span
) -> None:
    with TemporaryDirectory() as folder, written(folder, messages) as log:
        follow.catch_up(emptied(here), log, TIME_ZONE, clock)
        with database.reading(here) as connection:
            assert figures.series(connection, ALL, HOME, span) == recomputed(log, span, ZONE)


@some
@given(histories(), st.randoms(use_true_random=False), st.integers(1, 7))
def test_neither_order_nor_portions_nor_repetition_change_the_ledger(
    here: Engine, messages: list[Message], dice: Any, size: int
) -> None:
    once = rows(taken(emptied(here), messages, len(messages)))
    again = [*messages, *messages]
    dice.shuffle(again)
    assert rows(taken(emptied(here), again, size)) == once


@some
@given(histories())
def test_the_days_are_the_sums_of_their_parcels(here: Engine, messages: list[Message]) -> None:
    taken(emptied(here), messages, 3)
    with database.reading(here) as connection:
        parcels = connection.execute(select(decided)).all()
        days = connection.execute(select(daily)).all()
    for name in (*AMOUNTS, "held", "opened", "found", "standing"):
        assert sum(getattr(one, name) for one in days) == sum(getattr(one, name) for one in parcels)
    assert sum(one.parcels for one in days) == len(parcels)
    assert sum(one.standing_found for one in days) == sum(one.standing and one.found for one in parcels)
    assert min((one.parcels for one in days), default=1) >= 1
    own = [name for name in CELL if name != "later"]
    cells = {tuple(getattr(one, name) for name in own) for one in parcels}
    assert {tuple(getattr(one, name) for name in own) for one in days} == cells


@some
@given(histories(), spans)
def test_as_many_parcels_lie_behind_a_figure_as_it_says(
    here: Engine, messages: list[Message], span: Span
) -> None:
    taken(emptied(here), messages, 5)
    with database.reading(here) as connection:
        total = figures.series(connection, ALL, HOME, span).total
        behind = {one: figures.behind(connection, ALL, HOME, one, span, limit=200).items for one in COUNTED}
    counts: tuple[Measure, ...] = (Measure.SCREENED, Measure.HELD, Measure.OPENED, Measure.FOUND)
    for measure in counts:
        assert len(behind[measure]) == total.value(measure)
    amounts: tuple[Measure, ...] = (Measure.STICKS, Measure.LEAF, Measure.CUT, Measure.E_CIGARETTES)
    for measure in amounts:
        assert bool(behind[measure]) == bool(total.value(measure))
    assert sum(one.sticks for one in behind[Measure.STICKS]) == total.sticks
    assert sum(one.value_fen for one in behind[Measure.FOUND]) == total.value_fen


@some
@given(histories(), st.sampled_from(("Asia/Urumqi", "UTC", "America/New_York")))
def test_days_begin_anew_in_another_time_zone(here: Engine, messages: list[Message], other: str) -> None:
    taken(emptied(here), messages, 4)
    with database.writing(here) as connection:
        follow.held(connection, other)
    moved = rows(here)
    with database.writing(emptied(here)) as connection:
        follow.take(connection, list(as_records(messages)), follow.held(connection, other), clock)
    assert rows(here) == moved


def _some_messages() -> list[Message]:
    """Parcels that were opened and referred or seized, decided on anew, one inspection corrected."""
    whole = [one for one in seeding.history(400, 30) if one[2] is not None][:2]
    made = [one for parcel in whole for one in seeding.messages(parcel)]
    for decision, inspection, _ in whole:
        assert inspection is not None
        later = decision.decided_at + timedelta(minutes=1)
        made.append(message_of(replace(decision, revision=2, decided_at=later, facts=None)))
        again = replace(inspection, inspection_id="again", corrects=inspection.inspection_id, sticks=7)
        made.append(message_of(again))
    return made


def test_killed_at_any_moment_it_ends_as_undisturbed(engine: Engine, here: Engine, tmp_path: Path) -> None:
    messages = _some_messages()
    with written(str(tmp_path), [], partitions=1) as log:
        for at in itertools.count(1):
            publish(log, messages[(at - 1) % len(messages) :][:2])

            def work(moment: dying.Moment) -> None:
                with Sqlite(tmp_path / "log.db") as own, dying.mortal(engine, moment) as mortal:
                    follow.catch_up(mortal, own, TIME_ZONE, clock)

            died = dying.killed(work, at)
            follow.catch_up(engine, log, TIME_ZONE, clock)
            if not died and at > len(messages):
                break
        follow.catch_up(emptied(here), log, TIME_ZONE, clock)
    assert rows(engine) == rows(here)
    assert at > 10


def test_followed_again_nothing_changes(engine: Engine, tmp_path: Path) -> None:
    with written(str(tmp_path), _some_messages()) as log:
        assert follow.catch_up(engine, log, TIME_ZONE, clock) == 10
        before = rows(engine)
        assert follow.catch_up(engine, log, TIME_ZONE, clock) == 0
    assert rows(engine) == before


def test_what_cannot_be_read_is_kept_and_passed_over(engine: Engine, tmp_path: Path) -> None:
    good = _some_messages()
    bad = [Message(one.topic, one.key, b'{"hub": 1}', one.headers) for one in (good[0], good[1])]
    with written(str(tmp_path), [*bad, *good]) as log:
        follow.catch_up(engine, log, TIME_ZONE, clock)
    with database.reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(refused)) == 2
        assert connection.scalar(select(func.count()).select_from(decided))


@pytest.mark.parametrize("by", ["day", "month", "year"])
def test_points_cover_a_span_without_gap(by: By) -> None:
    span = Span(since=date(2024, 2, 28), until=date(2025, 3, 2), by=by)
    starts = list(span.begins())
    days = [span.since + timedelta(days=number) for number in range((span.until - span.since).days)]
    assert {span.bucket(day) for day in days} == {span.bucket(start) for start in starts}
    assert len({span.bucket(start) for start in starts}) == len(starts)
    assert span.year_before.since == date(2023, 2, 28)
