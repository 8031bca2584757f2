"""The bank: thousands of goods and loads painted once, from which training composes crops.

Painting a parcel takes far longer than a step of the net can wait. So goods, loads and empty parcels are
painted beforehand as sprites of areal density, each at a turn of its own, into one file that all processes
share; a crop is a sum of sprites, and its beam, scanner and palette are drawn afresh every time.
"""

from __future__ import annotations

import multiprocessing as mp
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from screener.lab.simulator import clutter, concealment, drapery, loads, scene, solids
from screener.lab.simulator.canvas import Canvas
from screener.lab.simulator.goods import Good, Rng
from screener.lab.simulator.matter import Floats
from screener.lab.simulator.sprites import sprite

PITCH_MM = 0.75
LONGEST_MM = 620.0
"""Goods longer than this are left out: no crop shows half of one."""

Floats64 = NDArray[np.float64]

GOOD, LOAD, PARCEL = "good", "load", "parcel"
FORMAT = 2


class Entry(msgspec.Struct, frozen=True):
    """A sprite in the bank: where its int16 values lie, and what it is.

    They are in mg/cm2. Goods and parcels have the three basis channels, loads a fourth, their truth, of
    channel `label`. `fills` is the volume of a good's box in mm3; `size` that of a parcel along, across and
    upwards in mm, before its `yaw`.
    """

    role: str
    name: str
    offset: int
    rows: int
    cols: int
    label: int = -1
    fills: float = 0.0
    size: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0

    @property
    def channels(self) -> int:
        """How many images it has."""
        return 4 if self.role == LOAD else 3


@dataclass(frozen=True)
class BankSettings:
    """What a bank is painted from; the same settings give the same bank."""

    seed: int = 0
    goods: int = 7000
    loads: int = 3500
    parcels: int = 240
    load_weights: tuple[tuple[str, float], ...] = ()
    concealed: float = 0.15


@dataclass(frozen=True, eq=False)
class Bank:
    """An open bank."""

    entries: tuple[Entry, ...]
    values: NDArray[np.int16]
    by_role: dict[str, tuple[Entry, ...]]

    def pick(self, role: str, rng: Rng) -> Entry:
        """An entry of a role at random."""
        among = self.by_role[role]
        return among[int(rng.integers(len(among)))]

    def image(self, entry: Entry) -> NDArray[np.int16]:
        """The channels of an entry, [3 or 4, rows, cols], in mg/cm2."""
        count = entry.channels * entry.rows * entry.cols
        flat = self.values[entry.offset : entry.offset + count]
        return flat.reshape(entry.channels, entry.rows, entry.cols)


def opened(folder: Path) -> Bank:
    """The bank of a folder, its values mapped, so that processes share them."""
    entries = tuple(msgspec.json.decode((folder / "index.json").read_bytes(), type=list[Entry]))
    values = np.memmap(folder / "sprites.i16", np.int16, "r")
    roles = {role: tuple(e for e in entries if e.role == role) for role in (GOOD, LOAD, PARCEL)}
    return Bank(entries, values, roles)


def painted(folder: Path, settings: BankSettings, workers: int = 2) -> Bank:
    """The bank of these settings, painted into `folder` where it is not there yet."""
    wanted = msgspec.json.encode({"format": FORMAT, **asdict(settings)})
    said = folder / "settings.json"
    if not (said.exists() and said.read_bytes() == wanted):
        folder.mkdir(parents=True, exist_ok=True)
        said.unlink(missing_ok=True)
        _paint(folder, settings, workers)
        said.write_bytes(wanted)
    return opened(folder)


# --- painting -------------------------------------------------------------------------------------


def _paint(folder: Path, settings: BankSettings, workers: int) -> None:
    jobs = [(role, number) for role, count in _counts(settings) for number in range(count)]
    entries: list[Entry] = []
    offset = 0
    with (folder / "sprites.i16").open("wb") as file, mp.get_context("spawn").Pool(workers) as pool:
        made = pool.imap(_Painter(settings), jobs, chunksize=16)
        for several in track(made, "bank", len(jobs)):
            for entry, values in several:
                file.write(values.tobytes())
                entries.append(msgspec.structs.replace(entry, offset=offset))
                offset += values.size
    (folder / "index.json").write_bytes(msgspec.json.encode(entries))


def _counts(settings: BankSettings) -> Sequence[tuple[str, int]]:
    return ((GOOD, settings.goods), (LOAD, settings.loads), (PARCEL, settings.parcels))


@dataclass(frozen=True)
class _Painter:
    """Paints the sprites of one job; picklable, so that worker processes can."""

    settings: BankSettings

    def __call__(self, job: tuple[str, int]) -> list[tuple[Entry, NDArray[np.int16]]]:
        cv2.setNumThreads(1)
        role, number = job
        rng = np.random.default_rng([self.settings.seed, number, (GOOD, LOAD, PARCEL).index(role)])
        if role == PARCEL:
            return [_parcel(rng)]
        goods = [clutter.good(rng)] if role == GOOD else self._load(rng)
        return [_laid(role, good, rng) for good in goods if max(good.size) <= LONGEST_MM]

    def _load(self, rng: Rng) -> list[Good]:
        names, weights = zip(*self.settings.load_weights, strict=True)
        chances = np.array(weights) / sum(weights)
        what = loads.load(names[int(rng.choice(len(names), p=chances))], rng)
        how = "none"
        if rng.random() < self.settings.concealed:
            how = str(rng.choice(concealment.WAYS))
        return concealment.hide(loads.goods(what, rng), rng, how)


def _laid(role: str, good: Good, rng: Rng) -> tuple[Entry, NDArray[np.int16]]:
    """A sprite as the fan beam shows it: nearer to the source a good is wider across the belt."""
    magnified = rng.uniform(0.96, 1.16)
    canvas = sprite(good, scene.lying(rng), PITCH_MM / magnified, PITCH_MM)
    truth = canvas.truth / np.float32(magnified)
    sums = truth.sum((1, 2))
    label = int(sums.argmax()) if sums.max() > 0 else -1
    images = canvas.basis if role == GOOD else np.concatenate([canvas.basis, truth[max(label, 0)][None]])
    entry = Entry(role, good.name, 0, canvas.rows, canvas.cols, label, float(np.prod(good.size)))
    return entry, _mg(images)


def _parcel(rng: Rng) -> tuple[Entry, NDArray[np.int16]]:
    """An empty parcel on the belt, with its border."""
    empty = scene.compose(loads.CLEAN, rng, scene.Crowding((0.0, 0.0), 3))
    yaw = float(rng.normal(0, 0.04) if rng.random() < 0.8 else rng.uniform(0, np.pi))
    lone = replace(empty, placed=(), turn=solids.rotation(yaw, 0, 0))
    canvas = scene.project(lone, scene.ABOVE, PITCH_MM, PITCH_MM)
    entry = Entry(PARCEL, lone.wrapping, 0, canvas.rows, canvas.cols, size=lone.size, yaw=yaw)
    return entry, _mg(canvas.basis)


def _mg(images: Floats) -> NDArray[np.int16]:
    """g/cm2 as whole mg/cm2: integers become floats ten times as fast as halves do."""
    return np.clip(np.rint(images * 1000), -32768, 32767).astype(np.int16)


def areal(images: NDArray[np.int16]) -> Floats:
    """An entry's images in g/cm2."""
    return images.astype(np.float32) * np.float32(1e-3)


# --- composing ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Crowd:
    """How a crop is filled: the share of the room that goods take, the most of them, and whether cloth and
    small metal lie all over it.

    A good has `thinnest` to 1.3 times its matter, and all of them `matter` times that: goods as they are
    painted, boxes full of one thing, are darker than what lies in real bags.
    """

    fill: float
    most: int
    draped: bool = False
    thinnest: float = 0.7
    matter: float = 1.0


CONTRAST = (0.7, 1.5)
"""How much darker than by its matter a load is shown: a display's curve is unknown, and seen over little else
it stands out more."""


def compose(bank: Bank, side_px: int, loaded: int, crowd: Crowd, rng: Rng) -> tuple[Floats, Floats]:
    """Basis and truth [3, side, side] in g/cm2 of a square crop of a parcel with `loaded` load sprites."""
    parcel = bank.pick(PARCEL, rng)
    ground = Ground(parcel, side_px, rng)
    canvas = Canvas(side_px, side_px, PITCH_MM, PITCH_MM)
    ground.lay(canvas, bank.image(parcel))
    for _ in range(loaded):
        _lay(canvas, bank, bank.pick(LOAD, rng), ground, rng, float(rng.uniform(*CONTRAST)))
    room = crowd.fill * ground.volume_mm3
    for _ in range(crowd.most):
        entry = bank.pick(GOOD, rng)
        if entry.fills < room:
            room -= entry.fills
            share = crowd.matter * float(rng.uniform(crowd.thinnest, 1.3))
            _lay(canvas, bank, entry, ground, rng, share)
    if crowd.draped:
        drapery.drape(canvas, ground.corners(), rng)
    return canvas.basis, canvas.truth


class Ground:
    """Where a crop lies on its parcel, in pixels."""

    def __init__(self, parcel: Entry, side_px: int, rng: Rng) -> None:
        self.parcel, self.side = parcel, side_px
        self.top = _start(parcel.rows, side_px, rng)
        self.left = _start(parcel.cols, side_px, rng)
        seen = min(parcel.rows, side_px) * min(parcel.cols, side_px) * PITCH_MM**2
        self.volume_mm3 = min(seen, parcel.size[0] * parcel.size[1]) * parcel.size[2]

    def lay(self, canvas: Canvas, image: NDArray[np.int16]) -> None:
        """The parcel's own walls."""
        if window := _window(canvas.basis.shape, image.shape, (-self.top, -self.left)):
            to, of = window
            canvas.basis[(slice(None), *to)] += areal(image[(slice(None), *of)])

    def corners(self) -> Floats64:
        """The parcel's corners [4, 2], in columns and rows of the crop."""
        half = np.array(self.parcel.size[:2]) / 2 / PITCH_MM * [[-1, -1], [1, -1], [1, 1], [-1, 1]]
        middle = (self.parcel.cols / 2 - self.left, self.parcel.rows / 2 - self.top)
        turn = solids.rotation(self.parcel.yaw, 0, 0)[:2, :2]
        found: Floats64 = half @ turn.T + middle
        return found

    def place(self, rows: int, cols: int, rng: Rng) -> tuple[int, int] | None:
        """Top and left for a sprite inside the parcel, its middle in the crop; None where it has no room."""
        yaw, half = self.parcel.yaw, np.array(self.parcel.size[:2]) / 2 / PITCH_MM
        room = half - np.array([cols, rows]) / 2
        if room.min() < -6:
            return None
        for _ in range(12):
            x, y = rng.uniform(-1, 1, 2) * np.clip(room, 0, None)
            col = self.parcel.cols / 2 + x * np.cos(yaw) - y * np.sin(yaw) - self.left
            row = self.parcel.rows / 2 + x * np.sin(yaw) + y * np.cos(yaw) - self.top
            if 0 <= row < self.side and 0 <= col < self.side:
                return round(row - rows / 2), round(col - cols / 2)
        return None


def _start(length: int, side: int, rng: Rng) -> int:
    """The first pixel of a crop on a parcel: anywhere on it; a small parcel lies anywhere in it."""
    low, high = sorted((0, length - side))
    return int(rng.integers(low, high + 1))


def _lay(  # noqa: PLR0917 (the share of its matter belongs to the entry)
    canvas: Canvas, bank: Bank, entry: Entry, ground: Ground, rng: Rng, share: float = 1.0
) -> None:
    image = turned(bank.image(entry), rng)
    corner = ground.place(image.shape[1], image.shape[2], rng)
    if corner is None:
        return
    window = _window(canvas.basis.shape, image.shape, corner)
    if window is None:
        return
    to, of = window
    part = areal(image[(slice(None), *of)])
    canvas.basis[(slice(None), *to)] += part[:3] * np.float32(share)
    if entry.role == LOAD and entry.label >= 0:
        canvas.truth[(entry.label, *to)] += part[3]


def turned(image: NDArray[np.int16], rng: Rng) -> NDArray[np.int16]:
    """One of the eight ways to lay a picture on a grid."""
    flip, mirror, swap = rng.random(3) < 0.5
    image = image[:, :: -1 if flip else 1, :: -1 if mirror else 1]
    return image.swapaxes(1, 2) if swap else image


Part = tuple[slice, slice]


def _window(to: tuple[int, ...], of: tuple[int, ...], corner: tuple[int, int]) -> tuple[Part, Part] | None:
    """Where a picture laid at a corner meets another: the part of either, or None."""
    spans = []
    for start, length, limit in zip(corner, of[1:], to[1:], strict=True):
        first, last = max(start, 0), min(start + length, limit)
        if first >= last:
            return None
        spans.append((slice(first, last), slice(first - start, last - start)))
    return (spans[0][0], spans[1][0]), (spans[0][1], spans[1][1])
