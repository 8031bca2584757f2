"""Databases for the workstation's tests: the same tests on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from screener.review import database
from tests.conftest import missing
from tests.review.postgres import Postgres

_names = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of this session's own; its template has the workstation's tables."""
    try:
        server = Postgres()
    except FileNotFoundError as error:
        missing(str(error))
    server.start()
    try:
        _create(server, "tables")
        engine = database.opened(server.url("tables"))
        database.upgrade(engine)
        engine.dispose()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the workstation's tables, to be copied: each migration is written to the disk."""
    file = tmp_path_factory.mktemp("review") / "tables.db"
    engine = database.opened(f"sqlite:///{file}")
    database.upgrade(engine)
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database of either kind with the workstation's tables."""
    if request.param == "sqlite":
        file = tmp_path / "review.db"
        shutil.copy(request.getfixturevalue("sqlite"), file)
        opened = database.opened(f"sqlite:///{file}")
    else:
        server: Postgres = request.getfixturevalue("postgres")
        name = f"test_{next(_names)}"
        _create(server, name, template="tables")
        opened = database.opened(server.url(name))
    yield opened
    opened.dispose()


def _create(server: Postgres, name: str, template: str = "template1") -> None:
    where = server.url("postgres").replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
