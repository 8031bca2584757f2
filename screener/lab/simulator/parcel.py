"""A simulated parcel: its scans, what is truly in it, and what a manifest could say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from screener.contracts.wire import Energy
from screener.lab.simulator import beam, loads, maker, scene
from screener.lab.simulator import concealment as ways
from screener.lab.simulator.canvas import Canvas, faint
from screener.lab.simulator.clutter import Stock
from screener.lab.simulator.goods import Rng
from screener.lab.simulator.maker import Maker, Pixels
from screener.lab.simulator.matter import Floats


@dataclass(frozen=True)
class Truth:
    """What the parcel holds. `kind` is the name of its load, `clean` where it has none.

    `concealment` says how the load is hidden: one of `concealment.WAYS`, or `buried`.
    """

    sticks: int
    tobacco_g: float
    e_cigarettes: int
    kind: str
    form: str = "clean"
    concealment: str = ways.NONE


@dataclass(frozen=True, eq=False)
class SimulatedScan:
    """One view: rows run across the belt, columns along it.

    `pixels` is uint8 HxWx3 RGB, uint8 HxW, or uint16 2xHxW (low, high). `density` [3, H, W] is the truth in
    g/cm2: tobacco in cigarettes, loose tobacco, e-cigarettes.
    """

    pixels: Pixels
    pitch_across_mm: float
    pitch_along_mm: float
    density: Floats
    maker: Maker

    @property
    def energy(self) -> Energy:
        """Grey is all that a scanner of one energy shows."""
        return Energy.SINGLE if self.maker.style == "grey" else Energy.DUAL

    def encode(self) -> tuple[bytes, str]:
        """The image as a scanner would send it, and its content type."""
        return maker.encode(self.pixels, self.maker)


@dataclass(frozen=True, eq=False)
class SimulatedParcel:
    """A parcel with one or two scans, its truth, its weight and size, and a plausible declaration."""

    scans: tuple[SimulatedScan, ...]
    truth: Truth
    weight_g: float
    size_mm: tuple[float, float, float]
    contents: tuple[str, ...]


def simulate_parcel(
    seed: int, load: str | None = None, *, stock: Stock = "training", concealment: str | None = "none"
) -> SimulatedParcel:
    """The parcel of a seed: the same seed, load, stock and concealment give the same bytes.

    `load` is None (mostly clean), `clean`, `legal`, `over`, or a load by name such as `5 cartons`,
    `10 packs`, `200 loose sticks`, `1 kg cut tobacco`, `10 e-cigarettes`. The `test` stock has kinds of goods
    and makers that training never sees. A `concealment` of None is drawn.
    """
    return simulate(seed, load, scene.Crowding(), stock=stock, concealment=concealment)


def simulate(  # noqa: PLR0917 (a curriculum names the first three, the rest have their keywords)
    seed: int,
    load: str | None,
    crowding: scene.Crowding,
    views: int | None = None,
    stock: Stock = "training",
    concealment: str | None = "none",
) -> SimulatedParcel:
    """`simulate_parcel` with a given crowding and number of views, for a training curriculum."""
    rng = np.random.default_rng([seed, 0x5C4EE])
    what = loads.load(load, rng)
    make = maker.draw(rng, stock)
    drawn_views = 2 if rng.random() < 0.25 else 1
    hidden = concealment or _hidden(rng)
    composed = scene.compose(what, rng, crowding, stock, hidden)
    frames = (scene.ABOVE, scene.SIDE)[: views or drawn_views]
    fan = scene.Fan(make.source_mm, float(rng.uniform(-150, 150)))
    canvases = [scene.project(composed, frame, *_grid(make), fan) for frame in frames]
    scans = tuple(_scan(canvas, make, rng) for canvas in canvases)
    how = _shown(what, hidden, canvases)
    truth = Truth(what.sticks, what.loose_g, what.e_cigarettes, what.kind, what.form, how)
    names = [item.good.name for item in composed.placed]
    weight = canvases[0].mass_g * rng.normal(1, 0.01)
    # sums of floats differ in the last digit by where the array lies in memory
    return SimulatedParcel(scans, truth, round(float(weight), 3), composed.size, _declaration(names, rng))


def _shown(what: loads.Load, hidden: str, canvases: Sequence[Canvas]) -> str:
    """How a load is hidden in truth: one that nobody hid may be buried under other goods in every view."""
    if what.kind == loads.CLEAN.kind:
        return ways.NONE
    return ways.BURIED if hidden == ways.NONE and all(map(_buried, canvases)) else hidden


def _buried(canvas: Canvas) -> bool:
    """Whether more than half of the load lies where too little of the matter is load."""
    load = canvas.truth.sum(0)
    return float(load[faint(canvas.basis, canvas.truth)].sum()) > 0.5 * float(load.sum())


def _hidden(rng: Rng) -> str:
    """A way of hiding, for every third parcel."""
    return str(rng.choice(ways.WAYS)) if rng.random() < 0.33 else "none"


def _oversampling(pitch_mm: float) -> int:
    return 2 if pitch_mm > 0.95 else 1


def _grid(make: Maker) -> tuple[float, float]:
    """The drawing grid: detector pixels, halved where they are coarse, since rods are 7.8 mm thick."""
    return (
        make.pitch_across_mm / _oversampling(make.pitch_across_mm),
        make.pitch_along_mm / _oversampling(make.pitch_along_mm),
    )


def _scan(canvas: Canvas, make: Maker, rng: Rng) -> SimulatedScan:
    passed = beam.transmission(canvas.basis, beam.beam(make.kv))
    across, along = _oversampling(make.pitch_across_mm), _oversampling(make.pitch_along_mm)
    read = maker.detect(_coarser(passed, across, along), make, rng)
    pixels = maker.picture(read, make, rng)
    truth = _coarser(canvas.truth, across, along)
    return SimulatedScan(pixels, make.pitch_across_mm, make.pitch_along_mm, truth, make)


def _coarser(image: Floats, across: int, along: int) -> Floats:
    """Means over detector pixels: a detector averages transmissions."""
    if across == 1 and along == 1:
        return image
    size = (image.shape[2] // along, image.shape[1] // across)
    kept = image[:, : size[1] * across, : size[0] * along]
    return np.stack([cv2.resize(channel, size, interpolation=cv2.INTER_AREA) for channel in kept])


def _declaration(names: list[str], rng: Rng) -> tuple[str, ...]:
    """What a sender would write: some of the goods, never cigarettes."""
    said = [
        name for name in dict.fromkeys(names) if name not in {"cigarettes", "padding"} and rng.random() < 0.7
    ]
    return tuple(said[:4]) or (str(rng.choice(["gifts", "clothing", "household goods"])),)
