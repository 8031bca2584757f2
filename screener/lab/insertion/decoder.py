"""Foreign scans at full size: read in a process of their own, within the limits that serving has."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from screener.config import ImageLimits
from screener.errors import BadInput
from screener.imaging.announced import ImageFormat
from screener.imaging.decode import announce, decode, sniffed
from screener.lab.insertion import jpeg
from screener.lab.insertion.planes import Layout, Pixels, layout


@dataclass(frozen=True, eq=False)
class Original:
    """A scan as its scanner wrote it: pixels (RGB), their layout, and how the file was packed."""

    path: Path
    pixels: Pixels
    layout: Layout
    format: ImageFormat
    quality: int


class Decoder:
    """Reads images; one that crashes the decoder costs nothing but itself."""

    def __init__(self, limits: ImageLimits) -> None:
        self._limits = limits
        self._pool = _started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def read(self, path: Path) -> Original:
        """The scan in a file. Raises `BadInput` where it is none that serving would take."""
        try:
            return self._pool.submit(_read, path, self._limits).result()
        except BrokenProcessPool as error:
            self._pool = _started()
            raise BadInput("crashed", f"{path}: the decoder crashed on it") from error
        except OSError as error:
            raise BadInput("unreadable", f"{path}: {error.strerror}") from error


def _started() -> ProcessPoolExecutor:
    """Spawned, since a fork would inherit the threads of a progress bar."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _read(path: Path, limits: ImageLimits) -> Original:
    with path.open("rb") as file:
        data = file.read(limits.max_bytes + 1)
    found = sniffed(data)
    pixels = decode(data, announce(data, found.value, limits))
    return Original(path, pixels, layout(pixels), found, jpeg.quality(data))
