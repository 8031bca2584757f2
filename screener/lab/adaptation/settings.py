"""Everything that an adaptation depends on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from screener.lab.train import TrainSettings


@dataclass(frozen=True)
class AdaptSettings:
    """What a run is asked to do, with its reasons; the card carries it."""

    scans: Path
    out: Path
    model: Path
    run_dir: Path
    pitch_mm: float = 0.75  # where the folder's truth file says nothing
    outcomes: Path | None = None
    bank: Path | None = None  # painted sprites, such as a training run's; None: a small bank is painted
    false_alarms: float = 0.01
    minutes: float = 20.0  # of fine-tuning; measuring and painting come on top, about five
    threshold_only: bool = False
    seed: int = 0
    each: int = 40  # held-out scans that every kind of load is laid over, at most
    bank_goods: int = 1200  # sprites for the simulated share of crops, and loads for the inserted ones
    bank_loads: int = 1200
    bank_parcels: int = 120
    simulated_share: float = 0.33  # of crops, so that what was learnt before stays
    loaded_share: float = 0.5  # of the scanner's own crops
    hard_share: float = 0.6  # of clean crops: around the cells that alarm most, once these are known
    threads: int = 2

    @property
    def bank_dir(self) -> Path:
        """Where the sprites lie."""
        return self.bank or self.run_dir / "bank"

    @property
    def training(self) -> TrainSettings:
        """Of the optimiser: small steps, since the net is nearly there; a short mean, since steps are few."""
        return TrainSettings(
            run_dir=str(self.run_dir),
            seed=self.seed,
            bank_goods=self.bank_goods,
            bank_loads=self.bank_loads,
            bank_parcels=self.bank_parcels,
            batch=12,
            learning_rate=3e-4,
            warmup=10,
            average=0.98,
            threads=self.threads,
        )
