"""What is exported around the net: pooling and calibration. Its signature is what serving relies on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

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
    """Before calibration: scores (three classes, any of them), grams (cigarettes, loose), maps."""

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

    def raw(self, picture: Tensor) -> Raw:
        """Pooled scores [4] (three classes, any of them), grams [2] and maps [4, h, w] of one picture."""
        scores, grams, maps = pool(self.net(picture[None]))
        return Raw(scores[0], grams[0], maps[0])


class Screener(nn.Module):
    """The whole model as its ONNX file runs it: every picture of a batch, cut to its extent, by itself."""

    def __init__(self, net: Net, calibration: Calibration) -> None:
        super().__init__()
        self.one = OnePicture(net, calibration)

    def forward(self, image: Tensor, extent: Tensor) -> tuple[Tensor, ...]:
        """`image` [N, 3, H, W] and `extent` [N, 2] to `OUTPUTS`; maps end in zeros outside an extent."""
        answers = [
            self.one(picture[:, :rows, :cols])
            for picture, (rows, cols) in zip(image, extent.tolist(), strict=True)
        ]
        high, wide = -(-image.shape[2] // CELL_PX), -(-image.shape[3] // CELL_PX)
        maps = [functional.pad(m, (0, wide - m.shape[2], 0, high - m.shape[1])) for *_, m in answers]
        columns = [torch.stack(column) for column in zip(*(answer[:-1] for answer in answers), strict=True)]
        return (*columns, torch.stack(maps))


def pool(cells: Tensor) -> Raw:
    """What maps of the net [N, 4, h, w] add up to: scores [N, 4], grams [N, 2], maps [N, 4, h, w]."""
    logits = cells[:, : len(CLASSES)].clamp(-10.0, 10.0)
    p, density = torch.sigmoid(logits), cells[:, len(CLASSES) :]
    loads = p[:, :2] * torch.sigmoid(14.0 * (p[:, :2] - DOUBTFUL)) * density
    grams = loads.sum((2, 3)) * CELL_CM2
    scores = _mean_of_highest(torch.cat([logits, logits.amax(1, keepdim=True)], 1))
    return Raw(scores, grams, torch.cat([p, loads.sum(1, keepdim=True)], 1))


def _mean_of_highest(logits: Tensor) -> Tensor:
    """Mean of the highest cells per channel: [N, C, h, w] to [N, C]; fewer cells are no drawback."""
    flat = logits.flatten(2)
    spare = torch.full_like(flat[:, :, :1], ABSENT).expand(-1, -1, HIGHEST_CELLS)
    highest = torch.cat([flat, spare], 2).topk(HIGHEST_CELLS, 2).values
    real = (highest > ABSENT + 0.5).to(highest.dtype)
    return (highest * real).sum(2) / real.sum(2)
