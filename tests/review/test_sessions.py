"""Sessions: they end by idleness, at their longest, by signing out, and with all others of a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from screener.config import ReviewSettings
from screener.review import accounts, audit, database, sessions
from screener.review.accounts import console
from screener.review.schema import session
from tests.review.undoing import undone

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTINGS = ReviewSettings(idle_min=30, session_h=2)
MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def person_of(engine: Engine, name: str = "li") -> int:
    with database.writing(engine) as connection:
        return accounts.add(connection, console("root"), NOW, name)


def test_a_session_is_known_by_its_token_alone(engine: Engine) -> None:
    person = person_of(engine)
    with database.writing(engine) as connection:
        opened = sessions.begin(connection, NOW, person, SETTINGS)
        found = sessions.of(connection, NOW, opened.token, SETTINGS)
        for other in ("", opened.csrf, opened.token[:-1], opened.token + "x", opened.token.swapcase()):
            assert sessions.of(connection, NOW, other, SETTINGS) is None
        kept = connection.execute(select(session)).one()
    assert found is not None
    assert (found.person, found.csrf) == (person, opened.csrf)
    assert opened.token not in str(tuple(kept))
    assert opened.token not in repr(opened) + repr(found)
    assert opened.csrf not in repr(opened) + repr(found)


@MANY
@given(steps=st.lists(st.integers(0, 40), max_size=8))
def test_a_session_ends_when_its_person_was_idle_and_at_its_longest(engine: Engine, steps: list[int]) -> None:
    """`steps` are the minutes between what the person does."""
    with undone(engine) as connection:
        person = accounts.add(connection, console("root"), NOW, "li")
        token = sessions.begin(connection, NOW, person, SETTINGS).token
        now, alive = NOW, True
        for step in steps:
            now += timedelta(minutes=step)
            alive = alive and step < 30 and now < NOW + timedelta(hours=2)
            found = sessions.of(connection, now, token, SETTINGS)
            assert (found is not None) == alive
            if found is not None:
                sessions.touch(connection, now, found)


def test_reading_pages_writes_now_and_then_only(engine: Engine) -> None:
    person = person_of(engine)
    with database.writing(engine) as connection:
        opened = sessions.begin(connection, NOW, person, SETTINGS)
        found = sessions.of(connection, NOW, opened.token, SETTINGS)
        assert found is not None
        assert not sessions.needs_touch(NOW + timedelta(seconds=29), found)
        assert sessions.needs_touch(NOW + timedelta(seconds=30), found)
        sessions.touch(connection, NOW + timedelta(seconds=30), found)
        sessions.touch(connection, NOW + timedelta(seconds=20), found)  # a request that took longer
        after = sessions.of(connection, NOW + timedelta(seconds=31), opened.token, SETTINGS)
    assert after == replace(found, seen_at=NOW + timedelta(seconds=30))


def test_signing_out_ends_one_session_and_is_recorded_once(engine: Engine) -> None:
    person = person_of(engine)
    with database.writing(engine) as connection:
        one, other = (sessions.begin(connection, NOW, person, SETTINGS) for _ in range(2))
        sessions.end(connection, NOW, one.token)
        sessions.end(connection, NOW, one.token)
        assert sessions.of(connection, NOW, one.token, SETTINGS) is None
        assert sessions.of(connection, NOW, other.token, SETTINGS) is not None
        deeds = [(row.who, row.what, row.target) for row in audit.entries(connection, 2)]
    assert deeds == [("li", "sign_out", "person:li")]


def test_all_sessions_of_a_person_end_together(engine: Engine) -> None:
    li, wang = person_of(engine), person_of(engine, "wang")
    with database.writing(engine) as connection:
        mine = [sessions.begin(connection, NOW, li, SETTINGS) for _ in range(3)]
        other = sessions.begin(connection, NOW, wang, SETTINGS)
        assert sessions.end_all(connection, li) == 3
        assert [sessions.of(connection, NOW, one.token, SETTINGS) for one in mine] == [None] * 3
        assert sessions.of(connection, NOW, other.token, SETTINGS) is not None


def test_sessions_that_are_over_are_not_kept(engine: Engine) -> None:
    person = person_of(engine)
    with database.writing(engine) as connection:
        for hours in range(4):
            sessions.begin(connection, NOW + timedelta(hours=hours), person, SETTINGS)
        assert len(connection.execute(select(session)).all()) == 1
