"""One picture's graph, run over every picture of a batch: the file that serving loads."""

from __future__ import annotations

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor, make_tensor_value_info

from screener.lab.graph import INPUTS, OUTPUTS
from screener.lab.net import CELL_PX

OPSET = 17
IR_VERSION = 8
ONE = "one/"
"""Before every name inside the loop, since an inner name must not hide an outer one."""

SHAPES = {
    "image": ("n", 3, "h", "w"),
    "extent": ("n", 2),
    "alarm": ("n",),
    "p": ("n", 3),
    "sticks": ("n", 3),
    "tobacco_g": ("n", 3),
    "maps": ("n", 4, "h8", "w8"),
}


def over_batch(one: ModelProto) -> ModelProto:
    """From `picture` [3, H, W] to the model of `image` [N, 3, H, W] and `extent` [N, 2].

    Each picture is cut to its extent first, and its maps are filled up with zeros to the size of the batch.
    """
    nodes = [
        make_node("Shape", ["image"], ["shape"], end=1),
        make_node("Squeeze", ["shape"], ["count"]),
        make_node("Loop", ["count", ""], list(OUTPUTS), body=_body(one.graph)),
    ]
    inputs = [_port("image", TensorProto.FLOAT), _port("extent", TensorProto.INT64)]
    outputs = [_port(name, TensorProto.FLOAT) for name in OUTPUTS]
    graph = make_graph(nodes, "screener", inputs, outputs)
    assert [port.name for port in inputs] == list(INPUTS)
    return make_model(graph, opset_imports=[make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _port(name: str, kind: int) -> ValueInfoProto:
    return make_tensor_value_info(name, kind, SHAPES[name])


def _body(one: GraphProto) -> GraphProto:
    inner = onnx.compose.add_prefix_graph(one, ONE)
    maps = ONE + OUTPUTS[-1]
    return make_graph(
        [*_cut(inner.input[0].name), *inner.node, *_filled(maps), make_node("Identity", ["go"], ["on"])],
        "picture",
        [
            make_tensor_value_info("index", TensorProto.INT64, []),
            make_tensor_value_info("go", TensorProto.BOOL, []),
        ],
        [
            make_tensor_value_info("on", TensorProto.BOOL, []),
            *(port for port in inner.output if port.name != maps),
            make_tensor_value_info("filled", TensorProto.FLOAT, SHAPES["maps"][1:]),
        ],
        [*inner.initializer, *_constants()],
    )


def _cut(picture: str) -> list[NodeProto]:
    return [
        make_node("Gather", ["image", "index"], ["padded"]),
        make_node("Gather", ["extent", "index"], ["size"]),
        make_node("Slice", ["padded", "corner", "size", "plane"], [picture]),
    ]


def _filled(maps: str) -> list[NodeProto]:
    return [
        make_node("Shape", ["image"], ["pixels"], start=2),
        make_node("Div", ["pixels", "cell_px"], ["cells"]),
        make_node("Shape", [maps], ["cut_cells"], start=1),
        make_node("Sub", ["cells", "cut_cells"], ["missing"]),
        make_node("Concat", ["nothing", "missing"], ["fill"], axis=0),
        make_node("Pad", [maps, "fill"], ["filled"]),
    ]


def _constants() -> list[TensorProto]:
    values = {"corner": [0, 0], "plane": [1, 2], "cell_px": [CELL_PX], "nothing": [0, 0, 0, 0]}
    return [make_tensor(name, TensorProto.INT64, [len(value)], value) for name, value in values.items()]
