"""The station in a real browser: an opening without its network, a picture judged, a barcode filmed."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select

from screener.lab.simulator.parcel import simulate_parcel
from screener.review import database, schema
from screener.review.rights import Grant, Role
from screener.review.schema import action, parcel, photograph
from screener.review.service import Service
from screener.review.station import judging
from screener.review.station.tables import station_entry, station_scan
from tests.conftest import missing
from tests.review.station import barcode
from tests.review.station.cable import Cable
from tests.review.web.conftest import CHROMIUM, PASSWORD, sign_in
from tests.review.web.e2e.conftest import Person
from tests.review.web.e2e.pages import PERSONAL
from tests.review.web.e2e.test_pages import violations
from tests.review.web.e2e.workstation import Watched

FILMED = "P-0003"
TOO_SMALL = """() => [...document.querySelectorAll("button, summary, select, .option, .station-file, input")]
  .filter((one) => one.getClientRects().length && !one.matches(".only-read, [type=radio]"))
  .filter((one) => one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 120))"""
"""What a gloved finger would miss."""

SECRET = "another box in the lorry"
ALL_THAT_LIES_HERE = """async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("screener-station");
    asked.onsuccess = () => done(asked.result);
  });
  const all = (name) => new Promise((done) => {
    const asked = base.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const bytes = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);
  const plain = (_, value) => (bytes(value) ? new TextDecoder("latin1").decode(value) : value);
  const rows = [...(await all("entries")), ...(await all("values"))];
  return JSON.stringify([rows, { ...localStorage }, { ...sessionStorage }], plain);
}"""
"""What the browser has stored, as text."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real browser whose camera films a barcode."""
    if not CHROMIUM.exists():
        missing(f"{CHROMIUM}: a browser to try the pages in")
    film = barcode.film(tmp_path_factory.mktemp("film") / "code.mjpeg", FILMED)
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    arguments = ["--no-sandbox", *camera, f"--use-file-for-fake-video-capture={film}"]
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()


CABLE: Final = pytest.StashKey[Cable]()


@pytest.fixture
def address(address: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where browsers find the workstation: at the other end of a cable."""
    request.node.stash[CABLE] = cable = Cable(address)
    yield cable.address
    cable.cut()


@pytest.fixture
def cable(address: str, request: pytest.FixtureRequest) -> Cable:
    """Between the browsers and the workstation at `address`."""
    return request.node.stash[CABLE]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_opening_whose_network_is_cut(
    service: Service, person: Person, cable: Cable, tmp_path: Path, language: str
) -> None:
    """All that was entered comes to the server once, and in order."""
    li = person("li", Role.INVESTIGATOR, language=language)
    li.open("/station")
    ready(li)
    type_code(li, "P-0000")
    li.see(".station-sheet")
    assert not any(told in li.page.content() for told in PERSONAL)
    take(li, photo(tmp_path, "navy"))
    empty(li)

    cable.cut()
    li.page.click("[data-tab=open]")
    li.page.locator("form[data-entry=open] [name=officers]").nth(1).fill("赵强")
    li.page.click("form[data-entry=open] button.primary")
    li.see("form[data-entry=found]")
    take(li, photo(tmp_path, "maroon"))
    waiting(li, 2)
    li.page.click("[data-tab=found]")
    li.page.fill("form[data-entry=found] [name=cartons]", "5")
    li.see("[data-draft=kept]")

    li.page.reload()
    ready(li)
    waiting(li, 2)
    assert li.page.input_value("form[data-entry=found] [name=cartons]") == "5"
    assert li.page.locator("html").get_attribute("lang") == {"zh": "zh-Hans", "en": "en"}[language]
    li.page.check("form[data-entry=found] [name=quality][value=right]")
    li.page.click("form[data-entry=found] button.primary")
    waiting(li, 3)
    type_code(li, "NOBODY-77")
    li.page.click("[data-tab=note]")
    li.page.fill("form[data-entry=note] textarea", "车上另有一件")
    li.page.click("form[data-entry=note] button.primary")
    waiting(li, 4)

    cable.mend()
    li.page.click("[data-show-outbox]")
    li.page.click("[data-send-now]")
    empty(li)
    assert stands(service, "P-0000") == ("inspecting", {"open": 1, "found": 1}, 2)
    with database.reading(service.engine) as connection:
        rows = connection.execute(select(station_entry).order_by(station_entry.c.id)).all()
    assert [one.kind for one in rows] == ["photograph", "open", "photograph", "found", "note"]
    assert [one.state for one in rows] == ["done"] * 4 + ["unmatched"]
    assert all(abs((one.received_at - one.made_at).total_seconds()) > 0 for one in rows)


def test_a_second_person_at_the_same_tablet(service: Service, person: Person, cable: Cable) -> None:
    """What the first left unsent waits for him, sealed; who signed out without a network is signed out."""
    li = person("li", Role.INVESTIGATOR)
    sign_in(service, "wang", [Grant(Role.INVESTIGATOR)])
    li.open("/station")
    ready(li)
    cable.cut()
    type_code(li, "P-0000")
    write_note(li, SECRET)
    waiting(li, 1)
    li.page.click(".station-tools summary")
    li.page.click("[data-sign-out]")
    li.see("[data-banner=signed-out]")
    cable.mend()
    li.page.goto(li.origin + "/station")
    li.page.wait_for_url("**/sign-in?next=/station")

    sign_in_at(li, "wang")
    li.see("[data-banner=others]")
    waiting(li, 0)
    assert not any(told in li.page.content() for told in (SECRET, "P-0000"))
    assert SECRET not in li.page.evaluate(ALL_THAT_LIES_HERE)
    type_code(li, "P-0001")
    with li.page.expect_response(lambda answer: answer.request.method == "POST" and answer.ok):
        write_note(li, "nothing in it")
    empty(li)
    assert sent_by(service) == ["wang"]

    li.page.click(".station-tools summary")
    li.page.click("[data-sign-out]")
    li.page.wait_for_url("**/sign-in?next=/station")
    sign_in_at(li, "li")
    empty(li)
    assert sent_by(service) == ["wang", "li"]


def test_a_picture_is_judged_by_the_shipped_model(service: Service, person: Person, tmp_path: Path) -> None:
    li = person("li", Role.INVESTIGATOR)
    li.open("/station")
    ready(li)
    type_code(li, "P-0001")
    li.see(".station-sheet")
    li.page.click("[data-tab=picture]")
    scan = simulate_parcel(40, "20 cartons").scans[0]
    content, kind = scan.encode()
    suffix = {"image/tiff": "tif", "image/png": "png", "image/jpeg": "jpg"}[kind]
    file = tmp_path / f"mobile.{suffix}"
    file.write_bytes(content)
    li.page.set_input_files("[name=picture]", file)
    li.page.select_option("[name=device]", "belt")
    li.page.fill("[name=pitch_mm]", f"{scan.pitch_across_mm:.4f}")
    li.page.check(f"[name=energy][value={scan.energy.value}]")
    li.page.click("form[data-entry=picture] button.primary")
    li.see("[data-result][data-state=waiting]")
    assert judging.judge_next(service, judging.opened(service))
    li.see("[data-result][data-state=judged] .load-bar")
    with database.reading(service.engine) as connection:
        row = connection.execute(select(station_scan)).one()
    assert row.findings is not None and row.parcel is not None
    assert service.store.get(row.address) == content
    assert row.sha256 in li.text(".station-result")
    li.page.wait_for_function("() => document.querySelector('.station-drawn').naturalWidth > 0")


def test_a_barcode_is_read_by_the_camera_and_axe_finds_nothing(person: Person, axe: str) -> None:
    li = person("li", Role.INVESTIGATOR)
    li.open("/station")
    ready(li)
    li.page.click("[data-camera]")
    li.see(".station-sheet")
    assert li.text(".station-sheet .station-code") == FILMED
    for scheme in ("light", "dark"):
        li.page.emulate_media(color_scheme=scheme)
        for tab in ("photograph", "open", "picture", "note"):
            li.page.click(f"[data-tab={tab}]")
            assert violations(li, axe, f"{tab} {scheme}") == []
    for width, height in ((768, 1024), (1024, 768)):
        li.page.set_viewport_size({"width": width, "height": height})
        assert li.page.evaluate(TOO_SMALL) == []
        assert li.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def ready(who: Watched) -> None:
    who.page.wait_for_selector("body[data-ready]")
    who.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    who.page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def type_code(who: Watched, code: str) -> None:
    who.page.fill("#code", code)
    who.page.press("#code", "Enter")
    who.page.wait_for_function("code => document.querySelector('#code').value === code", arg=code)


def write_note(who: Watched, text: str) -> None:
    who.page.click("[data-tab=note]")
    who.page.fill("form[data-entry=note] textarea", text)
    who.page.click("form[data-entry=note] button.primary")


def sign_in_at(who: Watched, name: str) -> None:
    """Through the form, on to the station."""
    who.page.fill("[name=name]", name)
    who.page.fill("[name=password]", PASSWORD)
    who.page.click("main button.primary")
    who.page.wait_for_url("**/station")
    ready(who)


def sent_by(service: Service) -> list[str]:
    """Who made the entries that came, in order."""
    query = select(schema.person.c.name).join(station_entry, station_entry.c.person == schema.person.c.id)
    with database.reading(service.engine) as connection:
        return list(connection.scalars(query.order_by(station_entry.c.id)))


def photo(folder: Path, colour: str) -> Path:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(picture, "JPEG")
    file = folder / f"{colour}.jpg"
    file.write_bytes(picture.getvalue())
    return file


def take(who: Watched, file: Path) -> None:
    who.page.click("[data-tab=photograph]")
    before = who.page.locator("[data-photos] figure").count()
    who.page.set_input_files("[name=photographs]", file)
    who.page.locator("[data-photos] figure").nth(before).wait_for()


def waiting(who: Watched, count: int) -> None:
    """So many lie on the device."""
    told = "count => document.querySelectorAll('[data-outbox-list] li').length === count"
    who.page.wait_for_function(told, arg=count)


def empty(who: Watched) -> None:
    waiting(who, 0)


def stands(service: Service, code: str) -> tuple[str, Counter[str], int]:
    """How a parcel stands, what was done with it, and its photographs."""
    with database.reading(service.engine) as connection:
        row = connection.execute(select(parcel).where(parcel.c.parcel_id == code)).one()
        kinds = connection.scalars(select(action.c.kind).where(action.c.parcel == row.id)).all()
        pictures = connection.scalars(select(photograph.c.id).where(photograph.c.parcel == row.id)).all()
    return row.state, Counter(kinds), len(pictures)
