"""The workstation in a real browser, by keys alone: the queue, the parcel, two people at once, two tabs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from screener.review import database
from screener.review.rights import Grant, Role
from screener.review.schema import parcel
from screener.review.service import Service
from tests.review.web.conftest import sign_in
from tests.review.web.e2e.workstation import PLAINLY

pytestmark = pytest.mark.slow

SCREEN = {"width": 1366, "height": 768}
Seat = Callable[..., Page]


@pytest.fixture
def service(filled: Service) -> Service:
    """All of these pages are of the simulated parcels."""
    return filled


@pytest.fixture
def seat(service: Service, address: str, browser: Browser) -> Iterator[Seat]:
    """`seat(name, language)`: the queue in a browser of one's own; a fault in a page fails the test."""
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def taken(name: str, language: str = "en", **screen: int) -> Page:
        token, _ = sign_in(service, name, [Grant(Role.SUPERVISOR)], language)
        context = browser.new_context(viewport=SCREEN | screen)  # type: ignore[arg-type]
        opened.append(context)
        context.add_init_script(PLAINLY)
        context.add_cookies([{"name": "screener-session", "value": token, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if "Refused" in said.text else None)
        page.goto(f"{address}/queue")
        return page

    yield taken
    for context in opened:
        context.close()
    assert faults == []


def press(page: Page, *keys: str) -> None:
    """Keys as a person presses them, once the page is there: slower than a barcode reader."""
    expect(page.locator("body[data-ready]")).to_be_attached()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(70)


def take_next(page: Page) -> str:
    """The parcel that `n` leads to."""
    before = page.url
    press(page, "n")
    page.wait_for_url(lambda url: url != before and "/parcels/" in url)
    return shown(page)


def shown(page: Page) -> str:
    return page.locator("h1").inner_text()


def release(page: Page, quality: str) -> str:
    """Release what is shown, and the parcel that comes next."""
    before = page.url
    press(page, "r")
    expect(page.locator("#move-release")).to_be_visible()
    press(page, quality)
    page.wait_for_url(lambda url: url != before)
    return page.url


def count(service: Service, state: str) -> int:
    with database.reading(service.engine) as connection:
        query = select(func.count()).select_from(parcel).where(parcel.c.state == state)
        return connection.scalar(query) or 0


def test_the_whole_decision_is_in_sight_without_scrolling(seat: Seat) -> None:
    page = seat("ann")
    take_next(page)
    for width, height in ((1366, 768), (1024, 768)):
        page.set_viewport_size({"width": width, "height": height})
        for what in (".load-bar", ".reasons li", ".contrast", ".decide [data-key=r]", ".viewer-stage"):
            expect(page.locator(what).first).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_last_release_is_undone_by_a_key(seat: Seat, service: Service) -> None:
    page = seat("ann")
    first = take_next(page)
    while page.locator("[data-toast]").count() == 0:  # what lies on the belt cannot be undone
        first = shown(page)
        release(page, "3")
    closed = count(service, "closed")
    press(page, "u")
    page.wait_for_url("**/parcels/**")
    expect(page.locator("h1")).to_have_text(first)
    assert count(service, "closed") == closed - 1


def test_two_people_never_have_the_same_parcel(seat: Seat) -> None:
    ann, bea = seat("ann"), seat("bea")
    assert take_next(ann) != take_next(bea)
    released: list[str] = []
    for _ in range(4):
        for page in (ann, bea):
            released.append(shown(page))
            release(page, "3")
            assert shown(ann) != shown(bea)
    assert len(set(released)) == 8


def test_lists_are_walked_by_j_and_k(seat: Seat) -> None:
    page = seat("ann")
    press(page, "j", "j", "j", "k")
    second = page.locator("tr[data-row]").nth(1)
    expect(second).to_have_class("unseen at")
    expect(second.locator(".row-link")).to_be_focused()
    wanted = second.locator(".row-link").inner_text()
    press(page, "o")
    page.wait_for_url("**/parcels/**")
    expect(page.locator("h1")).to_have_text(wanted)


def test_found_is_entered_summed_and_seized_by_keys(seat: Seat, service: Service) -> None:
    page = seat("ann")
    take_next(page)
    press(page, "o")
    expect(page.locator("#move-open")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("王芳", delay=70)
    page.keyboard.press("Enter")
    expect(page.locator("[data-move=found]")).to_be_visible()
    press(page, "w")
    expect(page.locator("#found-cartons")).to_be_focused()
    page.keyboard.type("5", delay=70)
    expect(page.locator("#move-found [data-sum]")).to_have_text("1,000 sticks in all · over the limit of 400")
    page.locator("#move-found input[name=quality][value=right]").focus()
    press(page, "Space")
    expect(page.locator("#move-found input[name=officers]").nth(1)).to_have_value("王芳")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-move=seize]")).to_be_visible()
    press(page, "s")
    expect(page.locator("#seize-seal")).to_be_focused()
    page.keyboard.type("FX-2026-001", delay=5)  # a barcode reader types the seal: it stays in the field
    page.keyboard.press("Tab")
    page.keyboard.type("depot", delay=70)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/parcels/2**")
    assert count(service, "seconding") == 1


def test_a_barcode_opens_its_parcel_from_anywhere(seat: Seat) -> None:
    page = seat("ann")
    take_next(page)
    # as fast as a reader, which a busy machine lets nobody be: all keys are sent before one is looked at
    page.evaluate(
        """() => { const how = {bubbles: true, cancelable: true};
            for (const key of [..."WP-0012", "Enter"])
                document.body.dispatchEvent(new KeyboardEvent("keydown", {key, ...how})); }"""
    )
    expect(page.locator("h1")).to_have_text("P-0012")


def test_a_page_says_that_another_changed_its_parcel(seat: Seat) -> None:
    ann, bea = seat("ann"), seat("bea")
    take_next(ann)
    bea.goto(ann.url.split("?")[0])
    expect(bea.locator("[data-stale]")).to_be_hidden()
    release(ann, "3")
    expect(bea.locator("[data-stale]")).to_be_visible(timeout=15_000)


def test_counters_and_rows_follow_what_others_do(seat: Seat) -> None:
    ann, bea = seat("ann"), seat("bea")
    expect(bea.locator("[data-counter=waiting]")).to_have_text("24")
    take_next(ann)
    release(ann, "3")
    expect(bea.locator("[data-counter=waiting]")).to_have_text("23", timeout=20_000)
    expect(bea.locator("tr[data-row]")).to_have_count(23)


def test_two_tabs_keep_their_own_ways(seat: Seat, address: str) -> None:
    page = seat("ann")
    other = page.context.new_page()
    other.goto(f"{address}/queue?kind=e_cigarettes")
    take_next(page)
    press(other, "n")
    other.wait_for_url("**/parcels/**")
    release(other, "3")
    release(page, "3")
    assert "e_cigarettes" in other.url and "e_cigarettes" not in page.url
    expect(other.locator(".reasons")).to_contain_text("E-cigarettes")


def test_help_lists_the_keys_of_the_page(seat: Seat) -> None:
    page = seat("ann")
    take_next(page)
    press(page, "?")
    expect(page.locator("#keys-list")).to_contain_text("Release")
    listed = page.locator("#keys-list").inner_text()
    for text in ("Release", "Open and inspect", "Refer", "Next parcel", "Map", "Search", "To the queue"):
        assert text in listed


def test_the_time_to_undo_runs_out_in_sight(seat: Seat) -> None:
    page = seat("ann")
    page.clock.install()
    take_next(page)
    while page.locator("[data-toast]").count() == 0:
        release(page, "3")
    page.clock.fast_forward(11_000)
    expect(page.locator("[data-toast]")).to_have_count(0)
