"""The density: a last layer that says how much tobacco lies in a cell that holds some.

It is fitted once the features are trained, on cells with tobacco alone: the integral weighs it with the
probability of the cell, and a regression over all cells would answer zero wherever it is in doubt.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from screener.lab import net as nets


def seen(net: nets.Net, image: Tensor, extent: Tensor, cells: Tensor, least: float) -> tuple[Tensor, Tensor]:
    """Features [M, width] and tobacco g/cm2 [M] of the cells that hold more than `least`."""
    with torch.inference_mode():
        features = net.features(image, extent).permute(0, 2, 3, 1)
    tobacco = cells[:, :2].sum(1)
    held = tobacco > least
    return features[held].clone(), tobacco[held].clone()


def fit(net: nets.Net, features: Tensor, tobacco: Tensor, rounds: int = 400) -> float:
    """Fits the last layer's fourth answer; returns the mean error relative to 0.2 g/cm2 plus the truth."""
    weight = torch.zeros(features.shape[1], requires_grad=True)
    bias = torch.tensor(-2.0, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=0.02)
    error = torch.zeros(())
    for _ in range(rounds):
        found = nets.density_of(features @ weight + bias)
        error = (
            functional.smooth_l1_loss(found, tobacco, reduction="none", beta=0.1) / (0.2 + tobacco)
        ).mean()
        total = error + 1e-4 * weight.square().sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    with torch.no_grad():
        net.answer.weight[3] = weight[:, None, None]
        net.answer.bias[3] = bias
    return error.item()
