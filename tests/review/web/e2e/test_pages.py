"""Every page in both languages, light and dark: what axe finds, and what a browser complains of."""

from __future__ import annotations

from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser

from screener.review.service import Service
from tests.examples import NIGHT
from tests.review.web.conftest import Standing
from tests.review.web.e2e import workstation
from tests.review.web.e2e.pages import Staged, looked_at, stage
from tests.review.web.e2e.workstation import Watched

pytestmark = pytest.mark.slow

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


SCHEMES: Final[dict[str, tuple[Literal["light", "dark"], ...]]] = {"zh": ("dark",), "en": ("light", "dark")}
"""No colour depends on the language."""

EVERY = {"zh": 1 if NIGHT else 3, "en": 1}
"""Pages differ by language in their words alone: axe looks at a third of the Chinese, all are opened."""


@pytest.fixture
def staged(service: Service, clock: Standing) -> Staged:
    return stage(service, clock)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing(staged: Staged, browser: Browser, address: str, axe: str, language: str) -> None:
    found: list[str] = []
    for number, (view, watched) in enumerate(looked_at(staged, browser, address, language)):
        for scheme in SCHEMES[language] if number % EVERY[language] == 0 else ():
            watched.page.emulate_media(color_scheme=scheme)
            found += violations(watched, axe, f"{view.name} {scheme}")
        found += watched.faults
    assert found == []


def test_axe_would_find_something(browser: Browser, address: str, axe: str) -> None:
    watched = workstation.browse(browser, address)
    watched.open("/sign-in")
    assert violations(watched, axe, "sign-in") == []
    watched.page.evaluate("document.querySelector('label').remove()")
    watched.page.evaluate("document.querySelector('h1').style.color = '#eee'")
    assert {one.split(": ")[1] for one in violations(watched, axe, "sign-in")} == {"label", "color-contrast"}
    watched.context.close()


def violations(watched: Watched, axe: str, where: str) -> list[str]:
    """What axe finds on a page, each with the elements."""
    watched.page.evaluate(f"typeof axe === 'undefined' && (() => {{ {axe} }}).call(window)")
    run = "tags => axe.run({runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})"
    report: dict[str, Any] = watched.page.evaluate(run, TAGS)
    return [
        f"{where}: {one['id']}: {node['html'][:160]}: {node['failureSummary']}"
        for one in report["violations"]
        for node in one["nodes"]
    ]
