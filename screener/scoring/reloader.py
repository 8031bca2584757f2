"""A model file may be replaced while a worker runs; a bad new one never goes into service."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from screener.errors import BadConfig
from screener.scoring.card import card_path
from screener.scoring.model import Model

logger = structlog.get_logger(__name__)
Stamp = tuple[tuple[int, int] | None, ...]


class Reloader:
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
        refused: Callable[[BadConfig], None] = lambda _: None,
    ) -> None:
        """Load the first model. Raises `BadConfig` where that is not possible."""
        self._path = path
        self._threads = threads
        self._every_s = every_s
        self._clock = clock
        self._refused = refused
        self._stamp = _stamp(path)
        self._model = Model.load(path, threads)
        self._looked_at = clock()

    def current(self) -> Model:
        """The newest model that was found good."""
        now = self._clock()
        if now - self._looked_at >= self._every_s:
            self._looked_at = now
            self._look()
        return self._model

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._model = self._fitting()
        except BadConfig as error:
            logger.warning("model_refused", serving=self._model.id, why=str(error))
            self._refused(error)
        else:
            logger.info("model_loaded", model=self._model.id)

    def _fitting(self) -> Model:
        model = Model.load(self._path, self._threads)
        if model.pitch_mm != self._model.pitch_mm:
            raise BadConfig(
                f"{self._path}: expected pitch {self._model.pitch_mm:g} mm, "
                f"got {model.pitch_mm:g}; restart the worker"
            )
        return model


def _stamp(path: Path) -> Stamp:
    return tuple(_file_stamp(file) for file in (path, card_path(path)))


def _file_stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
