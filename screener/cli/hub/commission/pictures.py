"""The scans to look at before signing: loads that were missed by most, ordinary scans that alarm most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from screener.cli.hub.commission.measured import Kept, alarm
from screener.imaging.prepare import Picture
from screener.lab.pictures import beside
from screener.scoring.model import Model

WORST = 6


class Shown(Struct, frozen=True, kw_only=True):
    """A scan beside what the model sees in it, a JPEG."""

    scan: str
    load: str
    alarm: float
    reaches: bool
    jpeg: bytes


def worst(kept: Kept, threshold: float, model: Model, run_dir: Path) -> tuple[list[Shown], list[Shown]]:
    """The worst misses below the threshold, and the clean scans that alarm most."""
    places = sorted(range(len(kept.cases)), key=lambda place: kept.logits[place])
    missed = [at for at in places if not kept.cases[at].clean and alarm(kept.logits[at]) < threshold]
    alarming = [at for at in reversed(places) if kept.cases[at].clean]
    return (
        list(_shown(kept, missed[:WORST], threshold, model, run_dir)),
        list(_shown(kept, alarming[:WORST], threshold, model, run_dir)),
    )


def _shown(
    kept: Kept, places: Sequence[int], threshold: float, model: Model, run_dir: Path
) -> Iterator[Shown]:
    for at in places:
        case, found = kept.cases[at], alarm(kept.logits[at])
        picture = _picture(run_dir / kept.pictures[at])
        yield Shown(
            scan=case.scan,
            load=case.load,
            alarm=found,
            reaches=found >= threshold,
            jpeg=beside(picture, model.score([picture])[0]),
        )


def _picture(path: Path) -> Picture:
    picture: Picture = np.load(path, allow_pickle=False).astype(np.float32)
    return picture
