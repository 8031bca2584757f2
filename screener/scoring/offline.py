"""Files and folders scored without any log: what `screener score PATH...` is made of."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import msgspec

from screener.contracts.wire import Energy, Findings
from screener.errors import BadInput
from screener.imaging.announced import ImageFormat
from screener.imaging.decode import sniffed
from screener.imaging.picture import Prepared, Request
from screener.imaging.prepare import Picture
from screener.imaging.sandbox import AHEAD, Sandbox
from screener.scoring.model import Model, Unscorable

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff"})
"""What is looked for in folders. A file that is named itself is tried whatever its name."""

DEFAULT_PITCH_MM = 0.75
"""Taken where nobody says the pixel pitch: a wrong one shrinks or swells every cigarette, so say it."""

Under = Future[Prepared | BadInput] | str


@dataclass(frozen=True, slots=True, eq=False)
class ScoredFile:
    """One file with its findings and the picture that they were made on, or with the error."""

    path: Path
    findings: Findings | None = None
    picture: Picture | None = None
    error: str | None = None

    def to_json_object(self) -> dict[str, object]:
        """`path` with alarm, probabilities, load, flag and model; or `path` and `error`."""
        if self.findings is None:
            return {"path": str(self.path), "error": self.error}
        found = self.findings
        return {
            "path": str(self.path),
            "alarm": found.alarm,
            "p": msgspec.to_builtins(found.p),
            "sticks": msgspec.to_builtins(found.sticks),
            "tobacco_g": msgspec.to_builtins(found.tobacco_g),
            "flag": found.alarm >= found.threshold,
            "model": found.model,
        }


def image_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves, and all image files below the folders, in sorted order.

    What cannot be read is yielded too: it becomes an error of its own, and is not passed over.
    """
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def score_paths(
    paths: Iterable[Path],
    model: Model,
    sandbox: Sandbox,
    pitch_mm: float = DEFAULT_PITCH_MM,
    energy: Energy | None = None,
) -> Iterator[ScoredFile]:
    """Each file scored, or its error, in the order of `image_files`; decoding runs ahead of the model.

    Without `energy` it is told from the image: colour and pairs are dual, grey is single. Raises
    `Unavailable` where no decoder can be started.
    """
    under_way: deque[tuple[Path, Under]] = deque()
    for path in image_files(paths):
        under_way.append((path, _submitted(path, sandbox, pitch_mm, energy)))
        if len(under_way) > AHEAD:
            yield _scored(*under_way.popleft(), model)
    while under_way:
        yield _scored(*under_way.popleft(), model)


def _submitted(path: Path, sandbox: Sandbox, pitch_mm: float, energy: Energy | None) -> Under:
    """The picture to come, or why there will be none."""
    try:
        data = _read(path, sandbox.limits.max_bytes)
        kind = sniffed(data) if data else ImageFormat.JPEG
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except BadInput as error:
        return str(error)
    return sandbox.submit(Request(data, kind.value, pitch_mm, pitch_mm, energy))


def _read(path: Path, limit: int) -> bytes:
    """The file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(limit + 1)


def _scored(path: Path, under_way: Under, model: Model) -> ScoredFile:
    if isinstance(under_way, str):
        return ScoredFile(path, error=under_way)
    result = under_way.result()
    if isinstance(result, BadInput):
        return ScoredFile(path, error=str(result))
    try:
        return ScoredFile(path, findings=model.score([result.image])[0], picture=result.image)
    except Unscorable as error:
        return ScoredFile(path, error=f"unscored: {error}")
