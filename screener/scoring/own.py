"""Which model judges a scan: its scanner's own where there is one, else the one that serves all."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from screener.core import scanners
from screener.core.scanners import OwnModel, Scanner
from screener.errors import BadConfig
from screener.reloading import Folder, Refused
from screener.scoring.model import Model

logger = structlog.get_logger(__name__)

TRIED_AGAIN_S = 60.0
"""A model whose file went bad after it was found good is not tried for every scan."""


@dataclass(frozen=True, slots=True)
class Own:
    """A scanner with a model of its own, and the file that says so."""

    source: Path
    scanner: Scanner
    model: OwnModel


class Models:
    """The models by scanner. At most `most` of scanners' own are in memory: the ones used last.

    A file is taken when its model has been loaded and tried; a bad one changes nothing. A model that was
    put out of memory and has gone bad since is judged by the shared one until it is mended.
    """

    def __init__(
        self,
        shared: Callable[[], Model],
        folder: Path,
        *,
        most: int,
        threads: int = 1,
        every_s: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        refused: Refused = lambda _: None,
    ) -> None:
        self._shared = shared
        self._most = most
        self._threads = threads
        self._clock = clock
        self._refused = refused
        self._loaded: OrderedDict[str, Model] = OrderedDict()
        self._bad_until_s: dict[str, float] = {}
        self._owners: dict[tuple[str, str], Own] = {}
        self._read: Mapping[Path, Scanner] = {}
        self._folder = Folder(
            "scanner",
            folder,
            pattern="*.toml",
            load=self._tried,
            every_s=every_s,
            clock=clock,
            refused=refused,
        )

    def of(self, hub: str, scanner: str) -> Model:
        """The model that judges the scans of a scanner now."""
        own = self._current().get((hub, scanner))
        return self._shared() if own is None else self._own(own)

    @property
    def in_memory(self) -> int:
        """How many of scanners' own models are loaded."""
        return len(self._loaded)

    def _current(self) -> Mapping[tuple[str, str], Own]:
        read = self._folder.current()
        if read is not self._read:
            self._read = read
            self._owners = {(own.scanner.hub, own.scanner.scanner): own for own in _owners(read)}
        return self._owners

    def _own(self, own: Own) -> Model:
        sha256 = own.model.sha256
        if self._clock() < self._bad_until_s.get(sha256, 0.0):
            return self._shared()
        try:
            return _with_threshold(self._model(own), own.model.threshold)
        except BadConfig as error:
            logger.warning("scanner_model_lost", file=own.source.name, why=str(error))
            self._bad_until_s[sha256] = self._clock() + TRIED_AGAIN_S
            self._refused(error)
            return self._shared()

    def _tried(self, source: Path, others: Mapping[Path, Scanner]) -> Scanner:
        scanner = scanners.read_alone(source, others)
        for own in _owners({source: scanner}):
            self._model(own)
        return scanner

    def _model(self, own: Own) -> Model:
        """The model by its SHA-256: two scanners may share one."""
        sha256 = own.model.sha256
        if sha256 not in self._loaded:
            self._loaded[sha256] = self._fitting(own)
        self._loaded.move_to_end(sha256)
        while len(self._loaded) > self._most:
            self._loaded.popitem(last=False)
        return self._loaded[sha256]

    def _fitting(self, own: Own) -> Model:
        path, pitch_mm = own.source.parent / own.model.file, self._shared().pitch_mm
        model = Model.load(path, self._threads)
        if model.sha256 != own.model.sha256:
            raise BadConfig(f"{own.source}: {path}: expected SHA-256 {own.model.sha256}, got {model.sha256}")
        if model.pitch_mm != pitch_mm:
            raise BadConfig(
                f"{path}: expected pitch {pitch_mm:g} mm as of the shared model, got {model.pitch_mm:g}"
            )
        return model


def _owners(read: Mapping[Path, Scanner]) -> list[Own]:
    return [Own(path, one, one.model) for path, one in read.items() if one.model is not None]


def _with_threshold(model: Model, threshold: float | None) -> Model:
    return model if threshold is None else model.at_threshold(threshold)
