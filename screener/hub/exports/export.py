"""One image file of a scanner as content that a scan message may carry, and what the file says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from screener.config import ImageLimits
from screener.hub.exports.sidecar import Sidecar


@dataclass(frozen=True, slots=True)
class Export:
    """What is sent of a file, and what it says of itself in a sidecar's words.

    `content` is the file as it lies, or a lossless conversion of it; `content_type` is one of the contract's.
    `says` holds what the format states (a DICOS file), `hints` what it merely mentions (a PNG's resolution).
    `doubts` are for a log or a report, one sentence each.
    """

    content: bytes
    content_type: str
    says: Sidecar
    hints: Sidecar
    doubts: tuple[str, ...] = ()


def exported(path: Path, sidecar: Sidecar, limits: ImageLimits) -> Export:
    """The file at `path` as a scan message may carry it.

    Raises `BadInput` with a code of `ImageFault` where it is none of the formats that are read, damaged or
    beyond the limits, and `OSError` where it cannot be read. With `sidecar.raw` it is a raw file, whatever
    it begins with.
    """
    raise NotImplementedError
