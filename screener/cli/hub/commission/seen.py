"""What a scanner's pictures look like: the reference that its drift is measured against."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct
from msgspec.structs import replace

from screener.cli.hub.commission.checked import request
from screener.config import ImageLimits
from screener.contracts.wire import Energy, Look, PitchMm
from screener.core.drift.reference import LEAST, Reference, reference_of
from screener.errors import BadInput
from screener.imaging.picture import Prepared, Request
from screener.imaging.sandbox import Sandbox
from screener.lab.adaptation.scans import Scan


class Seen(Struct, frozen=True):
    """Looks by the names of their scans, not judged yet."""

    looks: dict[str, Look]


def seen(scans: Sequence[Scan], hub: str, scanner: str, limits: ImageLimits) -> Seen:
    """Every scan as [score] would see it."""
    with Sandbox(limits) as sandbox:
        results = sandbox.decode_all(_wanted(scan, limits) for scan in scans)
        return Seen(
            {
                scan.name: _look(scan, result, hub, scanner)
                for scan, result in zip(scans, results, strict=True)
            }
        )


def reference(of: Seen, logits: Mapping[str, float], model: str) -> Reference | None:
    """The reference, None of too few scans; `logits` are of scans that the model did not learn from."""
    if len(of.looks) < LEAST:
        return None
    looks = [
        replace(look, model=model, alarm=1 / (1 + math.exp(-logits[name]))) if name in logits else look
        for name, look in of.looks.items()
    ]
    return reference_of(looks)


def _wanted(scan: Scan, limits: ImageLimits) -> Request | BadInput:
    try:
        return request(scan, limits)
    except BadInput as error:
        return error


def _look(scan: Scan, result: Prepared | BadInput, hub: str, scanner: str) -> Look:
    look = Look(
        hub=hub,
        scanner=scanner,
        view=scan.view,
        energy=scan.energy or Energy.DUAL,
        pitch_mm=PitchMm(across=scan.pitch_across_mm, along=scan.pitch_along_mm),
        at=datetime.fromtimestamp(scan.path.stat().st_mtime, UTC),
    )
    if isinstance(result, BadInput):
        return replace(look, failure=result.reason)
    return replace(look, energy=result.energy, size_px=result.original_px, glance=result.glance)
