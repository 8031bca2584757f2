"""Keys in a real browser: none while somebody types, sequences, the list, and what a barcode reader reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route
from playwright.sync_api import TimeoutError as TooLate

from screener.review.web import files

HOST = "http://workstation.test"
BODY = """<!doctype html><html lang="{lang}"><head><meta name="csrf" content="x"></head><body data-signed-in>
<main><button data-key="r" data-key-group="Decide" id="release">Release <kbd>r</kbd></button>
<a href="#gone" data-key="g q" id="queue">Queue</a>
<input id="field"><input id="seal" data-barcode="keep"></main>
<div id="notices"></div><button data-open-help>?</button>
<dialog id="keys"><form method="dialog"><button>x</button></form><div id="keys-list"></div>
<input type="checkbox" id="keys-on"></dialog>
<script type="module">
import {{ keys }} from "/static/v/keys.js";
window.done = [];
document.getElementById("release").addEventListener("click", () => done.push("release"));
document.getElementById("queue").addEventListener("click", () => done.push("queue"));
keys.hold("i", "Invert", () => done.push("begin"), () => done.push("end"));
window.ready = true;
</script><script type="module" src="/static/v/base.js"></script></body></html>"""


@pytest.fixture(scope="module")
def browser_page(browser: Browser) -> Iterator[Page]:
    found = files.read()

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        if path.startswith("/static/v/"):
            file = found.by_name[path.removeprefix("/static/v/")]
            route.fulfill(body=file.content, content_type=file.content_type)
        else:
            lang = "zh-Hans" if "zh" in path else "en"
            route.fulfill(body=BODY.format(lang=lang), content_type="text/html; charset=utf-8")

    page = browser.new_page()
    page.route("**/*", answer)
    yield page
    page.close()


@pytest.fixture
def page(browser_page: Page) -> Page:
    browser_page.goto(HOST + "/en")
    browser_page.wait_for_function("window.ready === true")
    return browser_page


def done(page: Page) -> list[str]:
    page.wait_for_timeout(120)
    found: list[str] = page.evaluate("window.done")
    return found


def test_a_key_presses_its_button(page: Page) -> None:
    page.keyboard.press("r")
    assert done(page) == ["release"]


def test_no_key_acts_while_somebody_types(page: Page) -> None:
    page.focus("#field")
    page.keyboard.press("r")
    assert done(page) == [] and page.input_value("#field") == "r"


def test_keys_go_one_after_the_other(page: Page) -> None:
    page.keyboard.press("g")
    page.wait_for_timeout(150)
    page.keyboard.press("q")
    assert done(page) == ["queue"]


def test_a_held_key_acts_while_it_is_held(page: Page) -> None:
    page.keyboard.down("i")
    assert done(page) == ["begin"]
    page.keyboard.up("i")
    assert done(page) == ["begin", "end"]


def test_the_question_mark_lists_every_key_in_the_language_of_the_page(browser_page: Page) -> None:
    browser_page.goto(HOST + "/zh")
    browser_page.wait_for_function("window.ready === true")
    browser_page.keyboard.press("?")
    browser_page.wait_for_selector("dialog[open]")
    shown = browser_page.inner_text("#keys-list")
    assert "Release" in shown and "Invert（按住时）" in shown and "帮助" in shown
    browser_page.keyboard.press("r")
    assert done(browser_page) == []
    browser_page.keyboard.press("Escape")


def read_barcode(page: Page, code: str, focus: str = "body") -> None:
    """Type as fast as a reader; again where a busy machine was slower than one, which is typing by hand."""
    for _ in range(12):
        page.goto(HOST + "/en")
        page.wait_for_function("window.ready === true")
        page.evaluate("(focus) => document.querySelector(focus).focus()", focus)
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        try:
            page.wait_for_url(f"**/open?code={code}", timeout=2_000)
        except TooLate:
            continue
        return
    raise AssertionError(f"{code}: was never read as a barcode")


def test_a_barcode_opens_its_parcel_and_presses_nothing(page: Page) -> None:
    read_barcode(page, "WBri12345678")


def test_a_barcode_in_a_field_that_keeps_it_stays_there(page: Page) -> None:
    page.focus("#seal")
    page.keyboard.type("SEAL12345678")
    page.keyboard.press("Enter")
    assert page.input_value("#seal") == "SEAL12345678" and page.url.endswith("/en")


def test_a_barcode_in_another_field_is_taken_out_of_it(page: Page) -> None:
    read_barcode(page, "WB12345678", "#field")


def test_single_keys_can_be_turned_off(page: Page) -> None:
    page.click("[data-open-help]")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert done(page) == []
    page.click("[data-open-help]")
    page.check("#keys-on")
