"""What a parser under the fuzzer is, and the small pictures that several of them begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.config import ImageLimits

LIMITS = ImageLimits(max_pixels=4_000_000, max_side_px=4_000)
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Parser:
    """A parser of foreign bytes. `parse` raises nothing for what it refuses by name."""

    parse: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]
    max_bytes: int = 65_536


def parts(data: bytes) -> tuple[bytes, bytes]:
    """What lies before the first empty line, and what after it: headers and a body."""
    head, _, body = data.partition(b"\n\n")
    return head, body


def header_lines(head: bytes) -> list[tuple[str, bytes]]:
    """Lines `name:value`, as headers of a message."""
    pairs = [line.split(b":", 1) for line in head.split(b"\n") if b":" in line]
    return [(name.decode("utf-8", "replace"), value) for name, value in pairs]


def pixels() -> NDArray[np.uint8]:
    """A small picture that is always the same."""
    return np.random.default_rng(1).integers(0, 255, (24, 32, 3), dtype=np.uint8)


def encoded(suffix: str) -> Callable[[], Sequence[bytes]]:
    """That picture as a file, and as one of 16 bits where the format has them."""

    def seeds() -> Sequence[bytes]:
        grey: NDArray[Any] = pixels()[..., 0].astype(np.uint16) * 200
        deep = [] if suffix not in {".png", ".tiff"} else [cv2.imencode(suffix, grey)[1].tobytes()]
        return [cv2.imencode(suffix, pixels())[1].tobytes(), *deep]

    return seeds
