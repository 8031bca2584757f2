from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import TensorProto, helper

from screener.contracts.wire import Findings
from screener.errors import BadConfig
from screener.scoring.heatmap import decode_map
from screener.scoring.model import Model, Unscorable, padded
from tests.scoring import tiny_model

SHIPPED = Path(__file__).parents[2] / "models" / "screener.onnx"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return Model.load(tiny_model.write(tmp_path_factory.mktemp("model")))


def belt(rows: int, cols: int, dark: float = 0.0) -> NDArray[np.float32]:
    """An empty belt with one dark cell."""
    image = np.ones((3, rows, cols), np.float32)
    image[:, 8:16, 8:16] -= np.float32(dark)
    return image


def test_the_card_gives_id_threshold_and_pitch(model: Model) -> None:
    assert (model.id, model.threshold, model.pitch_mm) == ("tiny-1", 0.5, 1.5)


def test_outputs_become_findings_by_name(model: Model) -> None:
    (found,) = model.score([belt(40, 50, dark=0.8)])
    assert found.alarm == pytest.approx(0.8, abs=1e-6)
    assert (found.threshold, found.model, found.map_pitch_mm) == (0.5, "tiny-1", 12.0)
    assert (found.p.cigarettes, found.p.loose_tobacco, found.p.e_cigarettes) == pytest.approx((0.8, 0.4, 0.0))
    assert (found.sticks.low, found.sticks.mid, found.sticks.high) == pytest.approx((80, 160, 320))
    assert (found.tobacco_g.low, found.tobacco_g.mid, found.tobacco_g.high) == pytest.approx((8, 16, 32))


def test_the_map_covers_the_picture_and_not_its_padding(model: Model) -> None:
    (found,) = model.score([belt(41, 50, dark=0.8)])
    cells = decode_map(found.map_png)
    assert cells.shape == (3, 6, 7)
    assert cells[0, 1, 1] == pytest.approx(0.8, abs=1 / 255)
    assert float(cells[0].sum()) == pytest.approx(0.8, abs=1 / 255)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(16, 90), st.integers(16, 90), st.floats(0, 1)), max_size=5))
def test_a_picture_scores_the_same_alone_and_in_any_company(
    model: Model, sizes: list[tuple[int, int, float]]
) -> None:
    images = [belt(rows, cols, dark) for rows, cols, dark in sizes]
    together = model.score(images)
    assert together == [model.score([image])[0] for image in images]
    assert all(isinstance(found, Findings) for found in together)


@settings(max_examples=50)
@given(st.integers(1, 200), st.integers(1, 200))
def test_padding_is_air_below_and_to_the_right(rows: int, cols: int) -> None:
    image = np.zeros((3, rows, cols), np.float32)
    full = padded(image)
    assert full.shape[1] % 32 == 0
    assert full.shape[2] % 32 == 0
    assert full.shape[1] - rows < 32
    assert full.shape[2] - cols < 32
    assert np.array_equal(full[:, :rows, :cols], image)
    assert float(full.sum()) == full.size - image.size


@pytest.mark.parametrize("scale", [5.0, -5.0])
def test_a_probability_beyond_0_and_1_is_unscorable(tmp_path: Path, scale: float) -> None:
    model = Model.load(tiny_model.write(tmp_path, scale=scale))
    with pytest.raises(Unscorable, match="expected a probability"):
        model.score([np.zeros((3, 64, 64), np.float32)])


@pytest.mark.parametrize("scale", [float("nan"), float("inf")])
def test_a_model_that_fails_on_an_empty_belt_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(BadConfig, match="empty belt"):
        Model.load(tiny_model.write(tmp_path, scale=scale))


def test_a_value_that_is_not_finite_for_one_picture_is_unscorable(model: Model) -> None:
    image = belt(40, 40)
    image[0, 0, 0] = np.nan
    with pytest.raises(Unscorable, match="finite"):
        model.score([image])


def rename_output(proto: onnx.ModelProto) -> None:
    proto.graph.output[0].name = "score"
    proto.graph.node[6].output[0] = "score"
    proto.graph.node[7].input[0] = "score"


def fixed_size(proto: onnx.ModelProto) -> None:
    proto.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 640


def other_type(proto: onnx.ModelProto) -> None:
    proto.graph.input[1].type.tensor_type.elem_type = TensorProto.INT32


def other_signature(proto: onnx.ModelProto) -> None:
    proto.metadata_props[0].value = "2"


def no_metadata(proto: onnx.ModelProto) -> None:
    del proto.metadata_props[:]


def other_pitch(proto: onnx.ModelProto) -> None:
    proto.metadata_props[1].value = "2"


def external_data(proto: onnx.ModelProto) -> None:
    tensor = proto.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "weights.bin"


def unknown_operator(proto: onnx.ModelProto) -> None:
    proto.graph.node.append(helper.make_node("NoSuchThing", ["image"], ["nothing"]))


def maps_too_coarse(proto: onnx.ModelProto) -> None:
    for attribute in proto.graph.node[0].attribute:
        attribute.ints[:] = [16, 16]


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        (rename_output, "outputs: expected alarm"),
        (fixed_size, "inputs: expected .* got .*640"),
        (other_type, "inputs: expected extent tensor.int64.*got extent tensor.int32"),
        (other_signature, "screener.signature: expected '1', got '2'"),
        (no_metadata, "screener.signature: expected '1', got None"),
        (other_pitch, "screener.pitch_mm: expected '1.5', got '2'"),
        (external_data, "external data"),
        (unknown_operator, "ONNX Runtime cannot load it"),
        (maps_too_coarse, "maps: expected"),
    ],
)
def test_a_model_that_differs_from_the_signature_is_refused(
    tmp_path: Path, edit: Callable[[onnx.ModelProto], None], text: str
) -> None:
    with pytest.raises(BadConfig, match=text):
        Model.load(tiny_model.write(tmp_path, edit=edit))


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"sha256": "0" * 64}, "expected SHA-256 0000"),
        ({"sha256": "nonsense"}, "sha256"),
        ({"threshold": 1.5}, "threshold"),
        ({"model": "another"}, "screener.model: expected 'another', got 'tiny-1'"),
        ({"pitch_mm": 2.0}, "screener.pitch_mm: expected '2', got '1.5'"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(tmp_path: Path, fields: dict[str, object], text: str) -> None:
    with pytest.raises(BadConfig, match=text):
        Model.load(tiny_model.write_card(tiny_model.write(tmp_path), fields))


def test_missing_and_broken_files_are_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"none.json"):
        Model.load(tmp_path / "none.onnx")
    path = tiny_model.write(tmp_path)
    path.unlink()
    with pytest.raises(BadConfig, match=r"tiny.onnx: the model cannot be read"):
        Model.load(path)
    path.write_bytes(b"not a model")
    with pytest.raises(BadConfig, match="ONNX Runtime cannot load it"):
        Model.load(tiny_model.write_card(path, {}))
    path.with_suffix(".json").write_text("{")
    with pytest.raises(BadConfig, match=r"tiny.json"):
        Model.load(path)


@pytest.mark.parametrize("text", [b"alarm", b"extent", b"screener.pitch_mm", b"1.5"])
def test_names_and_metadata_that_are_not_utf_8_are_refused(tmp_path: Path, text: bytes) -> None:
    path = tiny_model.write(tmp_path)
    path.write_bytes(path.read_bytes().replace(text, b"\xed\xa0\x80".ljust(len(text), b"x")))
    with pytest.raises(BadConfig, match=r"tiny.onnx: names and metadata: expected UTF-8"):
        Model.load(tiny_model.write_card(path, {}))


@pytest.mark.skipif(not SHIPPED.exists(), reason="no model is shipped yet")
def test_the_shipped_model_loads_and_judges_an_empty_belt() -> None:
    model = Model.load(SHIPPED)
    (found,) = model.score([belt(200, 333)])
    assert found.model == model.id
    assert found.alarm < model.threshold
    assert decode_map(found.map_png).shape == (3, 25, 42)
