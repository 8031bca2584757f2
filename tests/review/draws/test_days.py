"""A day's draw can be repeated by anybody afterwards, by nobody before, and who inspects is drawn alike."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select

from screener.errors import BadInput
from screener.review import database
from screener.review.draws import check, days, officers, outcome
from screener.review.draws.outcome import LEAST, OTHERS, Counts
from screener.review.draws.tables import day as table
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.ledger.tables import AMOUNTS, decided
from screener.review.rights import Reviewer, Role
from screener.review.schema import audit, grant
from screener.sealing import draw, keys
from screener.sealing.keys import Kind
from screener.sealing.ring import KeyRing
from tests.review.stations import HOME, a_parcel, somebody
from tests.stages.world import RING

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = "2026-11-23"
SEED = RING.seed(TODAY)
AFTER = 2.0


@pytest.fixture
def base(sqlite: Path, tmp_path: Path) -> Iterator[Engine]:
    (tmp_path / "review.db").write_bytes(sqlite.read_bytes())
    opened = database.opened(f"sqlite:///{tmp_path / 'review.db'}")
    yield opened
    opened.dispose()


def test_hashes_come_before_the_day_and_the_seed_after_it(engine: Engine) -> None:
    with database.writing(engine) as connection:
        assert len(days.commit(connection, RING, NOON)) == days.AHEAD + 1
        assert days.commit(connection, RING, NOON) == ()
        tomorrow = days.find(connection, "2026-11-24")
        assert tomorrow is not None and tomorrow.in_time and tomorrow.seed is None and tomorrow.kept is None
        first = days.find(connection, TODAY)
        assert first is not None and not first.in_time
        assert days.publish(connection, RING, datetime(2026, 11, 25, 23, 59, 59, tzinfo=UTC), AFTER) == ()
        assert days.publish(connection, RING, datetime(2026, 11, 26, tzinfo=UTC), AFTER) == (TODAY,)
        told = days.find(connection, TODAY)
        assert told is not None and told.seed == SEED and told.kept
        assert hashlib.sha256(SEED).hexdigest() == told.commitment
        names = connection.scalars(select(audit.c.what)).all()
    assert names == ["draw_committed"] * (days.AHEAD + 1) + ["draw_published"]


def test_no_seed_that_is_not_public_is_in_the_database(base: Engine) -> None:
    with database.writing(base) as connection:
        days.commit(connection, RING, NOON)
        days.publish(connection, RING, NOON + timedelta(days=2.5), AFTER)
        said = repr(connection.execute(select(table)).all()) + repr(connection.execute(select(audit)).all())
    assert SEED.hex() in said
    assert not any(RING.seed(f"2026-11-{n}").hex() in said for n in range(24, 31))


def test_another_key_than_promised_is_told(base: Engine) -> None:
    other = KeyRing.of([keys.fresh(kind, "2026-11" if kind is Kind.SEAL else "1") for kind in Kind], "test")
    with database.writing(base) as connection:
        days.commit(connection, RING, NOON)
        days.publish(connection, other, NOON + timedelta(days=3), AFTER)
        told = days.find(connection, TODAY)
    assert told is not None and told.kept is False


@given(st.binary(min_size=32, max_size=32), st.text("abcXYZ-123/", min_size=1, max_size=20))
def test_the_script_draws_as_the_decision_does(seed: bytes, named: str) -> None:
    assert check.number(seed, named) == draw.number(seed, named.encode())
    assert check.mark(seed, named) == draw.mark(seed, named.encode())


def test_the_script_runs_with_the_standard_library_alone_and_is_short() -> None:
    asked = "east/P-1\neast/P-2\n"
    command = [sys.executable, "-I", "-S", check.__file__, SEED.hex(), "0.5"]
    said = subprocess.run(
        command, input=asked, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[0].endswith(hashlib.sha256(SEED).hexdigest())
    for named, line in zip(asked.split(), said[1:], strict=True):
        drawn = RING.drawn(TODAY, named.encode())
        verdict = "drawn" if drawn < 0.5 else "not drawn"
        assert line == f"{named} {drawn:.9f} {verdict} {draw.mark(SEED, named.encode())}"
    lines = Path(check.__file__).read_text(encoding="utf-8").splitlines()
    assert sum(bool(line.strip()) for line in lines) <= 20


@given(st.sets(st.integers(1, 1000), max_size=20))
def test_the_order_of_officers_is_all_of_them_and_knows_no_other_order(people: set[int]) -> None:
    order = officers.ordered(SEED, "east", people)
    assert sorted(order) == sorted(people)
    assert order == officers.ordered(SEED, "east", reversed(order))
    gone = set(order[:1])
    assert officers.ordered(SEED, "east", people - gone) == order[1:]


def granted(engine: Engine, name: str, role: Role = Role.INVESTIGATOR, **where: str) -> Reviewer:
    """A person whose grant the database knows."""
    who = somebody(engine, name, role, **where)
    held = who.grants[0]
    row = {"person": who.person, "role": held.role.value, "hub": held.hub, "agency": held.agency}
    with database.writing(engine) as connection:
        connection.execute(insert(grant).values(row))
    return who


def test_officers_are_those_who_may_and_are_not_left_out(engine: Engine) -> None:
    li, wang, chen = (granted(engine, name) for name in ("li", "wang", "chen"))
    granted(engine, "reader", Role.READER)
    granted(engine, "west", hub="west")
    granted(engine, "police", agency="police")
    boss = granted(engine, "boss", Role.SUPERVISOR, hub="west")
    a_parcel(engine, "P-1", hub="east")
    with database.writing(engine) as connection:
        said = {"hub": "east", "since": TODAY, "until": TODAY, "why": "leave", "note": "annual leave"}
        officers.exclude(connection, li, HOME, NOON, person_id=li.person, **said)
        assert officers.draw(connection, NOON, HOME, day=TODAY, seed=SEED) == ("east",)
        assert officers.draw(connection, NOON, HOME, day=TODAY, seed=SEED) == ()
        order = officers.of_day(connection, TODAY)["east"]
        with pytest.raises(Conflict):
            officers.exclude(connection, wang, HOME, NOON, person_id=wang.person, **said)
        with pytest.raises(Denied):
            officers.exclude(connection, boss, HOME, NOON, person_id=wang.person, **said)
    assert {one.person for one in order} == {li.person, wang.person, chen.person}
    assert [one.person for one in order] == list(officers.ordered(SEED, "east", [1, 2, 3]))
    assert {one.person for one in officers.on_duty(order, 2)} == {wang.person, chen.person}
    assert [one.excluded for one in order if one.person == li.person] == ["leave"]


def test_an_exclusion_has_its_reason_and_ends(base: Engine) -> None:
    li, boss = somebody(base, "li"), somebody(base, "boss", Role.SUPERVISOR)
    said = {
        "hub": "*",
        "since": "2026-11-24",
        "until": "2026-11-30",
        "why": "conflict",
        "note": "cousin sends",
    }
    with database.writing(base) as connection:
        for wrong in ({"why": "mood"}, {"note": "no"}, {"until": "2026-11-23"}, {"since": "soon"}):
            with pytest.raises(BadInput):
                officers.exclude(connection, boss, HOME, NOON, person_id=li.person, **(said | wrong))
        with pytest.raises(Hidden):
            officers.exclude(connection, boss, HOME, NOON, person_id=99, **said)
        number = officers.exclude(connection, boss, HOME, NOON, person_id=li.person, **said)
        assert [one.note for one in officers.exclusions(connection, TODAY)] == ["cousin sends"]
        with pytest.raises(BadInput):
            officers.exclude(connection, boss, HOME, NOON, person_id=li.person, **(said | {"hub": "x" * 200}))
        with pytest.raises(Denied):  # nobody ends what another said of him
            officers.include(connection, li, HOME, NOON, number)
        officers.include(connection, boss, HOME, NOON, number)
        assert officers.exclusions(connection, TODAY) == ()
        with pytest.raises(Hidden):
            officers.include(connection, boss, HOME, NOON, number)


def screened(engine: Engine, hub: str, count: int, rate: float = 0.1, *, opened: bool = True) -> list[str]:
    """So many parcels of a hub that arrived on the day; those that were drawn."""
    drawn = []
    with database.writing(engine) as connection:
        for number in range(count):
            draws = RING.drawn(TODAY, draw.named(hub, f"P-{number}")) < rate
            drawn += [f"P-{number}"] if draws else []
            row = {
                "hub": hub,
                "parcel_id": f"P-{number}",
                "day": 20261123,
                "arrived_at": NOON + timedelta(seconds=number),
                "courier": "",
                "kind": "none",
                "agency": "",
                "why": "random" if draws else "none",
                "rate": rate,
                "lucky": draws,
                "first": 1,
                "first_at": NOON,
                "selected_why": "",
                "newest": 1,
                "newest_at": NOON,
                "outcome": "hold" if draws else "pass",
                "held": draws,
                "opened": draws and opened,
                "found": False,
                "standing": draws and opened,
            }
            connection.execute(insert(decided).values(row | dict.fromkeys(AMOUNTS, 0)))
    return drawn


def test_a_day_counts_what_arrived_on_it_and_names_nobody(base: Engine) -> None:
    drawn = screened(base, "east", 80)
    with database.writing(base) as connection:
        days.commit(connection, RING, NOON - timedelta(days=1))
        before = days.find(connection, TODAY)
        assert before is not None and list(outcome.marks(connection, before)) == []
        days.publish(connection, RING, NOON + timedelta(days=3), AFTER)
        today, next_day = days.find(connection, TODAY), days.find(connection, "2026-11-24")
        assert today is not None and next_day is not None
        rates = outcome.by_rate(connection, today)
        assert rates == ((0.1, Counts(80, len(drawn), len(drawn), 0)),)
        assert outcome.by_rate(connection, next_day) == ()
        marks = list(outcome.marks(connection, today))
    assert len(drawn) > 2
    assert sorted(marks) == marks
    assert set(marks) == {hashlib.sha256(SEED + f"|east/{one}".encode()).hexdigest() for one in drawn}


counts = st.builds(Counts, st.integers(0, 40), st.integers(0, 20), st.integers(0, 9), st.integers(0, 5))


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), counts, max_size=8))
def test_nothing_that_might_be_somebody_is_shown_by_hub_nor_follows_from_what_is(
    by: dict[str, Counts],
) -> None:
    shown = outcome.public(sorted(by.items()))
    if not shown:
        return
    assert outcome.total(shown) == outcome.total(by.items())
    for hub, one in shown:
        assert hub == OTHERS or by[hub] == one
        cells = (one.screened, one.drawn, one.opened, one.found)
        assert all(cell == 0 or cell >= LEAST for cell in cells)
    merged = set(by) - {hub for hub, _ in shown}
    assert (OTHERS in dict(shown)) == bool(merged)
    assert len(merged) != 1
