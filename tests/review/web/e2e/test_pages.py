"""Every page in both languages, light and dark: what axe finds, and what a browser complains of."""

from __future__ import annotations

from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser

from tests.examples import NIGHT
from tests.review.web.e2e import workstation
from tests.review.web.e2e.pages import Staged, all_views, looked_at
from tests.review.web.e2e.workstation import Watched

pytestmark = pytest.mark.slow

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


Scheme = Literal["light", "dark"]
LANGUAGES: Final = ("zh", "en")
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")


def looks(number: int, language: str) -> tuple[Scheme, ...]:
    """How a page is looked at in a language: in one of the four ways when time is short, in all at night.

    Neighbours in the list of pages are alike, so that each kind of page comes up in several ways.
    """
    if NIGHT:
        return SCHEMES
    mine = LANGUAGES[number % 2] == language
    return (SCHEMES[number // 2 % 2],) if mine else ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(staged: Staged, browser: Browser, address: str, axe: str, language: str) -> None:
    found: list[str] = []
    schemes = {view.name: looks(number, language) for number, view in enumerate(all_views(staged))}
    wanted = [view for view in all_views(staged) if schemes[view.name]]
    for view, watched in looked_at(staged, browser, address, language, wanted):
        for scheme in schemes[view.name]:
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
