"""A model file may be replaced while a worker runs; a bad new one never goes into service."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from screener import reloading
from screener.errors import BadConfig
from screener.reloading import Refused
from screener.scoring.card import card_path
from screener.scoring.model import Model


class Reloader(reloading.Reloader[Model]):
    """The model that serves now: looks for a new file every few seconds, and keeps the old one if it is bad.

    Write the model first and its card last: in between they do not fit, which is only reported. Pictures
    of both must have the same pitch; a model with another one needs a restart.
    """

    def __init__(
        self,
        path: Path,
        threads: int = 1,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        """Load the first model. Raises `BadConfig` where that is not possible."""
        super().__init__(
            "model",
            files=lambda: (path, card_path(path)),
            load=lambda serving: _fitting(Model.load(path, threads), serving, path),
            every_s=every_s,
            clock=clock,
            refused=refused,
        )


def _fitting(model: Model, serving: Model | None, path: Path) -> Model:
    if serving is not None and model.pitch_mm != serving.pitch_mm:
        raise BadConfig(
            f"{path}: expected pitch {serving.pitch_mm:g} mm, got {model.pitch_mm:g}; restart the worker"
        )
    return model
