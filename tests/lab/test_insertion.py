"""Insertion: a load laid over a scan is what the same load in the scene would have been."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from screener.errors import BadInput
from screener.imaging.prepare import coloured
from screener.lab.insertion import Display, insert, insert_load
from screener.lab.insertion.jpeg import quality
from screener.lab.insertion.placing import paint
from screener.lab.insertion.planes import Layout, Pixels, layout, planes
from screener.lab.simulator import beam, loads
from screener.lab.simulator.brush import Brush
from screener.lab.simulator.canvas import LOOSE, Canvas
from screener.lab.simulator.matter import MATERIALS, Floats

STYLES = ("colour", "grey", "pair")
SEEDS = st.integers(0, 2**31)
ROWS, COLS, PITCH = 300, 400, 1.0
TOP, LEFT = 90, 60


@dataclass(frozen=True, eq=False)
class Known:
    """A scanner of which everything is known: its scene, its clean scan, and the display learnt from that."""

    style: str
    scene: Canvas
    pixels: Pixels
    display: Display

    def rendered(self, basis: Floats) -> Pixels:
        """What the scanner itself makes of a scene."""
        return _rendered(self.style, basis)


def _rendered(style: str, basis: Floats) -> Pixels:
    """Blur, counting noise, and no display curve: luminance is the mean transmission."""
    passed = beam.transmission(basis, beam.beam(150))
    blurred = np.stack([cv2.GaussianBlur(page, (0, 0), 0.7) for page in passed])
    noise = np.random.default_rng(5).standard_normal(blurred.shape).astype(np.float32)
    read = np.clip(blurred + noise * np.sqrt(blurred / np.float32(2e4)), 1e-4, 1)
    if style == "pair":
        return (read * 60000).astype(np.uint16)
    shown = coloured(read[0], read[1]).transpose(1, 2, 0) if style == "colour" else read.mean(0)
    return np.clip(shown * 255 + 0.5, 0, 255).astype(np.uint8)


@cache
def _known(style: str) -> Known:
    scene = _scene()
    pixels = _rendered(style, scene.basis)
    return Known(style, scene, pixels, Display.learn([pixels]))


def _scene() -> Canvas:
    """A parcel of cloth with a few things in it: organic, light metal, metal, on an empty belt."""
    canvas = Canvas(ROWS, COLS, PITCH, PITCH)
    middle = Brush(canvas, COLS / 2, ROWS / 2, np.eye(3))
    middle.box((340, 240, 60), MATERIALS["cotton"])
    middle.at((-90, -80, 0)).box((120, 60, 50), MATERIALS["paper"])
    for number in range(5):
        middle.at((-120 + 60 * number, 85, 0)).box((40, 40, 6 + 12 * number), MATERIALS["water"])
        middle.at((30 + 28 * number, -85, 0)).box((20, 50, 1 + 2 * number), MATERIALS["aluminium"])
    middle.at((150, 0, 0)).box((12, 60, 3), MATERIALS["steel"])
    return canvas


@pytest.fixture(scope="module", params=STYLES)
def known(request: pytest.FixtureRequest) -> Known:
    return _known(request.param)


def _carton(flat: bool = True) -> Canvas:
    good = loads.goods(loads.load("1 carton", np.random.default_rng(1)), np.random.default_rng(2))[0]
    return paint(good, np.eye(3), PITCH, PITCH) if flat else paint(good, np.eye(3)[[0, 2, 1]], PITCH, PITCH)


def _inserted(known: Known, sprite: Canvas, seed: int = 0) -> tuple[Pixels, Floats]:
    return insert(known.pixels, known.display, sprite, TOP, LEFT, np.random.default_rng(seed))


def _loaded(known: Known, sprite: Canvas) -> Pixels:
    """The truth: the same load in the scene."""
    basis = known.scene.basis.copy()
    basis[:, TOP : TOP + sprite.rows, LEFT : LEFT + sprite.cols] += sprite.basis
    return known.rendered(basis)


def _luminance(known: Known, pixels: Pixels) -> Floats:
    return known.display.planes(pixels)[0]


def test_inserting_nothing_changes_nothing(known: Known) -> None:
    pixels, truth = _inserted(known, Canvas(50, 60, PITCH, PITCH))
    assert np.array_equal(pixels, known.pixels)
    assert not truth.any()
    none = insert_load(known.pixels, PITCH, PITCH, known.display, "clean", 3)
    assert np.array_equal(none.pixels, known.pixels)
    assert not none.density.any()


def test_outside_the_loads_window_nothing_changes(known: Known) -> None:
    sprite = _carton()
    pixels, truth = _inserted(known, sprite)
    reach = known.display.optics.reach_px
    outside = np.ones((ROWS, COLS), bool)
    outside[TOP - reach : TOP + sprite.rows + reach, LEFT - reach : LEFT + sprite.cols + reach] = False
    changed = (pixels != known.pixels).reshape(ROWS, COLS, -1) if known.style != "pair" else (
        pixels != known.pixels
    ).transpose(1, 2, 0)  # fmt: skip
    assert not changed.any(2)[outside].any()
    assert not truth[:, outside].any()


def test_the_scan_given_stays_as_it_was(known: Known) -> None:
    before = known.pixels.copy()
    _inserted(known, _carton())
    assert np.array_equal(before, known.pixels)


def test_a_load_never_brightens(known: Known) -> None:
    """Over 5 x 5 pixels the mean rises by no more than its noise."""
    sprite = _carton()
    pixels, _ = _inserted(known, sprite)
    rise = cv2.blur(_luminance(known, pixels) - _luminance(known, known.pixels), (5, 5))
    assert rise.max() < 0.015


@pytest.mark.parametrize("flat", [True, False])
def test_it_is_as_dark_as_the_load_in_the_scene(known: Known, flat: bool) -> None:
    """Within 6 % of the darkness added where transmissions are known, 25 % behind an unknown display."""
    sprite = _carton(flat)
    where = np.zeros((ROWS, COLS), bool)
    where[TOP : TOP + sprite.rows, LEFT : LEFT + sprite.cols] = sprite.truth.sum(0) > 0.1
    clean = np.log(_luminance(known, known.pixels)[where]).mean()
    true = np.log(_luminance(known, _loaded(known, sprite))[where]).mean() - clean
    got = np.mean(
        [np.log(np.maximum(_luminance(known, _inserted(known, sprite, seed)[0])[where], 0.01)).mean()
         for seed in range(8)]
    ) - clean  # fmt: skip
    assert true < -0.1
    assert got == pytest.approx(true, rel=0.06 if known.style == "pair" else 0.25)


def test_it_is_as_noisy_as_the_load_in_the_scene(known: Known) -> None:
    """Fine noise in the load is between 0.7 and 1.4 times that of the true rendering."""
    sprite = _carton()
    inside = np.s_[TOP + 8 : TOP + sprite.rows - 8, LEFT + 8 : LEFT + 120]
    pixels = [_inserted(known, sprite)[0], _loaded(known, sprite)]
    got, true = (_fine(_luminance(known, one))[inside].std() for one in pixels)
    assert 0.7 < got / true < 1.4


def _fine(luminance: Floats) -> NDArray[np.float32]:
    return luminance - cv2.GaussianBlur(luminance, (0, 0), 1.5)


def test_its_colour_is_that_of_the_load_in_the_scene() -> None:
    """The hue of the mean colour lies within 30 degrees of the true rendering's."""
    known = _known("colour")
    sprite = _carton(flat=False)
    where = np.zeros((ROWS, COLS), bool)
    where[TOP : TOP + sprite.rows, LEFT : LEFT + sprite.cols] = sprite.truth.sum(0) > 0.1
    hues = []
    for pixels in (_inserted(known, sprite)[0], _loaded(known, sprite)):
        blue, red = (plane[where].mean() for plane in planes(pixels, Layout.COLOUR)[1:])
        hues.append(np.degrees(np.arctan2(red, blue)))
    assert abs((hues[0] - hues[1] + 180) % 360 - 180) < 30


@given(seed=SEEDS, load=st.sampled_from(["1 kg cut tobacco", "0.5 kg cut tobacco"]))
@settings(max_examples=5)
def test_the_truth_holds_the_mass(seed: int, load: str) -> None:
    known = _GREY
    try:
        made = insert_load(known.pixels, PITCH, PITCH, known.display, load, seed)
    except BadInput as error:
        assert error.reason == "no_room"
        return
    assert made.density[LOOSE].sum() * PITCH**2 / 100 == pytest.approx(made.load.loose_g, rel=0.01)


_GREY = _known("grey")


def test_the_truth_is_the_sprites_wherever_it_fits_and_cut_where_it_does_not(known: Known) -> None:
    sprite = _carton()
    _, truth = _inserted(known, sprite)
    assert truth.sum() == pytest.approx(sprite.truth.sum(), rel=1e-5)
    rng = np.random.default_rng(0)
    for top, left in ((-40, -50), (ROWS - 30, COLS - 20), (ROWS + 9, 0), (-4000, 0)):
        pixels, cut = insert(known.pixels, known.display, sprite, top, left, rng)
        assert pixels.shape == known.pixels.shape
        assert cut.sum() < truth.sum()


@given(seed=SEEDS)
@settings(max_examples=4)
def test_the_same_seed_gives_the_same_scan_and_another_another(seed: int) -> None:
    def made(number: int) -> bytes | str:
        try:
            return insert_load(_GREY.pixels, PITCH, PITCH, _GREY.display, "5 packs", number).pixels.tobytes()
        except BadInput as error:
            return str(error)

    assert made(seed) == made(seed)
    assert made(seed) != made(seed + 1) or isinstance(made(seed), str)


def test_the_truth_of_two_loads_does_not_depend_on_their_order(known: Known) -> None:
    sprite = _carton()
    totals = []
    for places in (((20, 30), (120, 80)), ((120, 80), (20, 30))):
        pixels, total = known.pixels, np.zeros((3, ROWS, COLS), np.float32)
        for top, left in places:
            pixels, truth = insert(pixels, known.display, sprite, top, left, np.random.default_rng(top))
            total += truth
        totals.append((cv2.blur(_luminance(known, pixels), (9, 9)), total))
    assert np.allclose(totals[0][1], totals[1][1], atol=1e-5)
    if known.style == "pair":  # behind a display curve drawn anew for each, the order may matter
        assert np.abs(totals[0][0] - totals[1][0]).max() < 0.02


@given(seed=SEEDS)
@settings(max_examples=6)
def test_loads_lie_over_the_contents_and_not_on_the_belt(seed: int) -> None:
    try:
        made = insert_load(_GREY.pixels, PITCH, PITCH, _GREY.display, "200 loose sticks", seed)
    except BadInput as error:
        assert error.reason == "no_room"
        return
    loaded = made.density.sum(0) > 0.05
    matter = _GREY.scene.basis.sum(0) > 0.05
    assert (loaded & matter).sum() > 0.95 * loaded.sum()


def test_an_empty_belt_has_no_room(known: Known) -> None:
    empty = known.rendered(np.zeros_like(known.scene.basis))
    with pytest.raises(BadInput, match="no_room"):
        insert_load(empty, PITCH, PITCH, known.display, "1 carton", 1)


def test_a_grey_picture_stored_in_colour_stays_grey() -> None:
    pixels: NDArray[np.uint8] = np.repeat(_GREY.pixels[..., None], 3, -1).astype(np.uint8)
    made, _ = insert(pixels, Display.learn([pixels]), _carton(), TOP, LEFT, np.random.default_rng(0))
    assert (made != pixels).any()
    assert np.ptp(made, axis=2).max() == 0


def test_raw_grey_is_multiplied_too() -> None:
    pixels = _known("pair").pixels[0]
    display = Display.learn([pixels])
    made, _ = insert(pixels, display, _carton(), TOP, LEFT, np.random.default_rng(0))
    assert display.layout is Layout.RAW
    assert made.dtype == np.uint16
    assert made.mean() < pixels.mean()


@pytest.mark.parametrize(
    ("shape", "kind"), [((9, 9, 2), np.uint8), ((9, 9, 4), np.uint8), ((9, 9), np.float32)]
)
def test_a_layout_that_is_none_is_named(shape: tuple[int, ...], kind: type) -> None:
    with pytest.raises(BadInput, match="layout: expected uint8"):
        layout(np.zeros(shape, kind))


def test_a_display_is_of_one_layout(known: Known) -> None:
    other = np.zeros((64, 64), np.uint8 if known.style != "grey" else np.uint16)
    with pytest.raises(BadInput, match="one layout"):
        Display.learn([known.pixels, other])


@pytest.mark.parametrize("wanted", [30, 60, 75, 85, 90, 95, 98])
def test_the_quality_of_a_jpeg_is_read_off_its_tables(wanted: int) -> None:
    _, data = cv2.imencode(".jpg", _GREY.pixels, [cv2.IMWRITE_JPEG_QUALITY, wanted])
    assert abs(quality(data.tobytes()) - wanted) <= 1
