from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.config import ImageLimits
from screener.imaging.sandbox import Sandbox
from screener.scoring.model import Model
from screener.scoring.offline import image_files, score_paths
from tests.imaging.corpus import encoded, good, hostile, scene
from tests.scoring import tiny_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(tiny_model.write(tmp_path_factory.mktemp("model")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ImageLimits(), 1.5) as sandbox:
        yield sandbox


def test_folders_are_walked_in_sorted_order_for_images_alone(tmp_path: Path) -> None:
    for name in ("b/2.PNG", "b/1.jpg", "a/x.tiff", "a/notes.txt", "c.jpeg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    single = tmp_path / "a" / "notes.txt"
    found = [path.relative_to(tmp_path).as_posix() for path in image_files([tmp_path, single])]
    assert found == ["a/x.tiff", "b/1.jpg", "b/2.PNG", "c.jpeg", "a/notes.txt"]


def test_a_scored_file_has_exactly_these_fields(tmp_path: Path, model: Model, sandbox: Sandbox) -> None:
    path = tmp_path / "scan.png"
    path.write_bytes(encoded(scene(), ".png"))
    (scored,) = score_paths([path], model, sandbox, pitch_mm=1.5)
    found = json.loads(json.dumps(scored.to_json_object()))
    assert set(found) == {"path", "alarm", "p", "sticks", "tobacco_g", "flag", "model"}
    assert set(found["p"]) == {"cigarettes", "loose_tobacco", "e_cigarettes"}
    assert set(found["sticks"]) == set(found["tobacco_g"]) == {"low", "mid", "high"}
    assert found["path"] == str(path)
    assert found["flag"] is (found["alarm"] >= model.threshold)
    assert found["model"] == "tiny-1"


def test_every_file_gives_one_result_in_order_whatever_lies_in_it(
    tmp_path: Path, model: Model, sandbox: Sandbox
) -> None:
    files = [(data, True) for data, _ in good().values()]
    files += [(data, reason == "image_content_type") for data, _, reason in hostile().values()]
    expected = {tmp_path / f"{number:03}.jpg": sound for number, (_, sound) in enumerate(files)}
    for path, (data, _) in zip(expected, files, strict=True):
        path.write_bytes(data)
    expected[tmp_path / "missing.png"] = False
    results = list(score_paths([tmp_path, tmp_path / "missing.png"], model, sandbox, pitch_mm=1.0))
    assert {scored.path: scored.findings is not None for scored in results} == expected
    assert [scored.path for scored in results] == list(expected)
    failed = [scored.to_json_object() for scored in results if scored.findings is None]
    assert all(set(found) == {"path", "error"} and found["error"] for found in failed)
