"""What every model takes and gives, and the check that a loaded one does.

Inputs: `image` float32 [N, 3, H, W], RGB in 0 to 1, 1.0 = air, H and W multiples of 32, padded below and to
the right with 1.0; `extent` int64 [N, 2], the rows and columns before padding. Outputs: `alarm` [N]; `p`
[N, 3] for cigarettes, loose tobacco, e-cigarettes; `sticks` and `tobacco_g` [N, 3] as low, mid, high;
`maps` [N, 4, H/8, W/8], the three probabilities and the areal density in g/cm2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from screener.errors import BadConfig
from screener.scoring.card import MEND, Card

VERSION = "1"
MULTIPLE_PX = 32
CELL_PX = 8
FLOAT, INT64 = "tensor(float)", "tensor(int64)"
INPUTS = {"image": (FLOAT, (None, 3, None, None)), "extent": (INT64, (None, 2))}
OUTPUTS = {
    "alarm": (FLOAT, (None,)),
    "p": (FLOAT, (None, 3)),
    "sticks": (FLOAT, (None, 3)),
    "tobacco_g": (FLOAT, (None, 3)),
    "maps": (FLOAT, (None, 4, None, None)),
}
Ports = Mapping[str, tuple[str, Sequence[int | None]]]


class Port(Protocol):
    """An input or output as ONNX Runtime describes it; sizes that may vary are strings or None."""

    name: str
    type: str
    shape: Sequence[int | str | None]


def check_ports(path: Path, what: str, expected: Ports, got: Sequence[Port]) -> None:
    """Raises `BadConfig` where names, types, ranks or fixed sizes differ."""
    found = {port.name: (port.type, _sizes(port)) for port in got}
    wanted = {name: (kind, tuple(sizes)) for name, (kind, sizes) in expected.items()}
    if found != wanted:
        raise BadConfig(
            f"{path}: {what}: expected {_described(wanted)}, got {_described(found)}; "
            f"this version reads signature {VERSION}"
        )


def check_metadata(path: Path, metadata: Mapping[str, str], card: Card) -> None:
    """Raises `BadConfig` where the model does not say of itself what its card says."""
    wanted = {
        "screener.signature": VERSION,
        "screener.pitch_mm": f"{card.pitch_mm:g}",
        "screener.model": card.model,
    }
    for key, value in wanted.items():
        if metadata.get(key) != value:
            raise BadConfig(f"{path}: metadata {key}: expected {value!r}, got {metadata.get(key)!r}; {MEND}")


def _sizes(port: Port) -> tuple[int | None, ...]:
    return tuple(size if isinstance(size, int) else None for size in port.shape)


def _described(ports: Ports) -> str:
    return ", ".join(
        f"{name} {kind} [{', '.join('*' if size is None else str(size) for size in sizes)}]"
        for name, (kind, sizes) in sorted(ports.items())
    )
