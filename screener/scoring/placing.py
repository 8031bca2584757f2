"""Files of a model put where workers find them: each as a whole, the one that puts it to work last."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from screener.errors import BadConfig
from screener.scoring.model import Model

PARTS = (".npz", ".md", ".json", ".onnx")
"""What a model is made of, the model itself last; without the weights no adaptation can go on from it."""


def write(path: Path, content: bytes) -> None:
    """The file as a whole or not at all, on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def copy(source: Path, target: Path) -> None:
    """A model with all its parts, the model itself last; each as a whole."""
    for part in (source.with_suffix(suffix) for suffix in PARTS):
        if part.exists():
            write(target.with_suffix(part.suffix), part.read_bytes())


def sha256_of(path: Path) -> str:
    """Of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_model(path: Path, sha256: str, shared_pitch_mm: float) -> None:
    """Raises `BadConfig` where workers would not take the model that was put there."""
    model = Model.load(path)
    if model.sha256 != sha256:
        raise BadConfig(f"{path}: expected SHA-256 {sha256}, got {model.sha256}; put it there again")
    if model.pitch_mm != shared_pitch_mm:
        raise BadConfig(
            f"{path}: expected pitch {shared_pitch_mm:g} mm as of the shared model, got {model.pitch_mm:g}"
        )
