"""The net's weights beside an exported model: with batch-norms apart, so that adaptation can go on from them.

The ONNX file has its batch-norms folded into the convolutions; no training can start there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from screener.errors import BadConfig
from screener.lab import card
from screener.lab.net import Net


def path_of(model: Path) -> Path:
    """Where the weights of a model lie."""
    return model.with_suffix(".npz")


def write(net: Net, model: Path) -> str:
    """Writes the weights beside a model as float32 arrays; returns the file's SHA-256 for the card."""
    state = {name: value.detach().cpu().numpy() for name, value in net.state_dict().items()}
    np.savez(path_of(model), **state)
    return card.sha256(path_of(model))


def read(model: Path) -> Net:
    """The net of a model, in evaluation mode. Raises `BadConfig` where its weights are not what it says."""
    path, said = path_of(model), card.read(model).get("weights_sha256")
    if said is None or not path.exists():
        missing = "its card names no weights" if said is None else f"{path} is missing"
        raise BadConfig(f"{model}: {missing}; export it again with `screener lab export`")
    if (found := card.sha256(path)) != said:
        raise BadConfig(f"{path}: expected SHA-256 {said} by the card of {model.name}, got {found}")
    with np.load(path, allow_pickle=False) as arrays:
        state = {name: torch.from_numpy(arrays[name]) for name in arrays.files}
    net = Net(state["answer.weight"].shape[1])
    net.load_state_dict(state)
    return net.eval()
