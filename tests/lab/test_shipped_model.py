"""The model that is shipped: its card is its own, and padding does not change its mind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from screener.lab import card, samples
from screener.lab.simulator import simulate_parcel
from screener.scoring.model import padded

MODEL = Path(__file__).parents[2] / "models" / "screener.onnx"


@pytest.fixture(scope="module")
def session() -> ort.InferenceSession:
    return ort.InferenceSession(MODEL, providers=["CPUExecutionProvider"])


def test_the_card_names_this_very_file(session: ort.InferenceSession) -> None:
    said = card.read(MODEL)
    assert said["sha256"] == card.sha256(MODEL)
    assert said["model"] == session.get_modelmeta().custom_metadata_map["screener.model"]
    assert 0 < said["threshold"] < 1


def test_the_page_is_generated_from_the_card() -> None:
    assert (MODEL.parent / "README.md").read_text("utf-8") == card.page(card.read(MODEL))


def test_the_file_is_small() -> None:
    assert MODEL.stat().st_size < 15_000_000


def test_padding_does_not_change_its_mind(session: ort.InferenceSession) -> None:
    picture = samples.picture(simulate_parcel(77, "3 cartons").scans[0])
    extent = np.array([picture.shape[1:]], np.int64)
    snug = padded(picture)
    wide = np.ones((1, 3, snug.shape[1] + 64, snug.shape[2] + 96), np.float32)
    wide[0, :, : snug.shape[1], : snug.shape[2]] = snug
    one = session.run(["alarm", "p", "sticks", "tobacco_g"], {"image": snug[None], "extent": extent})
    two = session.run(["alarm", "p", "sticks", "tobacco_g"], {"image": wide, "extent": extent})
    for value, again in zip(one, two, strict=True):
        assert np.allclose(value, again, rtol=1e-4, atol=1e-4)
