"""Signing in by password: counted before it is looked at, recorded, and one answer to all who fail."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from screener.config import ReviewSettings
from screener.review import accounts, audit, database, sessions, throttle
from screener.review.accounts import console
from screener.review.errors import Refused, TooMany
from screener.review.sessions import Opened
from screener.review.signing_in import by_password
from screener.review.throttle import ADDRESS_LIMIT, NAME_LIMIT, PAIR_LIMIT, WINDOW

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SETTINGS = ReviewSettings()
GOOD, HERE = "correct horse battery", "10.0.0.1"


@pytest.fixture
def li(engine: Engine) -> int:
    with database.writing(engine) as connection:
        return accounts.add(connection, console("root"), NOW, "li", password=GOOD)


def tried(
    engine: Engine, password: str, *, name: str = "li", address: str = HERE, now: datetime = NOW
) -> Opened:
    return by_password(engine, now, SETTINGS, name=name, password=password, address=address)


def test_who_knows_the_password_is_signed_in(engine: Engine, li: int) -> None:
    opened = tried(engine, GOOD, name="LI")
    with database.reading(engine) as connection:
        found = sessions.of(connection, NOW, opened.token, SETTINGS)
        rows = list(audit.entries(connection, 2))
    assert found is not None
    assert found.person == li
    assert [(row.who, row.what, row.target, row.details) for row in rows] == [
        ("li", "sign_in", "person:li", '{"address":"10.0.0.1"}')
    ]


def test_all_who_fail_get_one_answer_and_are_recorded(engine: Engine, li: int) -> None:
    with database.writing(engine) as connection:
        accounts.add(connection, console("root"), NOW, "wang", password=GOOD)
        accounts.disable(connection, console("root"), NOW, accounts.find(connection, "wang"))
    answers = set()
    for name, password in (("li", "wrong"), ("hunter2hunter2", GOOD), ("wang", GOOD), ("li\0", GOOD)):
        with pytest.raises(Refused) as caught:
            tried(engine, password, name=name)
        answers.add(str(caught.value))
    with database.reading(engine) as connection:
        failed = [row for row in audit.entries(connection) if row.what == "sign_in_failed"]
    assert len(answers) == 1
    assert [row.target for row in failed] == ["person:li", "person:-", "person:-", "person:-"]


def test_after_five_mistakes_even_the_right_password_waits(engine: Engine, li: int) -> None:
    for _ in range(PAIR_LIMIT):
        with pytest.raises(Refused):
            tried(engine, "wrong")
    later = NOW + timedelta(minutes=5)
    with pytest.raises(TooMany) as caught:
        tried(engine, GOOD, now=later)
    assert caught.value.wait == WINDOW - timedelta(minutes=5)
    tried(engine, GOOD, address="10.0.0.2", now=later)  # its owner, at another place
    tried(engine, GOOD, now=NOW + WINDOW)


def test_a_right_password_takes_mistakes_back(engine: Engine, li: int) -> None:
    for _ in range(3):
        for _ in range(PAIR_LIMIT - 1):
            with pytest.raises(Refused):
                tried(engine, "wrong")
        tried(engine, GOOD)


def test_a_name_and_an_address_have_limits_of_their_own(engine: Engine) -> None:
    with database.writing(engine) as connection:
        for number in range(ADDRESS_LIMIT):
            throttle.count(connection, NOW, f"name-{number}", HERE)
        with pytest.raises(TooMany):
            throttle.count(connection, NOW, "another", HERE)
        for number in range(NAME_LIMIT):
            throttle.count(connection, NOW, "li", f"10.1.0.{number}")
        with pytest.raises(TooMany):
            throttle.count(connection, NOW, "li", "10.2.0.1")
        throttle.count(connection, NOW, "wang", "10.2.0.1")


def test_who_signs_in_rightly_uses_nothing_up(engine: Engine) -> None:
    with database.writing(engine) as connection:
        for number in range(ADDRESS_LIMIT + 5):
            throttle.count(connection, NOW, f"name-{number}", HERE)
            throttle.forget(connection, f"name-{number}", HERE)


def test_many_attempts_at_once_count_as_many(engine: Engine, li: int) -> None:
    outcomes: list[type[BaseException]] = []

    def attempt() -> None:
        try:
            tried(engine, "wrong")
        except (Refused, TooMany) as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == sorted([Refused] * PAIR_LIMIT + [TooMany] * 7, key=str)
