"""What is exported around the net: pooling and calibration. Its signature is what serving relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from screener.lab.net import CELL_PX, CLASSES, Net

SIGNATURE = "1"
INPUTS = ("image", "extent")
OUTPUTS = ("alarm", "p", "sticks", "tobacco_g", "maps")
HIGHEST_CELLS = 24
"""The alarm is the mean of this many cells (35 cm2): a pack lying flat covers as much."""

DOUBTFUL = 0.3
"""Cells below this probability fade out of the amounts: over a whole parcel slight doubts add up."""

CELL_CM2 = 1.44
ABSENT = -12.0


@dataclass(frozen=True)
class Line:
    """A logistic calibration: probability = sigmoid(slope * score + shift)."""

    slope: float = 1.0
    shift: float = 0.0


@dataclass(frozen=True)
class Quantity:
    """From integrated grams to an amount: middle = grams * per_gram.

    Low is a share of it less `floor`, which is what clean parcels integrate to; high is a multiple of it
    plus `ceiling`, which is what is missed.
    """

    per_gram: float
    low: float = 0.5
    high: float = 2.0
    floor: float = 0.0
    ceiling: float = 0.0


@dataclass(frozen=True)
class Calibration:
    """The numbers that are fitted on the validation set after training."""

    alarm: Line = Line()
    classes: tuple[Line, Line, Line] = (Line(), Line(), Line())
    sticks: Quantity = Quantity(1 / 0.68)
    tobacco_g: Quantity = Quantity(1.0)


class Raw(NamedTuple):
    """Before calibration: scores [4] (three classes, any of them), grams [2], maps [4, h, w]."""

    scores: Tensor
    grams: Tensor
    maps: Tensor


class OnePicture(nn.Module):
    """One picture [3, H, W] without padding, of any size, to the outputs named in `OUTPUTS`.

    Nothing lies outside it, so nothing is masked: masks would part the convolutions from each other in ONNX
    Runtime, which then takes twice as long.
    """

    def __init__(self, net: Net, calibration: Calibration) -> None:
        super().__init__()
        self.net = net
        lines = (*calibration.classes, calibration.alarm)
        self.register_buffer("slope", torch.tensor([line.slope for line in lines]))
        self.register_buffer("shift", torch.tensor([line.shift for line in lines]))
        amounts = (calibration.sticks, calibration.tobacco_g)
        factors = [[a.low * a.per_gram, a.per_gram, a.high * a.per_gram] for a in amounts]
        self.register_buffer("factors", torch.tensor(factors))
        self.register_buffer("floors", torch.tensor([[a.floor, 0.0, -a.ceiling] for a in amounts]))

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Alarm [], p [3], sticks [3], tobacco_g [3], maps [4, H/8, W/8] rounded up."""
        scores, grams, maps = self.raw(picture)
        p = torch.sigmoid(scores * self.slope + self.shift)
        amounts = (grams[:, None] * self.factors - self.floors).clamp(min=0.0)
        return p[3], p[:3], amounts[0], amounts[1], maps

    def raw(self, image: Tensor, extent: Tensor) -> Raw:
        """Pooled scores and integrated grams, with the maps; cells outside the extent count for nothing."""
        mask = inside(extent, image.shape[2] // CELL_PX, image.shape[3] // CELL_PX, CELL_PX)
        return pool(self.net(image, extent), mask)


def pool(cells: Tensor, mask: Tensor) -> Raw:
    """What the maps of the net [N, 4, h, w] add up to over the cells [N, 1, h, w] that are inside."""
    logits = cells[:, : len(CLASSES)].clamp(-10.0, 10.0)
    p, density = torch.sigmoid(logits) * mask, cells[:, len(CLASSES) :] * mask
    hidden = (1 - mask) * ABSENT + mask * torch.cat([logits, logits.amax(1, keepdim=True)], 1)
    loads = p[:, :2] * torch.sigmoid(14.0 * (p[:, :2] - DOUBTFUL)) * density
    grams = loads.sum((2, 3)) * CELL_CM2
    return Raw(_mean_of_highest(hidden), grams, torch.cat([p, loads.sum(1, keepdim=True)], 1))


def _mean_of_highest(logits: Tensor) -> Tensor:
    """Mean of the highest cells per channel: [C, h, w] to [C]; fewer cells are no drawback."""
    flat = logits.flatten(1)
    spare = torch.full_like(flat[:, :1], ABSENT).expand(-1, HIGHEST_CELLS)
    highest = torch.cat([flat, spare], 1).topk(HIGHEST_CELLS, 1).values
    real = (highest > ABSENT + 0.5).to(highest.dtype)
    return (highest * real).sum(1) / real.sum(1)
