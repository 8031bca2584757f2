"""From what people decided to the model that judges: export, `screener lab adapt`, offer, compare, switch."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.review import database
from screener.review.feedback import figures, switching
from screener.review.service import Service
from screener.scoring.model import Model
from tests.lab import ordinary
from tests.review.feedback.hall import EAST, Hall

pytestmark = [pytest.mark.torch, pytest.mark.slow]


def started(folder: Path) -> Path:
    """A model with its weights that was never trained."""
    import torch

    from screener.lab import card, export, weights
    from screener.lab.graph import Calibration, Screener
    from screener.lab.net import Net

    torch.manual_seed(1)
    net, model = Net(width=16).eval(), folder / "start.onnx"
    export.write(Screener(net, Calibration()), model, "start-1")
    facts = {
        "model": "start-1",
        "sha256": card.sha256(model),
        "weights_sha256": weights.write(net, model),
    }
    shipped = json.loads(Path("models/screener.json").read_text())
    card.path_of(model).write_text(json.dumps({**shipped, **facts}))
    return model


def test_what_people_decided_becomes_the_model_that_judges(hall: Hall, tmp_path: Path) -> None:
    from screener.lab.adaptation import commission
    from screener.lab.adaptation.settings import AdaptSettings

    start = started(tmp_path)
    hall.service = _judged_by(hall, start)
    bank = ordinary.small_bank(tmp_path / "bank")
    ordinary.scans(tmp_path / "made", bank, 34, loaded=(0, 1, 2))
    for number, path in enumerate(sorted((tmp_path / "made").glob("P*"))):
        said = "found" if number < 3 else "wrong" if number % 2 else "nothing"
        hall.arrives(said, 0.5, content=path.read_bytes(), kind_of=f"image/{path.suffix[1:]}", pitch_mm=1.2)
    hall.export(tmp_path / "set")
    out = commission.adapt(
        AdaptSettings(
            scans=tmp_path / "set/scans",
            outcomes=tmp_path / "set/outcomes.jsonl",
            out=tmp_path / "adapted" / "own.onnx",
            model=start,
            run_dir=tmp_path / "run",
            bank=tmp_path / "bank",
            each=1,
            threads=1,
            threshold_only=True,
            false_alarms=0.1,
        )
    )
    number = hall.compared(out)
    with database.reading(hall.engine) as connection:
        shown = figures.figures(connection, number)
    assert (shown.parcels, shown.found.after.whole, shown.clean.after.whole) == (34, 3, 31)
    adapted = Model.load(out)
    switching.switch(hall.service, hall.people["bob"], number, adapted.sha256)
    judging = hall.workers().of(EAST.hub, EAST.scanner)
    assert (judging.id, judging.sha256, judging.threshold) == (adapted.id, adapted.sha256, adapted.threshold)
    placed = next(Path(hall.service.config.scanners).glob("*.npz"))
    assert placed.read_bytes() == out.with_suffix(".npz").read_bytes()


def _judged_by(hall: Hall, model: Path) -> Service:
    """The hall's service with another shared model."""
    config = hall.service.config
    return changed(hall.service, config=replace(config, score=replace(config.score, model=str(model))))
