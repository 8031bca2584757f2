"""Answers of a net to whole pictures, before calibration."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch

from screener.imaging.prepare import Picture
from screener.lab.adaptation.answered import Answers
from screener.lab.graph import Calibration, OnePicture, Raw
from screener.lab.net import Net


def answer(net: Net, picture: Picture) -> Raw:
    """Scores [4], grams [2] and maps [4, h, w] of one picture."""
    with torch.inference_mode():
        return OnePicture(net, Calibration()).eval().raw(torch.from_numpy(picture))


def answers(net: Net, pictures: Iterable[Picture]) -> Answers:
    """The answers of a net to pictures."""
    raws = [answer(net, picture) for picture in pictures]
    return Answers(
        np.stack([raw.scores.double().numpy() for raw in raws]),
        np.stack([raw.grams.double().numpy() for raw in raws]),
    )
