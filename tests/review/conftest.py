"""Databases for the workstation's tests: the same tests on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from screener.config import ImageLimits
from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.rights import Reviewer
from tests.conftest import missing
from tests.review.npm import NotHere
from tests.review.openid.server import OpenIdServer, installed
from tests.review.postgres import Postgres
from tests.review.stations import Station, somebody

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
        server.create("tables")
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


@pytest.fixture
def empty(sqlite: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite database of the test's own with the workstation's tables."""
    return f"sqlite:///{shutil.copy(sqlite, tmp_path / 'review.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of either kind with the workstation's tables."""
    if request.param == "sqlite":
        opened = database.opened(request.getfixturevalue("empty"))
        yield opened
        opened.dispose()
    else:
        with _copied(request.getfixturevalue("postgres")) as opened:
            yield opened


@contextmanager
def _copied(server: Postgres) -> Iterator[Engine]:
    name = f"test_{next(_names)}"
    server.create(name, template="tables")
    opened = database.opened(server.url(name))
    yield opened
    opened.dispose()
    server.drop(name)


@pytest.fixture
def station(engine: Engine) -> Station:
    return Station(engine)


@pytest.fixture
def li(engine: Engine) -> Reviewer:
    return somebody(engine, "li")


@pytest.fixture
def wang(engine: Engine) -> Reviewer:
    return somebody(engine, "wang")


@pytest.fixture
def police(engine: Engine) -> Reviewer:
    return somebody(engine, "police", agency="police")


@pytest.fixture(scope="session")
def openid(request: pytest.FixtureRequest) -> Iterator[OpenIdServer]:
    """A real provider; who changes it leaves it running."""
    assert request.config.cache is not None
    try:
        folder = installed(Path(request.config.cache.mkdir("openid")))
    except NotHere as error:
        missing(str(error))
    server = OpenIdServer(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One decoder for all tests with pictures: its process takes long to start."""
    with Sandbox(ImageLimits()) as opened:
        yield opened
