"""The judge's loads weigh what cigarettes weigh, and an insertion changes nothing beyond the load."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("xraydb")

from bench.judge import goods, loads
from bench.judge.__main__ import main
from bench.judge.display import Curve, drawn_curve, read_display
from bench.judge.goods import FORMATS, Good
from bench.judge.insertion import Place, insert, outline
from bench.judge.materials import Array
from bench.judge.projection import Piece, project
from screener.errors import BadConfig
from screener.lab import truth

KING = FORMATS["king"]
LYING = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
END_ON = np.array([[0.0, 1, 0], [0, 0, 1], [1, 0, 0]])


def _areal(good: Good, turn: np.ndarray, pitch_mm: float = 1.0) -> Array:
    return project([Piece(good.volume, turn, np.zeros(3))], pitch_mm, focus_mm=1e6)[..., 0]


def _typical(areal: Array) -> float:
    return float(np.median(areal[areal > 0.1 * areal.max()]))


def _bag(side: int = 420) -> Array:
    """A pseudo-colour bag of organic matter with a metal bar, grain on it."""
    rng = np.random.default_rng(5)
    scan = np.full((side, side, 3), 254, np.uint8)
    cv2.rectangle(scan, (20, 20), (side - 20, side - 20), (235, 190, 130), cv2.FILLED)
    cv2.rectangle(scan, (40, 50), (side - 40, 70), (40, 90, 200), cv2.FILLED)
    scan[100:160, 60:360] = (190, 135, 70)
    soft = cv2.GaussianBlur(rng.normal(0, 8, scan.shape).astype(np.float32), (0, 0), 0.8)
    matter = (scan.min(axis=2) < 250)[..., None]
    return np.clip(scan + soft * matter, 0, 255).astype(np.float32)


@pytest.fixture(scope="module")
def carton() -> Good:
    return goods.carton(KING, np.random.default_rng(1))


def test_a_king_size_stick_holds_what_the_trade_says() -> None:
    good = goods.stick(KING, np.random.default_rng(3))
    assert 0.55 <= good.tobacco_g <= 0.78
    assert 0.75 <= good.volume.mass_g <= 1.05


def test_areal_densities_are_those_of_packs_and_cartons(carton: Good) -> None:
    pack = goods.pack(KING, np.random.default_rng(2))
    assert 0.40 <= _typical(_areal(pack, LYING)) <= 0.55
    assert 0.85 <= _typical(_areal(carton, LYING)) <= 1.15
    assert 4.8 <= _typical(_areal(carton, END_ON)) <= 6.2
    assert (carton.sticks, pack.sticks) == (200, 20)


@pytest.mark.parametrize("pitch_mm", [0.75, 1.0, 1.5])
def test_projection_keeps_mass(carton: Good, pitch_mm: float) -> None:
    turn = loads._anyhow(np.random.default_rng(4))
    mass = _areal(carton, turn, pitch_mm).sum() * (pitch_mm / 10) ** 2
    assert mass == pytest.approx(carton.volume.mass_g, rel=0.01)


def test_rods_show_as_a_period_and_not_as_speckle() -> None:
    areal = _areal(goods.pack(KING, np.random.default_rng(2)), LYING, 0.8)
    tobacco = areal[15:60, 8:-8]
    line = tobacco.mean(0) - tobacco.mean()
    power = np.abs(np.fft.rfft(line, 512)) ** 2
    strongest_mm = 0.8 * 512 / (power[15:].argmax() + 15)
    assert strongest_mm == pytest.approx(KING.diameter_mm / 2, rel=0.12) or strongest_mm == pytest.approx(
        KING.diameter_mm, rel=0.12
    )
    assert np.abs(np.diff(tobacco, axis=0)).mean() < 0.08 * tobacco.mean()


@pytest.mark.parametrize("grams", [300.0, 1000.0])
def test_loose_tobacco_weighs_what_it_says(grams: float) -> None:
    for build in (goods.shreds, goods.leaf):
        good = build(grams, np.random.default_rng(6))
        assert good.volume.mass_g == pytest.approx(grams, rel=0.06)  # the bag's film comes on top
        assert good.tobacco_g == grams


@pytest.mark.parametrize(
    ("name", "sticks"), [("2 cartons", 400), ("4 packs", 80), ("60 loose", 60), ("0.3 kg shreds", 0)]
)
def test_a_load_counts_what_its_name_says(name: str, sticks: int) -> None:
    made = loads.load(name, loads.Stock(1), np.random.default_rng(1))
    assert made.sticks == sticks
    assert made.tobacco_g > 0.4 * sticks * 0.6


def test_a_name_it_cannot_read_is_refused() -> None:
    with pytest.raises(BadConfig, match="got 'some cigars'"):
        loads.load("some cigars", loads.Stock(1), np.random.default_rng(1))


def test_curves_are_within_what_makers_show_and_turn_back() -> None:
    rng = np.random.default_rng(7)
    for curve in (drawn_curve(rng) for _ in range(50)):
        depth = curve.depth(np.array([1.0, 7.0], np.float32))
        assert 0.13 <= depth[0] <= 0.25
        assert 0.55 <= depth[1] <= 1.05
        np.testing.assert_allclose(curve.matter(depth), [1.0, 7.0], rtol=1e-3)


def test_the_outline_is_the_bag() -> None:
    inside = outline(_bag() @ np.array([0.299, 0.587, 0.114], np.float32), 254.0)
    assert inside[200, 200] == 1
    assert inside[5, 5] == inside[200, 415] == 0


def test_an_insertion_darkens_its_place_alone_and_stays_organic(carton: Good) -> None:
    scan = _bag()
    areal = project([Piece(carton.volume, LYING, np.zeros(3))], 0.9)
    laid = insert(
        scan, read_display(scan), Curve(0.2, 0.8), areal, Place(220, 40, "open"), rng=np.random.default_rng(8)
    )
    there = (slice(235, 300), slice(70, 320))
    assert scan[there].mean() - laid[there].mean() > 20
    red, green, blue = laid[there].mean((0, 1))
    assert red > green > blue
    np.testing.assert_array_equal(laid[:215], scan[:215])
    np.testing.assert_array_equal(laid[:, :35], scan[:, :35])


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "scans" / "bags").mkdir(parents=True)
    scan = np.ascontiguousarray(_bag()[..., ::-1]).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "scans" / "bags" / "one.jpg"), scan)
    outs = [tmp_path / "first", tmp_path / "second"]
    for out in outs:
        given = [str(tmp_path / "scans"), str(out), "--pitch", "bags=1.2", "--each", "1", "--with-clean"]
        assert main([*given, "--loads", "2 packs", "9 cartons"]) == 0
    first, second = (truth.read(out) for out in outs)
    assert first == second
    assert [line.load for line in first] == ["clean", "2 packs"]  # nine cartons fit in no such bag
    assert all((outs[0] / line.file).read_bytes() == (outs[1] / line.file).read_bytes() for line in first)
    assert {line.source for line in first} == {"bags/one.jpg"}
