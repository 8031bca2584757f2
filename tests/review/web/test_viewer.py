"""The viewer in a real browser: the same picture by both engines, all 16 bits, millimetres, keys."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, expect

from screener.contracts.wire import Energy
from screener.imaging.prepare import Pixels, coloured
from screener.review import pictures
from tests.review.web.conftest import chromium
from tests.review.web.viewer_page import ViewerPage

pytestmark = pytest.mark.slow

ROWS, COLS = 120, 160
ALONG, ACROSS = 0.8, 1.6
VIEWER: Final = "document.querySelector('[data-viewer]').viewer"


def blobs(channels: int, seed: int = 5) -> NDArray[np.float32]:
    """Something like transmissions, 0 to 1, with noise [rows, cols, channels]."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.random((ROWS, COLS, channels), np.float32), (0, 0), 5).reshape(
        ROWS, COLS, channels
    )
    spread = (soft - soft.min()) / (soft.max() - soft.min())
    spread[:12] = 1.0
    spread[12:20] = 0.0
    noisy = spread + rng.normal(0, 0.01, spread.shape).astype(np.float32)
    return np.clip(noisy, 0, 1).astype(np.float32)


def pair() -> Pixels:
    """Low and high energy, from organic matter to metal."""
    share = blobs(2)
    depth = 4 * (1 - share[..., 0])
    ratio = 1 + 2 * share[..., 1]
    return (np.stack([np.exp(-depth), np.exp(-depth / ratio)]) * 58_000).astype(np.uint16)


def ramp() -> Pixels:
    """Eight neighbouring levels beside air."""
    made = np.full((ROWS, COLS), 52_000, np.uint16)
    made[:, :80] = 30_000 + np.arange(80, dtype=np.uint16) // 10
    return made


def two_matters() -> Pixels:
    """A pair with organic matter on the left and metal on the right."""
    made = np.full((2, ROWS, COLS), 60_000, np.uint16)
    for where, ratio in ((np.s_[30:90, 20:70], 1.3), (np.s_[30:90, 90:140], 2.6)):
        made[0][where], made[1][where] = 60_000 * np.exp(-0.8 * ratio), 60_000 * np.exp(-0.8)
    return made


SCANS: Final[dict[str, tuple[Pixels, Energy]]] = {
    "grey8": ((blobs(1)[..., 0] * 255).astype(np.uint8), Energy.SINGLE),
    "grey16": ((blobs(1)[..., 0] * 51_234).astype(np.uint16), Energy.SINGLE),
    "rgb8": ((blobs(3) * 255).astype(np.uint8), Energy.DUAL),
    "rgb16": ((blobs(3) * 65_535).astype(np.uint16), Energy.DUAL),
    "pair": (pair(), Energy.DUAL),
    "ramp": (ramp(), Energy.SINGLE),
    "two": (two_matters(), Energy.DUAL),
}

SETTINGS: Final[list[dict[str, Any]]] = [
    {},
    {"invert": True},
    {"lo": 0.2, "hi": 0.45, "gamma": 1.7},
    {"edges": True, "invert": True},
    {"penetrate": True},
    {"strip": "organic"},
    {"strip": "metal", "invert": True},
    {"palette": "grey", "edges": True},
    {"palette": "thermal"},
    {"palette": "spectrum", "strip": "organic", "lo": 0.1, "hi": 0.9},
]

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real browser with an imitated graphics card."""
    with chromium("--use-angle=swiftshader", "--enable-unsafe-swiftshader") as opened:
        yield opened


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """`open_page("pair", "grey8", language="zh")`: a page with a viewer of these views, pictures there."""
    ends: list[Callable[[], None]] = []

    def opened(*names: str, language: str = "en", **context: Any) -> Page:
        site = ViewerPage(views(names), {name: packed(name) for name in SCANS} | {"map": a_map()})
        site.__enter__()
        ends.append(lambda: site.__exit__(None, None, None))
        within = browser.new_context(viewport={"width": 1366, "height": 768}, **context)
        ends.append(within.close)
        page = within.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        ends.append(lambda: _none_of(faults))
        page.goto(f"{site.url}/{language}")
        page.evaluate("document.querySelector('.box').style.height = '600px'")
        page.wait_for_selector("[data-ready]")
        until(page, f"{VIEWER}.stage.clientHeight > 300 && !{VIEWER}.asked")
        return page

    yield opened
    for end in reversed(ends):
        end()


def _none_of(faults: list[str]) -> None:
    assert faults == []


def packed(name: str) -> bytes:
    pixels, energy = SCANS[name]
    return pictures.packed(pictures.raster(pixels, energy, ALONG, ACROSS))


def a_map() -> bytes:
    """Cigarettes in the middle of the picture; cells of 12 mm."""
    cells = np.zeros((16, 11, 3), np.uint8)
    cells[5:11, 3:8, 0] = 230
    return pictures.packed(pictures.Raster(cells, Energy.SINGLE, 12.0, 12.0, (255, 255)))


def views(names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "number": n,
            "pixels": f"/pictures/{name}" if name != "gone" else None,
            "map": "/pictures/map",
            "gone": "expired",
            "along": ALONG,
            "across": ACROSS,
            "energy": SCANS[name][1].value if name in SCANS else "dual",
            "scanner": f"east-{n}",
            "alarm": 0.97,
            "threshold": 0.6,
        }
        for n, name in enumerate(names, start=1)
    ]


def shown(page: Page, n: int = 0) -> NDArray[np.uint8]:
    """The picture as it is computed now, at the scan's own size [rows, cols, 3]."""
    page.evaluate(f"{VIEWER}.draw()")
    sent = page.evaluate(
        f"""() => {{ const canvas = {VIEWER}.tiles[{n}].shown;
            const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            return btoa(Array.from(image.data, (byte) => String.fromCharCode(byte)).join('')); }}"""
    )
    return np.frombuffer(base64.b64decode(sent), np.uint8).reshape(ROWS, COLS, 4)[..., :3]


def until(page: Page, true: str) -> None:
    """Wait for an expression; as a function, since the page's policy forbids to evaluate texts."""
    page.wait_for_function(f"() => {true}")


def settle(page: Page) -> None:
    """Until what was asked for is drawn."""
    until(page, f"!{VIEWER}.asked")


BOTH: Final = """async ({name, asked, root}) => {
  const {GlEngine} = await import(root + 'viewer/gl_engine.js');
  const {PlainEngine} = await import(root + 'viewer/plain_engine.js');
  const {PLAIN, recipe} = await import(root + 'viewer/recipe.js');
  const {load} = await import(root + 'viewer/raster.js');
  const raster = await load('/pictures/' + name), engines = [new GlEngine(), new PlainEngine()];
  return asked.map((settings) => {
    const [a, b] = engines.map((engine) => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, {width: raster.cols, height: raster.rows});
      engine.show(raster, recipe({...PLAIN, ...settings}, raster), canvas);
      return canvas.getContext('2d').getImageData(0, 0, raster.cols, raster.rows).data;
    });
    let most = 0, least = 255, largest = 0;
    for (let n = 0; n < a.length; n++) {
      most = Math.max(most, Math.abs(a[n] - b[n]));
      if (n % 4 < 3) { least = Math.min(least, a[n]); largest = Math.max(largest, a[n]); }
    }
    return [most, largest - least];
  });
}"""


@pytest.mark.parametrize("name", ["grey8", "grey16", "rgb8", "rgb16", "pair"])
def test_both_engines_show_the_same(open_page: Open, name: str) -> None:
    page = open_page(name)
    root = page.evaluate("document.querySelector('script[src$=\"viewer.js\"]').src.replace('viewer.js', '')")
    results = page.evaluate(BOTH, {"name": name, "asked": SETTINGS, "root": root})
    assert [most for most, _ in results] == [pytest.approx(0, abs=1)] * len(SETTINGS)
    assert all(contrast > 40 for _, contrast in results), results


def test_webgl_is_used_where_it_is_asked_for(open_page: Open) -> None:
    expect(open_page("pair").locator("[data-viewer]")).to_have_attribute("data-engine", "webgl2")


def test_without_a_graphics_processor_the_faster_way_is_taken(browser: Browser) -> None:
    with ViewerPage(views(("pair",)), {"pair": packed("pair"), "map": a_map()}, engine="best") as site:
        page = browser.new_page()
        page.goto(f"{site.url}/en")
        expect(page.locator("[data-viewer]")).to_have_attribute("data-engine", "canvas")
        page.close()


def test_a_graphics_processor_that_goes_away_takes_no_picture_along(open_page: Open) -> None:
    page = open_page("pair")
    before = shown(page).astype(int)
    page.evaluate(f"{VIEWER}.engine.dispose()")
    expect(page.locator("[data-viewer]")).to_have_attribute("data-engine", "canvas")
    assert np.abs(shown(page) - before).max() <= 1


@pytest.mark.parametrize("name", ["grey8", "rgb8"])
def test_a_picture_made_for_people_is_first_seen_as_it_was_sent(open_page: Open, name: str) -> None:
    pixels = SCANS[name][0]
    sent = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=2)
    np.testing.assert_array_equal(shown(open_page(name)), sent)


def test_a_pair_is_first_seen_in_the_colours_that_the_model_sees(open_page: Open) -> None:
    air = np.array(pictures.raster(*SCANS["pair"], ALONG, ACROSS).air, np.float32)[:, None, None]
    low, high = np.minimum(SCANS["pair"][0] / air, 1).astype(np.float32)
    model = np.moveaxis(coloured(low, high), 0, -1) * 255
    assert np.abs(shown(open_page("pair")) - model).max() <= 1


def test_eight_neighbouring_levels_of_65536_become_eight_greys(open_page: Open) -> None:
    page = open_page("ramp")
    page.evaluate(f"{VIEWER}.setWindow(30000 / 52000, 30007 / 52000)")
    greys = shown(page)[60, :80, 0]
    assert len(set(greys[5::10].tolist())) == 8
    assert [int(grey) for grey in greys[5::10]] == pytest.approx([255 * n / 7 for n in range(8)], abs=3)


def test_single_energy_tells_nothing_of_matter_and_says_so(open_page: Open) -> None:
    page = open_page("grey16")
    before = shown(page)
    expect(page.get_by_text("single energy: no information on materials")).to_be_visible()
    page.get_by_role("button", name="Organic").click(force=True)
    expect(page.locator(".viewer-said")).to_have_text(re.compile("no information on materials"))
    np.testing.assert_array_equal(shown(page), before)
    assert page.evaluate(f"{VIEWER}.used()") == []


def test_stripping_takes_away_the_other_matter(open_page: Open) -> None:
    page = open_page("two")
    original = shown(page)
    page.evaluate(f"{VIEWER}.set('organic', true)")
    stripped = shown(page)
    np.testing.assert_array_equal(stripped[60, 45], original[60, 45])
    assert stripped[60, 115].min() > 220
    page.evaluate(f"{VIEWER}.set('metal', true)")
    stripped = shown(page)
    assert stripped[60, 45].min() > 220
    np.testing.assert_array_equal(stripped[60, 115], original[60, 115])


# --- zoom, pan, measure ------------------------------------------------------------------------------


def under(page: Page, x: float, y: float) -> tuple[float, float]:
    """The place in mm under a point of the stage."""
    found = page.evaluate(f"{VIEWER}.tiles[0].toMm({x}, {y}, {VIEWER}.scale)")
    return found["along"], found["across"]


def corner(page: Page) -> tuple[float, float]:
    box = page.locator(".viewer-stage").bounding_box()
    assert box
    return box["x"], box["y"]


def on_screen(page: Page, along: float, across: float) -> tuple[float, float]:
    """Where on the page a place of the first view lies."""
    at = page.evaluate(f"{VIEWER}.tiles[0].toScreen({{along: {along}, across: {across}}}, {VIEWER}.scale)")
    left, top = corner(page)
    return left + at["x"], top + at["y"]


def test_the_wheel_zooms_at_the_pointer(open_page: Open) -> None:
    page = open_page("rgb8")
    left, top = corner(page)
    before, scale = under(page, 600, 250), page.evaluate(f"{VIEWER}.scale")
    page.mouse.move(left + 600, top + 250)
    page.mouse.wheel(0, -400)
    until(page, f"{VIEWER}.scale > {1.5 * scale}")
    assert under(page, 600, 250) == pytest.approx(before, abs=0.2)


def test_dragging_moves_the_picture_with_the_pointer(open_page: Open) -> None:
    page = open_page("rgb8")
    page.evaluate(f"{VIEWER}.zoom(3)")
    left, top = corner(page)
    grabbed = under(page, 600, 250)
    page.mouse.move(left + 600, top + 250)
    page.mouse.down()
    page.mouse.move(left + 640, top + 280, steps=4)
    page.mouse.up()
    assert under(page, 640, 280) == pytest.approx(grabbed, abs=0.2)


def test_two_fingers_zoom_around_themselves(open_page: Open) -> None:
    page = open_page("rgb8", has_touch=True)
    left, top = corner(page)
    before, scale = under(page, 600, 250), page.evaluate(f"{VIEWER}.scale")
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": left + 600 + side * apart, "y": top + 250, "id": n} for n, side in enumerate((-1, 1))]
        points = [] if kind == "touchEnd" else points
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for apart in range(45, 85, 5):
        touch("touchMove", apart)
    touch("touchEnd", 80)
    assert page.evaluate(f"{VIEWER}.scale") == pytest.approx(2 * scale, rel=0.1)
    assert under(page, 600, 250) == pytest.approx(before, abs=4)


@pytest.mark.parametrize(("x", "y"), [(100, 0), (0, 60), (90, 120)])
def test_a_distance_counts_each_way_by_its_own_pitch(open_page: Open, x: int, y: int) -> None:
    page = open_page("grey8")
    start, end = on_screen(page, 16, 32), on_screen(page, 16 + x * ALONG, 32 + y * ACROSS / 2)
    page.get_by_role("button", name="Measure").click()
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=3)
    page.mouse.up()
    said = page.locator(".viewer-said").text_content() or ""
    length, along, across = (float(found) for found in re.findall(r"[\d.]+", said))
    assert (along, across) == pytest.approx((x * ALONG, y * ACROSS / 2), abs=0.3)
    assert length == pytest.approx(float(np.hypot(along, across)), abs=0.15)


def test_a_distance_is_measured_by_keyboard_alone(open_page: Open) -> None:
    page = open_page("grey8")
    scale = page.evaluate(f"{VIEWER}.scale")
    page.locator(".viewer-stage").focus()
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Measure")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Enter")
    for key in ["ArrowRight"] * 4 + ["Shift+ArrowRight"] * 3 + ["ArrowDown"] * 2:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".viewer-said")).to_have_text(
        f"{np.hypot(43, 20) / scale:.1f} mm ({43 / scale:.1f} along, {20 / scale:.1f} across the belt)"
    )


def test_the_readout_names_place_level_and_matter(open_page: Open) -> None:
    page = open_page("pair")
    page.mouse.move(*on_screen(page, 64.4, 96.8))
    settle(page)
    low, high = SCANS["pair"][0][:, 60, 80]
    expect(page.locator(".viewer-readout")).to_contain_text(f"low {low}, high {high}")
    expect(page.locator(".viewer-readout")).to_contain_text(re.compile(r"64\.\d × 9\d\.\d mm"))


# --- keys and what stays -----------------------------------------------------------------------------


def test_a_tap_switches_and_holding_acts_while_it_is_held(open_page: Open) -> None:
    page = open_page("rgb8")
    original, button = shown(page), page.get_by_role("button", name="Invert")
    page.keyboard.press("i")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert not np.array_equal(shown(page), original)
    page.keyboard.press("i")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.keyboard.down("i")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(400)
    page.keyboard.up("i")
    expect(button).to_have_attribute("aria-pressed", "false")
    np.testing.assert_array_equal(shown(page), original)


def test_every_key_acts_and_one_resets_all(open_page: Open) -> None:
    page = open_page("pair", "rgb8")
    state = f"JSON.stringify([{VIEWER}.settings, {VIEWER}.kept, {VIEWER}.loupe, {VIEWER}.measuring])"
    original = shown(page)
    for key in "myjhdipzlv[]{},.+-=x":
        before = page.evaluate(state)
        page.keyboard.press(key)
        until(page, f"{state} !== {json.dumps(before)}")
        page.keyboard.press("0")
        plain = f"{VIEWER}.isPlain() && !{VIEWER}.kept.mapped && {VIEWER}.kept.scale === null"
        until(page, f"{plain} && !{VIEWER}.loupe && !{VIEWER}.measuring")
    np.testing.assert_array_equal(shown(page), original)


def test_no_key_acts_while_somebody_types(open_page: Open) -> None:
    page = open_page("pair")
    page.get_by_label("note").press_sequentially("immediately", delay=70)
    assert page.evaluate(f"{VIEWER}.used()") == []


def test_what_was_used_is_sent_with_a_form(open_page: Open) -> None:
    page = open_page("pair")
    for tool in ("map", "organic", "invert"):
        page.evaluate(f"{VIEWER}.set('{tool}', true)")
    page.keyboard.press("0")
    until(page, f"{VIEWER}.isPlain()")
    sent = page.evaluate("new FormData(document.querySelector('main form')).get('tools')")
    assert sent == "map organic invert"


def test_the_view_stays_from_parcel_to_parcel_and_filters_do_not(open_page: Open) -> None:
    page = open_page("pair", "rgb8")
    for deed in ("show(1)", "zoom(2.5)", "set('map', true)", "set('invert', true)"):
        page.evaluate(f"{VIEWER}.{deed}")
    scale = page.evaluate(f"{VIEWER}.scale")
    page.reload()
    page.wait_for_selector("[data-ready]")
    now = page.evaluate(f"[{VIEWER}.kept.only, {VIEWER}.scale, {VIEWER}.is('map'), {VIEWER}.is('invert')]")
    assert now == [1, pytest.approx(scale), True, False]
    page.keyboard.press("x")
    until(page, f"{VIEWER}.is('invert')")


def test_views_lie_side_by_side_at_one_scale_or_alone(open_page: Open) -> None:
    page = open_page("pair", "rgb8")
    expect(page.locator("[data-caption]:visible")).to_have_count(2)
    page.keyboard.press("v")
    expect(page.locator("[data-caption]:visible")).to_have_count(1)
    expect(page.locator("[data-caption]:visible")).to_contain_text("View 1")
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator("[data-caption]:visible")).to_contain_text("View 2")
    page.keyboard.press("v")
    expect(page.locator("[data-caption]:visible")).to_have_count(2)


def test_views_find_their_places_when_their_pictures_come(open_page: Open) -> None:
    page = open_page("pair", "grey8")
    places = f"{VIEWER}.tiles.map((tile) => [tile.box.x, tile.box.y])"
    largest = page.evaluate(places)
    page.evaluate(f"{VIEWER}.tiles.forEach((tile) => {{ tile.raster = null; }})")
    page.evaluate(f"{VIEWER}.arrange()")
    assert page.evaluate(places) != largest
    page.evaluate(f"{VIEWER}.fetch([])")
    assert page.evaluate(places) == largest


def test_a_view_that_is_gone_is_said_to_be_gone_and_the_other_is_shown(open_page: Open) -> None:
    page = open_page("gone", "rgb8")
    expect(page.locator(".viewer-said")).to_have_text("View 1 cannot be shown: expired")
    np.testing.assert_array_equal(shown(page, 1), SCANS["rgb8"][0])


def test_the_map_lies_where_it_was_seen(open_page: Open) -> None:
    page = open_page("grey8")
    page.keyboard.press("m")
    expect(page.get_by_role("list", name="Map")).to_be_visible()
    settle(page)
    for along, across, seen in [(66, 96, True), (20, 20, False), (66, 180, False)]:
        page.mouse.move(*on_screen(page, along, across))
        settle(page)
        said = page.locator(".viewer-readout").text_content() or ""
        assert ("cigarettes 90 %" in said) is seen


def test_in_chinese(open_page: Open) -> None:
    page = open_page("grey16", language="zh")
    expect(page.get_by_role("button", name="原图")).to_be_visible()
    expect(page.get_by_text("单能量：不含材质信息")).to_be_visible()


def test_the_next_pictures_are_fetched_ahead(browser: Browser) -> None:
    pixels = {name: packed(name) for name in ("grey8", "rgb8")} | {"map": a_map()}
    with ViewerPage(views(("grey8",)), pixels, ["/pictures/rgb8"]) as site:
        page = browser.new_page()
        with page.expect_response("**/pictures/rgb8"):
            page.goto(f"{site.url}/en")
        page.close()
