"""DICOS files and conversions through the real [score]: log, stage, sandbox and the model that ships."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from screener.config import ImageLimits
from screener.contracts import topics
from screener.contracts.publishing import scan_message
from screener.contracts.wire import Energy, Evidence, Findings, PitchMm, ScanEvidence, ScanHeaders
from screener.hub.exports.export import exported
from screener.hub.exports.sidecar import RawLayout, Sidecar
from screener.imaging.sandbox import Sandbox
from screener.scoring.model import Model
from screener.stages.scorer import Scorer
from screener.stream.port import Message
from screener.stream.sqlite import Sqlite
from tests.imaging.corpus import Array, encoded, pair_tiff, scene
from tests.imaging.dicos_files import dicos
from tests.stages.world import HUB, START, Worker, World, log_ms

LIMITS = ImageLimits()
PITCH = PitchMm(across=1.25, along=1.5)
COLOUR = scene(120, 160)
GREY = np.ascontiguousarray(COLOUR[:, :, 0])
DEEP = GREY.astype(np.uint16) * 201
PAIR = np.stack([DEEP, ((DEEP.astype(np.float64) / 65535) ** 0.7 * 65535).astype(np.uint16)])
SPACING = [PITCH.across, PITCH.along]


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    model = Model.load(Path("models/screener-int8.onnx"))
    with Sandbox(LIMITS, model.pitch_mm) as sandbox:
        yield Scorer(sandbox, lambda _hub, _scanner: model, micro_batch=4)


def scan(name: str, content: bytes, content_type: str, energy: Energy) -> Message:
    headers = ScanHeaders(
        hub=HUB,
        parcel_id=name,
        scan_id=f"S-{name}",
        view=1,
        views=1,
        scanner="scanner-1",
        pitch_mm=PITCH,
        energy=energy,
        sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type,
        time=START,
    )
    out = scan_message(headers, content, event_id=f"s-{name}")
    return Message(topics.scans(HUB), out.key, out.value, out.headers, timestamp_ms=log_ms(0))


def findings_of(scans: list[Message], scorer: Scorer, folder: Path) -> dict[str, Findings | None]:
    """By parcel id, what [score] says in the evidence."""
    with Sqlite(folder / "log.db") as log:
        world = World.build(log, folder)
        world.publish(scans)
        with Worker.start(log, replace(world.score(), scorer=scorer)) as worker:
            worker.finish()
        said = [decoded(record.value) for record in world.records(topics.EVIDENCE)]
    return {one.parcel_id: one.findings for one in said if isinstance(one, ScanEvidence)}


def decoded(value: bytes | None) -> Evidence:
    return msgspec.json.decode(value or b"", type=Evidence)


def test_dicos_gives_the_findings_of_the_png_or_tiff_of_its_pixels_to_the_byte(
    scorer: Scorer, tmp_path: Path
) -> None:
    pairs: dict[str, tuple[Array, tuple[bytes, str], Energy]] = {
        "colour": (COLOUR, (encoded(COLOUR, ".png"), "image/png"), Energy.DUAL),
        "grey": (GREY, (encoded(GREY, ".png"), "image/png"), Energy.SINGLE),
        "deep": (DEEP, (encoded(DEEP, ".png"), "image/png"), Energy.SINGLE),
        "pair": (PAIR, (pair_tiff(*PAIR), "image/tiff"), Energy.DUAL),
    }
    scans = []
    for name, (pixels, other, energy) in pairs.items():
        content = dicos(pixels, PixelSpacing=SPACING)
        scans += [scan(name, *other, energy), scan(f"{name}-dicos", content, "application/dicos", energy)]
    found = findings_of(scans, scorer, tmp_path)
    for name in pairs:
        assert found[name] is not None
        assert msgspec.json.encode(found[f"{name}-dicos"]) == msgspec.json.encode(found[name])


def test_a_bitmap_and_a_raw_file_give_the_findings_of_their_pixels(scorer: Scorer, tmp_path: Path) -> None:
    (tmp_path / "a.bmp").write_bytes(encoded(COLOUR, ".bmp"))
    (tmp_path / "a.raw").write_bytes(PAIR.transpose(1, 2, 0).astype(">u2").tobytes())
    layout = RawLayout(
        rows=120, cols=160, dtype="uint16", byte_order="big", planes="low_high", interleaving="pixel"
    )
    bitmap = exported(tmp_path / "a.bmp", Sidecar(), LIMITS)
    raw = exported(tmp_path / "a.raw", Sidecar(raw=layout), LIMITS)
    scans = [
        scan("colour", encoded(COLOUR, ".png"), "image/png", Energy.DUAL),
        scan("bitmap", bitmap.content, bitmap.content_type, Energy.DUAL),
        scan("pair", pair_tiff(*PAIR), "image/tiff", Energy.DUAL),
        scan("raw", raw.content, raw.content_type, Energy.DUAL),
    ]
    found = findings_of(scans, scorer, tmp_path)
    assert found["colour"] is not None
    assert found["bitmap"] == found["colour"]
    assert found["pair"] is not None
    assert found["raw"] == found["pair"]


def test_a_pitch_that_is_not_the_files_is_evidence_of_a_failure(scorer: Scorer, tmp_path: Path) -> None:
    content = dicos(GREY, PixelSpacing=[PITCH.across * 2, PITCH.along])
    found = findings_of([scan("P", content, "application/dicos", Energy.SINGLE)], scorer, tmp_path)
    assert found == {"P": None}
