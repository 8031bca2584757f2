"""A model with the signature of the real one that only looks at darkness; made in a millisecond."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64

Edit = Callable[[onnx.ModelProto], None]


def graph(scale: float = 1.0) -> onnx.GraphProto:
    """Darkness = 1 - mean of each cell; all outputs are simple functions of it, `scale` times as large."""
    values = {
        "one": helper.make_tensor("one", FLOAT, [], [1.0]),
        "scale": helper.make_tensor("scale", FLOAT, [1], [scale]),
        "cigarettes_only": helper.make_tensor("cigarettes_only", FLOAT, [1, 3], [1.0, 0.5, 0.0]),
        "sticks_by": helper.make_tensor("sticks_by", FLOAT, [1, 3], [100.0, 200.0, 400.0]),
        "grams_by": helper.make_tensor("grams_by", FLOAT, [1, 3], [10.0, 20.0, 40.0]),
        "four": helper.make_tensor("four", FLOAT, [1, 4, 1, 1], [1.0, 0.5, 0.0, 1.0]),
        "axes": helper.make_tensor("axes", INT64, [2], [1, 2]),
        "back": helper.make_tensor("back", INT64, [2], [-1, 1]),
        "channel": helper.make_tensor("channel", INT64, [1], [1]),
    }
    nodes = [
        helper.make_node("AveragePool", ["image"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]),
        helper.make_node("ReduceMean", ["pooled", "channel"], ["grey"], keepdims=1),
        helper.make_node("Sub", ["one", "grey"], ["dark"]),
        helper.make_node("Mul", ["dark", "scale"], ["scaled"]),
        helper.make_node("Mul", ["scaled", "four"], ["maps"]),
        helper.make_node("Squeeze", ["scaled", "channel"], ["cells"]),
        helper.make_node("ReduceMax", ["cells", "axes"], ["alarm"], keepdims=0),
        helper.make_node("Reshape", ["alarm", "back"], ["column"]),
        helper.make_node("Mul", ["column", "cigarettes_only"], ["p"]),
        helper.make_node("Mul", ["column", "sticks_by"], ["sticks"]),
        helper.make_node("Mul", ["column", "grams_by"], ["tobacco_g"]),
        helper.make_node("Cast", ["extent"], ["unused"], to=FLOAT),
    ]
    inputs = [
        helper.make_tensor_value_info("image", FLOAT, ["n", 3, "h", "w"]),
        helper.make_tensor_value_info("extent", INT64, ["n", 2]),
    ]
    outputs = [
        helper.make_tensor_value_info("alarm", FLOAT, ["n"]),
        helper.make_tensor_value_info("p", FLOAT, ["n", 3]),
        helper.make_tensor_value_info("sticks", FLOAT, ["n", 3]),
        helper.make_tensor_value_info("tobacco_g", FLOAT, ["n", 3]),
        helper.make_tensor_value_info("maps", FLOAT, ["n", 4, "h8", "w8"]),
    ]
    return helper.make_graph(nodes, "tiny", inputs, outputs, initializer=list(values.values()))


def write(
    folder: Path,
    name: str = "tiny-1",
    scale: float = 1.0,
    edit: Edit = lambda _: None,
    card: Mapping[str, object] | None = None,
) -> Path:
    """Model and card in `folder`; `edit` and `card` change what should be refused."""
    model = helper.make_model(graph(scale), opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    metadata = {"screener.signature": "1", "screener.pitch_mm": "1.5", "screener.model": name}
    helper.set_model_props(model, metadata)
    edit(model)
    path = folder / "tiny.onnx"
    path.write_bytes(model.SerializeToString())
    return write_card(path, {"model": name, **(card or {})})


def write_card(path: Path, fields: Mapping[str, object]) -> Path:
    """The card of `path`, with `fields` in place of what would be right."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    right = {
        "model": "tiny-1",
        "sha256": sha256,
        "threshold": 0.5,
        "pitch_mm": 1.5,
        "more": {"for": "people"},
    }
    path.with_suffix(".json").write_text(json.dumps(right | dict(fields)))
    return path
