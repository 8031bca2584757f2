"""The workstation's database: made by migrations, the same on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, event, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from screener.errors import BadConfig, Unavailable
from screener.review import database
from screener.review.alone import alone
from screener.review.schema import TEXT, intake, person
from screener.review.tables import metadata

NOW = datetime(2026, 11, 23, 8, 0, 0, 123_000, UTC)


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    with database.reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_of_both})
        assert compare_metadata(context, metadata) == []


def _is_of_both(name: str | None, kind: str, _parents: object) -> bool:
    """All but the tables of full-text search, of which each database has its own kind."""
    return kind != "table" or name is None or not name.startswith(TEXT)


def test_upgrading_again_changes_nothing(engine: Engine) -> None:
    database.upgrade(engine)
    assert database.is_current(engine)


def test_a_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(BadConfig, match="newer Screener"):
        database.upgrade(engine)


def test_a_url_of_another_kind_is_refused_without_its_password() -> None:
    with pytest.raises(BadConfig, match="expected sqlite") as caught:
        database.opened("mysql://review:secret@somewhere/db")
    assert "secret" not in str(caught.value)


def test_times_come_back_as_they_went_in_whatever_their_zone(engine: Engine) -> None:
    there = NOW.astimezone(timezone(timedelta(hours=8)))
    with database.writing(engine) as connection:
        connection.execute(insert(person).values(name="li", shown="Li", made_at=there))
    with database.reading(engine) as connection:
        assert connection.scalar(select(person.c.made_at)) == NOW


def test_a_failure_keeps_nothing_of_its_transaction(engine: Engine) -> None:
    def breaks() -> None:
        with database.writing(engine) as connection:
            connection.execute(insert(intake).values(topic="t", partition=0, next=1))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        breaks()
    with database.reading(engine) as connection:
        assert connection.execute(select(intake)).all() == []


def test_writers_that_read_first_lose_no_change(engine: Engine) -> None:
    with database.writing(engine) as connection:
        connection.execute(insert(intake).values(topic="t", partition=0, next=0))

    def grow() -> None:
        for _ in range(20):
            with database.writing(engine) as connection:
                row = select(intake.c.next).where(intake.c.topic == "t").with_for_update()
                found = connection.scalar(row)
                assert found is not None
                connection.execute(update(intake).values(next=found + 1))

    threads = [threading.Thread(target=grow) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading(engine) as connection:
        assert connection.scalar(select(intake.c.next)) == 80


def test_a_folder_that_is_missing_is_made(tmp_path: Path) -> None:
    opened = database.opened(f"sqlite:///{tmp_path / 'a' / 'b' / 'review.db'}")
    database.upgrade(opened)
    assert database.is_current(opened)
    opened.dispose()


def test_one_view_does_not_change_while_others_write(engine: Engine) -> None:
    count = select(func.count()).select_from(intake)
    with database.reading(engine) as connection:
        before = connection.scalar(count)
        with database.writing(engine) as other:
            other.execute(insert(intake).values(topic="t", partition=7, next=1))
        assert connection.scalar(count) == before
    with database.reading(engine) as connection:
        assert connection.scalar(count) == (before or 0) + 1


def test_a_lock_whose_database_is_away_is_waited_for(engine: Engine) -> None:
    def lost(*_: object) -> None:
        raise OperationalError("SELECT", {}, psycopg.OperationalError("gone"))

    if engine.dialect.name == "postgresql":
        event.listen(engine, "before_cursor_execute", lost)
        with pytest.raises(Unavailable), alone(engine, "outbox"):
            pass
        event.remove(engine, "before_cursor_execute", lost)
    with alone(engine, "outbox") as ours:
        assert ours
