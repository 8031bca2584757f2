"""The workstation's database: SQLite for one site, PostgreSQL for many reviewers; made and upgraded here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from screener.errors import BadConfig, Unavailable
from screener.review.shared_sync import SharedSync, wal_of
from screener.review.turns import Turns

MIGRATIONS: Final = Path(__file__).with_name("migrations")
BUSY_S: Final = 20.0
"""How long a writer waits for another one of SQLite."""


def opened(url: str) -> Engine:
    """The database at `sqlite:///FILE` or `postgresql+psycopg://...`. Raises `BadConfig`."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadConfig(f"review.database: expected a database URL, got one that says: {error}") from None
    if parsed.drivername == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_S}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine.execution_options(
            screener_turns=Turns(), screener_sync=SharedSync(wal_of(parsed.database))
        )
    if parsed.drivername == "postgresql+psycopg":
        return create_engine(parsed, pool_size=20, max_overflow=20, pool_pre_ping=True, hide_parameters=True)
    raise BadConfig(
        f"review.database: expected sqlite:///FILE or postgresql+psycopg://..., got {parsed.drivername}"
    )


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that writes: all or nothing. Raises `Unavailable`."""
    try:
        with _turn(engine), engine.connect() as connection:
            connection.execution_options(screener_writes=True)
            with connection.begin():
                yield connection
    except OperationalError as error:
        raise Unavailable(f"{_named(engine)}: {error.orig}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One view of the database that does not change meanwhile. Raises `Unavailable`."""
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":  # by itself it looks anew for each question
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection
    except OperationalError as error:
        raise Unavailable(f"{_named(engine)}: {error.orig}") from error


def upgrade(engine: Engine) -> None:
    """Bring the database to this version's tables; one that is newer is refused. Raises `BadConfig`."""
    found, known = revision(engine), {one.revision for one in _scripts().walk_revisions()}
    if found is not None and found not in known:
        raise BadConfig(
            f"{_named(engine)}: made by a newer Screener (revision {found}); upgrade this one, or restore"
            " a copy"
        )
    with writing(engine) as connection:
        config = AlembicConfig()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(engine: Engine) -> str | None:
    """The revision of the database's tables, or None where there are none yet."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Whether the tables are those of this version."""
    return revision(engine) == _scripts().get_current_head()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _named(engine: Engine) -> str:
    """The database without its password."""
    return engine.url.render_as_string(hide_password=True)


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Threads of this process line up to write to SQLite, and wait for the disk together.

    Other processes wait for SQLite's own lock.
    """
    options = engine.get_execution_options()
    turns: Turns | None = options.get("screener_turns")
    if turns is None:
        yield
        return
    sync: SharedSync = options["screener_sync"]
    with turns.turn(BUSY_S):
        yield
        number = sync.written()
    sync.wait(number)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own way of beginning transactions begins them too late
    # NORMAL: the disk is waited for by `_turn`, when the next one can write already
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers line up at the start: one that found out later that it must write would have to give up."""
    writes = connection.get_execution_options().get("screener_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
