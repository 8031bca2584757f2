"""Training: a run that was cut goes on as if it had not been."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = pytest.mark.torch


def test_a_cut_run_ends_with_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    import torch

    from screener.lab import train

    def settings(name: str, cut_at: int) -> train.TrainSettings:
        """The steps of the schedule are those of the whole run; a cut run ends early."""
        return train.TrainSettings(
            run_dir=str(tmp_path / name),
            bank_goods=6,
            bank_loads=4,
            bank_parcels=2,
            crop_px=64,
            batch=2,
            steps=cut_at,
            ease_until=0.0,
            warmup=100,  # the rate depends on the step alone
            checkpoint_every=1,
            threads=1,
        )

    whole = train.train(settings("whole", 3))
    train.train(settings("cut", 2))
    cut = train.train(replace(settings("cut", 2), steps=3))
    first, second = (torch.load(path, weights_only=True) for path in (whole, cut))
    assert first["step"] == second["step"] == 3
    for name, value in first["mean"].items():
        assert torch.allclose(value, second["mean"][name], atol=1e-5), name
    net, facts = train.weights_of(cut)
    assert not net.training
    assert facts["settings"]["steps"] == 3
