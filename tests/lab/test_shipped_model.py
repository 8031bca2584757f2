"""The shipped models: each card is its file's own, padding changes no mind, int8 follows float32."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from screener.errors import BadConfig
from screener.imaging.prepare import Picture
from screener.lab import card, samples
from screener.lab.simulator import simulate_parcel
from screener.scoring.model import Model, padded

MODELS = Path(__file__).parents[2] / "models"
FLOAT32, INT8 = MODELS / "screener.onnx", MODELS / "screener-int8.onnx"
NUMBERS = ["alarm", "p", "sticks", "tobacco_g"]


@pytest.fixture(params=[FLOAT32, INT8], ids=["float32", "int8"])
def model(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    kinds = ("clean", "3 cartons", "clean", "10 packs", "clean", "1 kg cut tobacco")
    return [samples.picture(simulate_parcel(77 + n, kinds[n % 6]).scans[0]) for n in range(18)]


def _session(model: Path) -> ort.InferenceSession:
    return ort.InferenceSession(model, providers=["CPUExecutionProvider"])


def _alarms(model: Path, pictures: list[Picture]) -> list[float]:
    session = _session(model)
    runs = [{"image": padded(p)[None], "extent": np.array([p.shape[1:]])} for p in pictures]
    return [float(session.run(["alarm"], run)[0][0]) for run in runs]


def test_the_card_names_this_very_file(model: Path) -> None:
    said = card.read(model)
    assert said["sha256"] == card.sha256(model)
    assert said["model"] == _session(model).get_modelmeta().custom_metadata_map["screener.model"]
    assert 0 < said["threshold"] < 1


def test_serving_loads_it(model: Path) -> None:
    assert Model.load(model).id == card.read(model)["model"]


def test_serving_refuses_it_with_one_bit_changed(model: Path, tmp_path: Path) -> None:
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / model.name).write_bytes(content)
    shutil.copy(card.path_of(model), tmp_path)
    with pytest.raises(BadConfig, match="expected SHA-256"):
        Model.load(tmp_path / model.name)


def test_the_page_is_generated_from_the_card(model: Path) -> None:
    assert card.page_of(model).read_text("utf-8") == card.page(card.read(model))


def test_the_file_is_small(model: Path) -> None:
    assert model.stat().st_size < 15_000_000


def test_the_int8_file_is_made_from_the_float32_one() -> None:
    assert card.read(INT8)["float32"] == card.read(FLOAT32)["model"]
    assert INT8.stat().st_size < FLOAT32.stat().st_size / 2


def test_padding_does_not_change_its_mind(model: Path, pictures: list[Picture]) -> None:
    snug = padded(pictures[1])
    extent = np.array([pictures[1].shape[1:]], np.int64)
    wide = np.ones((1, 3, snug.shape[1] + 64, snug.shape[2] + 96), np.float32)
    wide[0, :, : snug.shape[1], : snug.shape[2]] = snug
    session = _session(model)
    one = session.run(NUMBERS, {"image": snug[None], "extent": extent})
    two = session.run(NUMBERS, {"image": wide, "extent": extent})
    for value, again in zip(one, two, strict=True):
        assert np.allclose(value, again, rtol=1e-4, atol=1e-4)


def test_int8_ranks_parcels_as_float32_does(pictures: list[Picture]) -> None:
    exact, coarse = (np.argsort(np.argsort(_alarms(model, pictures))) for model in (FLOAT32, INT8))
    assert np.corrcoef(exact, coarse)[0, 1] > 0.95
