"""A served workstation with simulated parcels, and browsers; all faults that a browser saw fail the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from screener.config import Config, ReviewSettings
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.review import database
from screener.review.rights import Grant, Role
from screener.review.service import Service
from tests.conftest import missing
from tests.review import npm
from tests.review.web import simulated
from tests.review.web.conftest import Standing
from tests.review.web.e2e import workstation
from tests.review.web.e2e.pages import Staged, stage
from tests.review.web.e2e.workstation import Watched
from tests.review.web.simulated import Made
from tests.stages.world import RING


@pytest.fixture
def service(filled: Service) -> Service:
    return filled


@dataclass(frozen=True, slots=True)
class Kept:
    """A database in which work was done, when that was over, and what is what in it."""

    database: Path
    now: datetime
    staged: Staged


@pytest.fixture(scope="session")
def kept(made: Made, tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Kept:
    """Work that is done once for the session; each test has a copy of it."""
    clock, url = Standing(), simulated.copied(made, tmp_path_factory.mktemp("staged"))
    settings = ReviewSettings(database=url)
    engine, store = database.opened(url), EvidenceStore.open(str(made.evidence))
    staged = stage(Service(Config(review=settings), engine, clock, RING, store, sandbox), clock)
    engine.dispose()
    return Kept(Path(str(engine.url.database)), clock.now, staged)


@pytest.fixture
def staged(kept: Kept, service: Service, clock: Standing) -> Staged:
    """The workstation of this test, where work was done."""
    service.engine.dispose()
    shutil.copyfile(kept.database, str(service.engine.url.database))
    clock.now = kept.now
    return replace(kept.staged, service=service)


Person = Callable[..., Watched]


@pytest.fixture
def person(service: Service, browser: Browser, address: str) -> Iterator[Person]:
    """`person("ann", Role.READER, hub="*", agency="*", language="en")`: a browser of a new person."""
    browsers: list[Watched] = []

    def made(
        name: str = "",
        *roles: Role,
        hub: str = "*",
        agency: str = "*",
        language: str = "en",
    ) -> Watched:
        watched = workstation.browse(browser, address, language)
        browsers.append(watched)
        if name:
            held = [Grant(role, hub, agency) for role in roles]
            workstation.enter(service, watched, name, held, language)
        return watched

    yield made
    for watched in browsers:
        watched.context.close()
    assert [fault for watched in browsers for fault in watched.faults] == []


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The script of axe-core."""
    assert request.config.cache is not None
    source = Path(__file__).parent / "axe"
    try:
        folder = npm.installed(source, Path(request.config.cache.mkdir("axe")))
    except npm.NotHere as error:
        missing(str(error))
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
