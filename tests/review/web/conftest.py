"""A workstation for tests of its pages: real parts on an empty database, and people of every role."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import update

from screener.config import Config, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import accounts, database, passwords, schema, sessions
from screener.review.accounts import console
from screener.review.rights import Grant, Role
from screener.review.service import Service
from screener.review.web import app, serving
from screener.sealing import folder as keys
from screener.sealing.ring import KeyRing
from tests.conftest import missing
from tests.review.web import simulated
from tests.review.web.simulated import Made
from tests.stages.world import RING

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CHROMIUM = Path("/usr/bin/chromium")
WITHOUT_CARD = ("--disable-gpu", "--in-process-gpu")
"""To draw each page as a graphics card would takes the processor half as long again."""
PASSWORD = "a heron on the roof"
Client = TestClient[Litestar]


@dataclass(slots=True)
class Standing:
    """A clock that stands until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def clock() -> Standing:
    return Standing()


@pytest.fixture
def review_settings(tmp_path: Path) -> ReviewSettings:
    """Override it in a module to try others."""
    return ReviewSettings(checkpoint_key=str(tmp_path / "review.ed25519"))


@pytest.fixture
def service(
    empty: str, tmp_path: Path, review_settings: ReviewSettings, clock: Standing, sandbox: Sandbox
) -> Iterator[Service]:
    """The opened parts on an empty database."""
    keys.new(tmp_path / "keys", NOON.date())
    engine = database.opened(empty)
    yield Service(
        config=replace(Config(), review=replace(review_settings, database=empty)),
        engine=engine,
        clock=clock,
        ring=KeyRing.load(tmp_path / "keys", {}),
        store=EvidenceStore.open(str(tmp_path / "evidence")),
        sandbox=sandbox,
    )
    engine.dispose()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Flagged parcels, simulated and taken in once for the session."""
    return simulated.make(tmp_path_factory.mktemp("simulated"))


@pytest.fixture
def filled(
    made: Made, tmp_path: Path, review_settings: ReviewSettings, clock: Standing, sandbox: Sandbox
) -> Iterator[Service]:
    """The opened parts on a copy of the database with the simulated parcels; a test may change it."""
    settings = replace(review_settings, database=simulated.copied(made, tmp_path))
    engine = database.opened(settings.database)
    config, store = replace(Config(), review=settings), EvidenceStore.open(str(made.evidence))
    yield Service(config, engine, clock, RING, store, sandbox)
    engine.dispose()


@pytest.fixture(scope="session")
def applications() -> dict[int, Litestar]:
    """Applications by how much they take: to make one, 80 routes are read for a third of a second."""
    return {}


@pytest.fixture
def application(service: Service, applications: dict[int, Litestar]) -> Litestar:
    """The workstation on the parts of this test."""
    most = service.settings.photograph_bytes
    if most in applications:
        applications[most].state.site = app.site(service)
    else:
        applications[most] = app.create(service)
    return applications[most]


@pytest.fixture
def address(application: Litestar) -> Iterator[str]:
    """Where the workstation answers over real HTTP."""
    told: queue.Queue[str] = queue.Queue()
    listening = serving.server(application, "127.0.0.1", 0, told.put)
    thread = threading.Thread(target=listening.run)
    thread.start()
    yield told.get(timeout=30)
    listening.stop()
    thread.join(30)


@contextmanager
def chromium(*drawing: str) -> Iterator[Browser]:
    """A real browser that draws as these switches say."""
    if not CHROMIUM.exists():
        missing(f"{CHROMIUM}: a browser to try the pages in")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", *drawing])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser on a machine without a graphics card.

    Of one file only: as long as it is there its thread has a running loop, and no test can run another.
    """
    with chromium(*WITHOUT_CARD) as opened:
        yield opened


Enter = Callable[..., Client]


@pytest.fixture
def enter(service: Service, application: Litestar) -> Enter:
    """`enter(Role.READER, hub="*", name="ann", language="en")`: a client signed in as a new person.

    `enter()` is one of a person without any right, `enter(None, name=None)` of nobody. Its header for
    requests that change something is set.
    """
    made = itertools.count(1)

    def entered(
        *roles: Role | None, name: str | None = "", hub: str = "*", agency: str = "*", language: str = "en"
    ) -> Client:
        client = TestClient(application, base_url="http://testserver.local")
        client.follow_redirects = False
        if name is None:
            return client
        held = [Grant(role, hub, agency) for role in roles if role is not None]
        called = name or f"person{next(made)}"
        token, csrf = sign_in(service, called, held, language)
        client.cookies.set("screener-session", token)
        client.headers["x-csrf"] = csrf
        client.headers["accept"] = "text/html"
        return client

    return entered


@cache
def hashed() -> str:
    """That of `PASSWORD`: it is made to take long."""
    return passwords.hashed(PASSWORD, "")


def sign_in(service: Service, name: str, held: list[Grant], language: str = "en") -> tuple[str, str]:
    """The token and the proof of a session of a new person with these grants."""
    now, who = service.clock(), console("tests")
    with database.writing(service.engine) as connection:
        person = accounts.add(connection, who, now, name, language=language)
        connection.execute(
            update(schema.person).where(schema.person.c.id == person).values(password=hashed())
        )
        for grant in held:
            accounts.grant(connection, who, now, person, grant)
        opened = sessions.begin(connection, now, person, service.settings)
    return opened.token, opened.csrf
