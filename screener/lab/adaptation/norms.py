"""Batch-norm statistics of one scanner: the cheapest adaptation, seconds on its ordinary scans."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy

import torch
from torch import nn

from screener.imaging.prepare import Picture
from screener.lab.net import Net


def restated(net: Net, pictures: Iterable[Picture]) -> Net:
    """A copy of the net whose batch-norms hold the mean statistics of these pictures [3, H, W]."""
    own = deepcopy(net)
    norms = [module for module in own.modules() if isinstance(module, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    own.train()
    with torch.inference_mode():
        for picture in pictures:
            own(torch.from_numpy(picture)[None])
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    return own.eval()
