"""Adaptation: how scans are divided, what is set aside, what is learnt from, what is claimed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.errors import BadConfig
from screener.lab.adaptation.crops import Crops, Place
from screener.lab.adaptation.cut import cut
from screener.lab.adaptation.folds import HALVES_FROM, blocks, folds
from screener.lab.adaptation.odd import MOST, far_out
from screener.lab.adaptation.scans import Known, Scan, read, read_outcomes
from screener.lab.insertion import Display
from screener.lab.measures import upper_bound
from screener.lab.simulator.bank import Bank
from tests.lab import ordinary

NAMES = st.integers(30, 150).map(lambda count: [f"P{number}.png" for number in range(count)])


@pytest.fixture(scope="module")
def bank_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bank") / "bank"


@pytest.fixture(scope="module")
def sprites(bank_dir: Path) -> Bank:
    return ordinary.small_bank(bank_dir)


@given(NAMES)
def test_folds_measure_no_scan_that_they_learn_from(names: list[str]) -> None:
    scans = [Scan(Path(name), name, 1.0, 1.0) for name in names]
    made = folds(scans)
    for fold in made:
        assert not set(fold.learnt) & set(fold.held_out)
        assert len(fold.learnt) + len(fold.held_out) == len(scans)
    measured = [scan for fold in made for scan in fold.held_out]
    assert len(measured) == len(set(measured))
    if len(scans) < HALVES_FROM:
        assert set(measured) == set(scans)


@given(NAMES)
def test_neighbours_share_a_block(names: list[str]) -> None:
    found = blocks(reversed(names))
    assert [found[name] for name in names] == sorted(found.values())


@given(st.integers(0, 2**32 - 1), st.integers(1, 2))
def test_a_scan_far_above_the_others_is_set_aside(seed: int, odd_scans: int) -> None:
    scores = np.random.default_rng(seed).uniform(-6, -3, 40)
    scores[:odd_scans] = 6.0
    assert set(far_out(scores, [False] * 40)) == set(range(odd_scans))
    assert far_out(scores, [True] * 40) == []


@given(st.integers(0, 2**32 - 1), st.integers(8, 300))
def test_a_noisy_scanner_is_not_set_aside_as_a_whole(seed: int, count: int) -> None:
    scores = np.random.default_rng(seed).standard_cauchy(count)
    assert len(far_out(scores, [False] * count)) <= np.ceil(MOST * count)


@given(st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=200), st.sampled_from([0.0, 0.01, 0.05]))
def test_no_more_than_the_stated_share_reaches_the_threshold(scores: list[float], rate: float) -> None:
    clean = np.array(scores)
    assert (clean >= cut(clean, rate)).mean() <= rate


@pytest.mark.parametrize(("hits", "count", "bound"), [(0, 55, 0.0530), (1, 100, 0.0466), (5, 5, 1.0)])
def test_the_upper_bound_is_that_of_clopper_and_pearson(hits: int, count: int, bound: float) -> None:
    assert upper_bound(hits, count) == pytest.approx(bound, abs=2e-4)


def test_too_few_scans_are_refused(sprites: Bank, tmp_path: Path) -> None:
    ordinary.scans(tmp_path / "few", sprites, 3)
    with pytest.raises(BadConfig, match="at least 30 readable"):
        read(tmp_path / "few", 1.0, None)


def test_outcomes_say_what_is_known(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    path.write_text('{"file": "a.png", "load": "clean"}\n\n{"file": "b.png", "load": "3 cartons", "x": 1}\n')
    assert read_outcomes(path) == {"a.png": Known.NOTHING, "b.png": Known.FOUND}
    path.write_text('{"file": "a.png"}\n')
    with pytest.raises(BadConfig, match="line 1"):
        read_outcomes(path)


def test_crops_follow_from_their_number_and_hold_what_was_laid(
    sprites: Bank, bank_dir: Path, tmp_path: Path
) -> None:
    ordinary.scans(tmp_path / "scans", sprites, 3)
    pitch = ordinary.PITCH_MM
    files = sorted((tmp_path / "scans").glob("P*"))
    scans = tuple(Scan(path, path.name, pitch, pitch) for path in files)
    display = Display.learn([scan.pixels() for scan in scans])

    def crops(simulated: float, loaded: float) -> Crops:
        hard = (Place(0, 100.0, 100.0),)
        return Crops(scans, display, bank_dir, hard, 2, 96, simulated, loaded, 0.5, seed=1)

    first, again = crops(0.3, 0.5)(5), crops(0.3, 0.5)(5)
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert first[0].shape == (2, 3, 96, 96)
    assert first[1].shape == (2, 3, 12, 12)
    assert crops(0.0, 0.0)(1)[1].max() == 0
    assert max(crops(0.0, 1.0)(step)[1].max() for step in range(3)) > 0.05


@pytest.mark.torch
def test_weights_are_those_that_the_card_names(tmp_path: Path) -> None:
    import torch

    from screener.lab import card, weights
    from screener.lab.net import Net

    net, model = Net(width=16), tmp_path / "m.onnx"
    card.path_of(model).write_text(f'{{"weights_sha256": "{weights.write(net, model)}"}}')
    state = weights.read(model).state_dict()
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    weights.write(Net(width=16), model)
    with pytest.raises(BadConfig, match="SHA-256"):
        weights.read(model)


@pytest.mark.torch
def test_restated_norms_hold_the_statistics_of_the_pictures() -> None:
    import torch

    from screener.lab.adaptation.norms import restated
    from screener.lab.net import Net

    net = Net(width=16).eval()
    pictures = [np.random.default_rng(n).random((3, 64, 64), np.float32) for n in range(3)]
    own = restated(net, pictures)
    with torch.inference_mode():
        stem = [
            own._conv_stem(
                torch.nn.functional.pad((torch.from_numpy(p)[None] - 127 / 255) / (128 / 255), (0, 1, 0, 1))
            )
            for p in pictures
        ]
    expected = torch.stack([one.mean((0, 2, 3)) for one in stem]).mean(0)
    assert torch.allclose(own._bn0.running_mean, expected, atol=1e-3)
    assert torch.equal(net._bn0.running_mean, torch.zeros(32))


@pytest.mark.torch
def test_a_scan_with_a_find_pulls_its_alarm_up() -> None:
    from screener.lab.adaptation.tune import found_loss
    from screener.lab.net import Net

    loss = found_loss(Net(width=16).eval(), np.ones((3, 64, 64), np.float32))
    loss.backward()
    assert loss.item() > 0
