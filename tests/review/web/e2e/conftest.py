"""A served workstation with simulated parcels, and browsers; all faults that a browser saw fail the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from screener.review.rights import Grant, Role
from screener.review.service import Service
from tests.conftest import missing
from tests.review import npm
from tests.review.web.e2e import workstation
from tests.review.web.e2e.workstation import Watched


@pytest.fixture
def service(filled: Service) -> Service:
    return filled


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
