"""Browsers before a workstation, one for each person: by keys alone, and noticing what goes wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response
from playwright.sync_api import TimeoutError as TooLate
from sqlalchemy import update

from screener.review import database, schema, sessions
from screener.review.rights import Grant
from screener.review.service import Service
from tests.review.web.conftest import sign_in

WIDTH, HEIGHT = 1366, 768
PLAINLY: Final = """const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === "webgl2" ? null : context.call(this, kind, ...more);
};"""
"""Without a graphics card the canvas draws faster than an imitated one, and the same."""

MOST_TABS: Final = 80
SETTLED: Final = "new Promise((done) => setTimeout(done, 60))"
"""After a key: a page waits for 50 ms whether it was the first of a barcode."""

RUNNING: Final = """Promise.all(
  [...document.querySelectorAll("script[type=module][src]")].map((script) => import(script.src)))"""

UNREADABLE: Final = re.compile(r"/parcels/\d+/scans/\d+/pixels$")
"""What may be refused: a picture that is none. The page says so, and browsers say so of every refusal."""

POINTED: Final = """window.pointed = [];
for (const kind of ["pointerdown", "mousedown", "touchstart", "wheel"])
  addEventListener(kind, (event) => event.isTrusted && window.pointed.push(kind), { capture: true });"""


@dataclass
class Watched:
    """One person's browser; `faults` is what no page may cause."""

    context: BrowserContext
    page: Page
    origin: str
    faults: list[str] = field(default_factory=list)

    def press(self, *keys: str) -> None:
        """Keys one after the other, `g q` at once: the page has acted by each before the next one."""
        for key in keys:
            self.strike(key)
            self.page.evaluate(SETTLED)

    def go(self, *keys: str) -> None:
        """Keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        try:
            with self.page.expect_navigation(wait_until="load"):
                self.strike(keys[-1])
        except TooLate as error:
            raise AssertionError(f"{keys} led nowhere from {self.page.url}; {self.faults}") from error
        self.wait()

    def strike(self, key: str) -> None:
        """A key, or `g q` for two, without waiting for what comes of it."""
        for one in key.split(" "):
            self.page.keyboard.press(one)

    def type(self, text: str) -> None:
        """A text into the field where the cursor is, as an input method gives it."""
        self.page.keyboard.insert_text(text)

    def tab_to(self, selector: str) -> None:
        """Tab after tab until the cursor is in what is wanted."""
        for _ in range(MOST_TABS):
            if self.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.path}: expected {selector} within {MOST_TABS} tabs")

    def type_into(self, selector: str, text: str) -> None:
        self.tab_to(selector)
        self.type(text)

    def choose(self, name: str, value: str) -> None:
        """Radio buttons: to the first one by Tab, then on by arrows."""
        self.tab_to(f"[type=radio][name={name}]")
        self.page.keyboard.press("Space")
        for _ in range(MOST_TABS):
            if self.page.evaluate("document.activeElement.value") == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name}: expected {value} among its radio buttons")

    def pointed(self) -> list[str]:
        """What a mouse or a finger did on this page."""
        found: list[str] = self.page.evaluate("window.pointed")
        return found

    def open(self, path: str) -> None:
        """An address that is typed into the browser's own bar."""
        self.page.goto(self.origin + path, wait_until="load")
        self.wait()

    def wait(self) -> None:
        """Until its scripts run: a browser calls a page loaded while they still wait for each other."""
        self.page.evaluate(RUNNING)

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def text(self, selector: str) -> str:
        return self.page.locator(selector).first.inner_text()

    def see(self, selector: str) -> None:
        """Wait until it is there to be seen."""
        self.page.locator(selector).first.wait_for(state="visible")


def browse(browser: Browser, origin: str, language: str = "en") -> Watched:
    """A browser of somebody who is not signed in yet."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        locale={"zh": "zh-CN", "en": "en-GB"}[language],
        reduced_motion="reduce",
    )
    for script in (POINTED, PLAINLY):
        context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(20_000)
    watched = Watched(context, page, origin)
    page.on("console", lambda message: _said(watched, message))
    page.on("pageerror", lambda error: watched.faults.append(f"script: {error}"))
    page.on("request", lambda request: _asked(watched, request))
    page.on("response", lambda answer: _answered(watched, answer))
    return watched


def enter(service: Service, watched: Watched, name: str, held: Sequence[Grant], language: str = "en") -> None:
    """Sign a new person in, without the form."""
    token, _ = sign_in(service, name, list(held), language)
    watched.context.add_cookies([{"name": "screener-session", "value": token, "url": watched.origin}])


def enter_again(service: Service, watched: Watched, person: int, language: str) -> None:
    """Sign somebody in who is known already, without the form."""
    with database.writing(service.engine) as connection:
        own = schema.person.c.id == person
        connection.execute(update(schema.person).where(own).values(language=language))
        opened = sessions.begin(connection, service.clock(), person, service.settings)
    cookie = {"name": "screener-session", "value": opened.token, "url": watched.origin}
    watched.context.add_cookies([cookie])  # type: ignore[list-item]


def _said(watched: Watched, message: ConsoleMessage) -> None:
    """A policy of content that is broken is said there, too; of refusals `_answered` knows more."""
    known = message.text.startswith("Failed to load resource") or _about_drawing(message.text)
    if message.type in {"error", "warning"} and not known:
        watched.faults.append(f"console: {message.text} ({watched.page.url})")


def _about_drawing(text: str) -> bool:
    """The drawing of this Chromium without a graphics card tells of its own speed."""
    return "GPU stall due to ReadPixels" in text or "swiftshader" in text.lower()


def _asked(watched: Watched, request: Request) -> None:
    if not request.url.startswith((f"{watched.origin}/", "data:", "blob:")):
        watched.faults.append(f"outside: {request.url}")


def _answered(watched: Watched, answer: Response) -> None:
    """Pages may be refused, and a picture that is none; nothing else that a page asks for."""
    expected = answer.request.is_navigation_request() or UNREADABLE.search(answer.url)
    if answer.status >= (500 if expected else 400):
        watched.faults.append(f"{answer.status}: {answer.url}")
