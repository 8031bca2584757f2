"""Training: a run that was cut goes on as if it had not been."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from screener.lab.train import TrainSettings

pytestmark = pytest.mark.torch


def small(run: Path, steps: int) -> TrainSettings:
    """A run of a few steps, whose rate depends on the step alone."""
    from screener.lab.train import TrainSettings

    return TrainSettings(
        run_dir=str(run),
        bank_goods=6,
        bank_loads=4,
        bank_parcels=2,
        crop_px=64,
        batch=2,
        steps=steps,
        ease_until=0.0,
        warmup=100,
        checkpoint_every=1,
        threads=1,
    )


def test_a_cut_run_ends_with_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    import torch

    from screener.lab import train

    whole = train.train(small(tmp_path / "whole", 3))
    train.train(small(tmp_path / "cut", 2))
    cut = train.train(small(tmp_path / "cut", 3))
    first, second = (torch.load(path, weights_only=True) for path in (whole, cut))
    assert first["step"] == second["step"] == 3
    for name, value in first["mean"].items():
        assert torch.allclose(value, second["mean"][name], atol=1e-5), name
    net, facts = train.weights_of(cut)
    assert not net.training
    assert facts["settings"]["steps"] == 3


def test_frozen_blocks_keep_their_weights_and_the_others_learn(tmp_path: Path) -> None:
    from screener.lab import net, train

    before = dict(net.pretrained().named_parameters())
    trained, _ = train.weights_of(train.train(replace(small(tmp_path, 1), frozen=3)))
    same = {name: bool((value == before[name]).all()) for name, value in trained.named_parameters()}
    kept = [
        name for name in same if name.startswith(("_conv_stem", "_bn0", *(f"_blocks.{i}." for i in range(3))))
    ]
    assert all(same[name] for name in kept)
    assert not any(same[name] for name in same if name.endswith("_project_conv.weight") and name not in kept)


def test_a_run_may_begin_from_a_model(tmp_path: Path) -> None:
    from screener.lab import train, weights

    shipped = Path(__file__).parents[2] / "models" / "screener.onnx"
    settings = replace(small(tmp_path, 1), start=str(shipped), learning_rate=1e-9)
    trained, facts = train.weights_of(train.train(settings))
    before = dict(weights.read(shipped).named_parameters())
    assert all(value.allclose(before[name], atol=1e-6) for name, value in trained.named_parameters())
    assert facts["settings"]["start"] == str(shipped)


def test_a_run_that_goes_on_may_begin_its_schedule_anew() -> None:
    from screener.lab import train

    settings = train.TrainSettings(steps=1000, since=900, warmup=10)
    first, full, last = (train._learning_rate(step, settings) for step in (900, 909, 999))
    assert first < full == settings.learning_rate
    assert last < 0.1 * full
