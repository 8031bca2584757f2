"""Into service: model, reference and report in place, and last the scanner's file that names them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from screener.core import scanners
from screener.core.scanners import OwnModel, OwnReference, Scanner
from screener.errors import BadConfig
from screener.scoring.placing import check_model, copy, sha256_of, write


class Placed(Struct, frozen=True, kw_only=True):
    """The file that puts a scanner into service, its SHA-256, and the model it names."""

    file: str
    sha256: str
    model: str


class Package(Struct, frozen=True, kw_only=True):
    """What goes into service: files of the run folder with their SHA-256."""

    hub: str
    scanner: str
    model: Path
    model_sha256: str
    threshold: float
    report: Path
    report_sha256: str
    reference: Path | None
    reference_sha256: str | None


def file_of(folder: Path, hub: str, scanner: str) -> Path:
    """Where a scanner's file lies."""
    return folder / scanners.file_name(hub, scanner)


def standing_model(source: Path) -> Path | None:
    """The model in service by a scanner's file. Raises `BadConfig` where that file is bad."""
    if not source.exists():
        return None
    own = scanners.read(source).model
    return None if own is None else source.parent / own.file


def check_free(source: Path, placed: Placed | None, *, replace: bool) -> None:
    """Raises `BadConfig` where the scanner has a file that this run did not write, unless it may go."""
    if source.exists() and not replace and not (placed and stands(source, placed)):
        raise BadConfig(
            f"{source} exists: this scanner was commissioned before; --replace puts the new one in its place"
            " (the old model, reference and report stay where they are)"
        )


def stands(source: Path, placed: Placed) -> bool:
    """Whether the scanner's file is still the one that was put in place."""
    return source.exists() and sha256_of(source) == placed.sha256


def into_service(package: Package, folder: Path, models: Path, shared_pitch_mm: float) -> Placed:
    """Every file in place, the scanner's own last. Raises `BadConfig` where the model would not be taken."""
    source = file_of(folder, package.hub, package.scanner)
    name = f"{package.hub}.{package.scanner}.{package.model_sha256[:8]}"
    model = models / f"{name}.onnx"
    if not model.exists() or sha256_of(model) != package.model_sha256:
        copy(package.model, model)
    check_model(model, package.model_sha256, shared_pitch_mm)
    reference = _beside(source, package.reference, package.reference_sha256, "looks.json")
    report = _beside(source, package.report, package.report_sha256, "html")
    scanner = Scanner(
        hub=package.hub,
        scanner=package.scanner,
        commissioned_at=datetime.now(UTC).replace(microsecond=0),
        report=report,
        model=OwnModel(
            file=os.path.relpath(model.resolve(), source.parent.resolve()),
            sha256=package.model_sha256,
            threshold=package.threshold,
        ),
        reference=_reference(reference, package.reference_sha256),
    )
    write(source, scanners.encode(scanner))
    assert scanners.read(source) == scanner
    return Placed(file=str(source), sha256=sha256_of(source), model=str(model))


def _reference(file: str | None, sha256: str | None) -> OwnReference | None:
    return None if file is None or sha256 is None else OwnReference(file=file, sha256=sha256)


def _beside(source: Path, made: Path | None, sha256: str | None, suffix: str) -> str | None:
    """A file of the run beside the scanner's file; its name holds its SHA-256, so none is overwritten."""
    if made is None or sha256 is None:
        return None
    name = f"{source.stem}.{sha256[:8]}.{suffix}"
    write(source.parent / name, made.read_bytes())
    return name
