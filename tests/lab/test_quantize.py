"""The int8 graph: the same ports, small whole weights, a float32 answer, and no notice of padding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def screener() -> Any:
    import torch

    from screener.lab.graph import Calibration, Screener
    from screener.lab.net import Net

    torch.manual_seed(4)
    return Screener(Net(width=16), Calibration()).eval()


@pytest.fixture(scope="module")
def files(screener: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    from screener.lab.export import write, write_int8

    folder = tmp_path_factory.mktemp("models")
    exact, coarse = folder / "tiny.onnx", folder / "tiny-int8.onnx"
    write(screener, exact, "tobacco-test")
    write_int8(screener, coarse, "tobacco-test-int8", [_scan(seed, 60, 90) for seed in range(4)])
    return exact, coarse


def _scan(seed: int, rows: int, cols: int) -> NDArray[np.float16]:
    return np.random.default_rng(seed).random((3, rows, cols), np.float32).astype(np.float16)


def _session(path: Path) -> ort.InferenceSession:
    return ort.InferenceSession(path, providers=["CPUExecutionProvider"])


def _weights(path: Path) -> dict[str, NDArray[Any]]:
    """The constants inside the loop."""
    loop = next(node for node in onnx.load(path).graph.node if node.op_type == "Loop")
    return {one.name: onnx.numpy_helper.to_array(one) for one in loop.attribute[0].g.initializer}


def test_it_takes_and_gives_what_the_float32_file_does(files: tuple[Path, Path]) -> None:
    exact, coarse = (_session(path) for path in files)
    for ports in ("get_inputs", "get_outputs"):
        one, two = (
            [(port.name, port.type, port.shape) for port in getattr(session, ports)()]
            for session in (exact, coarse)
        )
        assert one == two


def test_weights_fit_seven_bits_so_that_no_sum_of_two_saturates(files: tuple[Path, Path]) -> None:
    whole = [values for values in _weights(files[1]).values() if values.dtype == np.int8 and values.ndim == 4]
    assert len(whole) == 34  # all convolutions but the first three and the answer
    assert all(np.abs(values.astype(int)).max() <= 64 for values in whole)


def test_the_first_block_and_the_last_answer_stay_float32(files: tuple[Path, Path]) -> None:
    left = [
        values for values in _weights(files[1]).values() if values.dtype == np.float32 and values.ndim == 4
    ]
    assert {values.shape for values in left} == {(32, 3, 3, 3), (32, 1, 3, 3), (16, 32, 1, 1), (4, 16, 1, 1)}


def test_padding_changes_nothing(files: tuple[Path, Path]) -> None:
    scan, extent = _scan(9, 50, 61).astype(np.float32), np.array([[50, 61]], np.int64)
    snug, wide = np.ones((1, 3, 64, 64), np.float32), np.zeros((1, 3, 96, 160), np.float32)
    snug[0, :, :50, :61] = wide[0, :, :50, :61] = scan
    session = _session(files[1])
    for one, two in zip(
        session.run(["alarm", "p", "sticks"], {"image": snug, "extent": extent}),
        session.run(["alarm", "p", "sticks"], {"image": wide, "extent": extent}),
        strict=True,
    ):
        assert np.array_equal(one, two)


def test_every_picture_of_a_batch_is_answered_as_if_alone(files: tuple[Path, Path]) -> None:
    image = np.stack([_scan(seed, 64, 96) for seed in (1, 2)]).astype(np.float32)
    extent = np.array([[64, 90], [33, 40]], np.int64)
    session = _session(files[1])
    together = session.run(None, {"image": image, "extent": extent})
    for n in range(2):
        alone = session.run(None, {"image": image[n : n + 1], "extent": extent[n : n + 1]})
        for one, all_ in zip(alone, together, strict=True):
            assert np.array_equal(one[0], all_[n])
