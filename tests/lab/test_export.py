"""The exported graph: its signature, that it computes what PyTorch does, what may not change it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.torch

Outputs = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def screener() -> Any:
    import torch

    from screener.lab.graph import Calibration, Line, Quantity, Screener
    from screener.lab.net import Net

    torch.manual_seed(3)
    fitted = Calibration(Line(0.7, 0.3), sticks=Quantity(1.5, 0.6, 1.7, 3.0, 20.0))
    return Screener(Net(width=16), fitted).eval()


@pytest.fixture(scope="module")
def session(screener: Any, tmp_path_factory: pytest.TempPathFactory) -> ort.InferenceSession:
    from screener.lab.export import write

    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    write(screener, path, "tobacco-test")
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def _scans(count: int, rows: int, cols: int) -> NDArray[np.float32]:
    return np.random.default_rng(1).random((count, 3, rows, cols), np.float32)


def _run(session: ort.InferenceSession, image: NDArray[np.float32], extent: NDArray[np.int64]) -> Outputs:
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"image": image, "extent": extent}), strict=True))


def test_the_signature(session: ort.InferenceSession) -> None:
    assert {i.name: i.type for i in session.get_inputs()} == {
        "image": "tensor(float)",
        "extent": "tensor(int64)",
    }
    outputs = {o.name: len(o.shape) for o in session.get_outputs()}
    assert outputs == {"alarm": 1, "p": 2, "sticks": 2, "tobacco_g": 2, "maps": 4}
    facts = session.get_modelmeta().custom_metadata_map
    assert facts["screener.signature"] == "1"
    assert facts["screener.pitch_mm"] == "1.5"
    assert facts["screener.model"] == "tobacco-test"


@pytest.mark.parametrize(("count", "rows", "cols"), [(1, 32, 32), (2, 96, 160), (3, 64, 32)])
def test_the_graph_computes_what_torch_does(
    screener: Any, session: ort.InferenceSession, count: int, rows: int, cols: int
) -> None:
    import torch

    image = _scans(count, rows, cols)
    extent = np.array([[rows - 5 * n, cols - 3 * n] for n in range(count)], np.int64)
    found = _run(session, image, extent)
    with torch.inference_mode():
        expected = screener(torch.from_numpy(image), torch.from_numpy(extent))
    for (name, value), wanted in zip(found.items(), expected, strict=True):
        assert np.allclose(value, wanted.numpy(), atol=2e-4, rtol=1e-4), name


def test_outputs_are_in_their_ranges(session: ort.InferenceSession) -> None:
    found = _run(session, _scans(2, 64, 96), np.array([[64, 96], [33, 40]], np.int64))
    for name in ("alarm", "p"):
        assert ((found[name] >= 0) & (found[name] <= 1)).all()
    for name in ("sticks", "tobacco_g"):
        assert (np.diff(found[name], axis=1) >= 0).all()
        assert (found[name] >= 0).all()


def test_what_lies_outside_the_extent_changes_nothing(session: ort.InferenceSession) -> None:
    image, extent = _scans(1, 96, 96), np.array([[50, 61]], np.int64)
    other = image.copy()
    other[:, :, 50:], other[:, :, :, 61:] = 0.2, 0.9
    one, two = _run(session, image, extent), _run(session, other, extent)
    for name, value in one.items():
        assert np.allclose(value, two[name], atol=1e-6), name


@pytest.mark.parametrize("extra", [32, 160])
def test_more_padding_changes_nothing(session: ort.InferenceSession, extra: int) -> None:
    image, extent = _scans(1, 64, 96), np.array([[64, 90]], np.int64)
    wider = np.ones((1, 3, 64 + extra, 96 + extra), np.float32)
    wider[:, :, :64, :96] = image
    one, two = _run(session, image, extent), _run(session, wider, extent)
    for name in ("alarm", "p", "sticks", "tobacco_g"):
        assert np.allclose(one[name], two[name], atol=1e-5), name
    assert np.allclose(one["maps"], two["maps"][:, :, :8, :12], atol=1e-5)


def test_the_file_is_self_contained(screener: Any, tmp_path: Path) -> None:
    from screener.lab.export import write

    write(screener, tmp_path / "alone.onnx", "tobacco-test")
    assert [path.name for path in tmp_path.iterdir()] == ["alone.onnx"]
