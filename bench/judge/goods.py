"""Single goods as voxel volumes: a stick, a pack, a carton, a bag of tobacco, an e-cigarette."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bench.judge import materials
from bench.judge.materials import Array, Matter, matter, tobacco
from bench.judge.volume import Point, Volume, box, empty, noise, rod, shell

FINE_MM = 0.8
COARSE_MM = 1.5
PACKS_IN_CARTON = (5, 2)


@dataclass(frozen=True)
class Format:
    """A make of cigarette: rows of sticks as they lie in its pack, lengths in mm."""

    length_mm: float
    diameter_mm: float
    filter_mm: float
    rows: tuple[int, ...] = (7, 6, 7)

    @property
    def row_step_mm(self) -> float:
        """From row to row: rows of unequal counts lie in each other's gaps."""
        return self.diameter_mm * (0.866 if len(set(self.rows)) > 1 else 1.0)

    @property
    def pack_mm(self) -> Point:
        """The closed pack: across the rows, through them, along the sticks."""
        deep = self.diameter_mm + (len(self.rows) - 1) * self.row_step_mm
        return (max(self.rows) * self.diameter_mm + 1.3, deep + 1.0, self.length_mm + 4.0)

    @property
    def carton_mm(self) -> Point:
        x, y, z = self.pack_mm
        across, deep = PACKS_IN_CARTON
        return (across * x + 5.0, deep * y + 1.8, z + 2.0)


FORMATS = {
    "king": Format(84.0, 7.8, 24.0),
    "king-long-filter": Format(84.0, 7.7, 27.0),
    "hundreds": Format(99.0, 7.8, 30.0),
    "middle": Format(88.0, 7.0, 27.0),
    "slim": Format(97.0, 6.2, 30.0),
    "superslim": Format(97.0, 5.4, 30.0, (10, 10)),
}


@dataclass(frozen=True)
class Good:
    """One thing that can be laid into a parcel, and what it counts for."""

    volume: Volume
    sticks: int = 0
    tobacco_g: float = 0.0
    e_cigarettes: int = 0


@dataclass(frozen=True)
class Blend:
    """One maker's materials."""

    leaf: Matter
    tow: Matter
    paper: Matter
    tipping: Matter
    card: Matter
    foil: Matter
    film: Matter


def blend(rng: np.random.Generator) -> Blend:
    """A maker's materials: rods of 0.20-0.26 g/cm3."""
    return Blend(
        leaf=tobacco(rng.uniform(0.21, 0.26), rng),
        tow=matter(materials.ACETATE, rng.uniform(0.10, 0.13)),
        paper=matter(materials.PAPER, 0.7),
        tipping=matter(materials.PAPER, 0.8),
        card=matter(materials.CARD, 0.75),
        foil=matter(materials.FOIL, 2.7),
        film=matter(materials.FILM, 0.9),
    )


def stick(make: Format, rng: np.random.Generator) -> Good:
    """One stick along z."""
    side = make.diameter_mm + 2.0
    volume = empty((side, side, make.length_mm + 1.0), FINE_MM)
    mass = _paint_stick(volume, (side / 2, side / 2), 0.5, make, blend(rng), grain=_grain(volume, rng))
    return Good(volume, sticks=1, tobacco_g=mass)


def pack(make: Format, rng: np.random.Generator) -> Good:
    """One closed pack."""
    volume = empty(make.pack_mm, FINE_MM)
    mass = _paint_pack(volume, (0.0, 0.0, 0.0), make, blend(rng), grain=_grain(volume, rng), rng=rng)
    return Good(volume, sticks=sum(make.rows), tobacco_g=mass)


def carton(make: Format, rng: np.random.Generator, packs: int = 10) -> Good:
    """A carton, 5 across and 2 deep; fewer `packs` are an opened one, emptied from one end."""
    _, deep = PACKS_IN_CARTON
    volume, maker = empty(make.carton_mm, FINE_MM), blend(rng)
    grain, mass = _grain(volume, rng), 0.0
    for slot in range(packs):
        loose = rng.uniform(0.0, 0.6, 3)
        corner = (
            1.0 + (slot // deep) * (make.pack_mm[0] + 0.5) + loose[0],
            0.4 + (slot % deep) * (make.pack_mm[1] + 0.2) + loose[1],
            0.6 + loose[2],
        )
        mass += _paint_pack(volume, corner, make, maker, grain=grain, rng=rng)
    shell(volume, (0.0, 0.0, 0.0), make.carton_mm, 0.4, maker.card)
    return Good(volume, sticks=packs * sum(make.rows), tobacco_g=mass)


def shreds(grams: float, rng: np.random.Generator) -> Good:
    """Cut tobacco in a soft bag or pressed into a brick: strands and clumps, no period."""
    return _bulk(grams, rng.uniform(0.20, 0.35), (0.8, 0.8, 2.5), 0.30, rng)


def leaf(grams: float, rng: np.random.Generator) -> Good:
    """Whole leaf in a bale: crumpled layers, lighter and less even than cut tobacco."""
    return _bulk(grams, rng.uniform(0.20, 0.30), (9.0, 1.2, 9.0), 0.45, rng)


def e_cigarette(rng: np.random.Generator) -> Good:
    """One disposable device along z: shell, cell, soaked wad and steel air way, in its carton box."""
    wide, deep, long = rng.uniform(18, 26), rng.uniform(13, 20), rng.uniform(75, 115)
    volume = empty((wide + 6, deep + 6, long + 8), FINE_MM)
    middle = ((wide + 6) / 2, (deep + 6) / 2)
    shell(volume, (0.4, 0.4, 0.4), (wide + 5, deep + 5, long + 7), 0.4, matter(materials.CARD, 0.75))
    shell(volume, (3.0, 3.0, 4.0), (wide, deep, long), 1.5, matter(materials.SHELL, 1.05))
    radius = deep / 2 - 2.0
    cell_end = 8.0 + rng.uniform(30, 40)
    rod(volume, middle, (8.0, cell_end), radius, matter(materials.CELL, 2.3))
    rod(volume, middle, (8.0, cell_end), radius, matter(materials.STEEL, 7.8), wall_mm=0.15)
    wad = (wide - 5.0, deep - 5.0, long - cell_end - 10.0)
    corner = (middle[0] - wad[0] / 2, middle[1] - wad[1] / 2, cell_end + 4.0)
    box(volume, corner, wad, matter(materials.LIQUID, 0.75))
    rod(volume, middle, (cell_end + 2.0, long), 2.0, matter(materials.STEEL, 7.8), wall_mm=0.12)
    return Good(volume, e_cigarettes=1)


def _paint_pack(
    volume: Volume, corner: Point, make: Format, maker: Blend, *, grain: Array, rng: np.random.Generator
) -> float:
    """Paints a pack with its corner here; returns its tobacco in g."""
    x, y, z = corner
    mass, headroom = 0.0, rng.uniform(0.8, 2.4)
    for row, count in enumerate(make.rows):
        indent = (make.pack_mm[0] - (count - 1) * make.diameter_mm) / 2
        for place in range(count):
            centre = (
                x + indent + place * make.diameter_mm + rng.normal(0, 0.1),
                y + 0.5 + make.diameter_mm / 2 + row * make.row_step_mm + rng.normal(0, 0.1),
            )
            foot = z + headroom + rng.normal(0, 0.25)
            filled = replace(maker, leaf=maker.leaf.scaled(rng.normal(1.0, 0.03)))
            mass += _paint_stick(volume, centre, foot, make, filled, grain=grain)
    _paint_wrapping(volume, corner, make, maker)
    return mass


def _paint_wrapping(volume: Volume, corner: Point, make: Format, maker: Blend) -> None:
    """Box, its second layer behind the lid, foil on its paper round the sticks, and film."""
    x, y, z = corner
    wide, deep, long = make.pack_mm
    shell(volume, corner, make.pack_mm, 0.3, maker.card)
    box(volume, (x + 0.3, y + 0.3, z + 0.62 * long), (wide - 0.6, 0.3, 0.34 * long), maker.card)
    shell(volume, (x + 0.4, y + 0.4, z + 0.4), (wide - 0.8, deep - 0.8, long - 0.8), 0.06, maker.paper)
    shell(volume, (x + 0.5, y + 0.5, z + 0.5), (wide - 1.0, deep - 1.0, long - 1.0), 0.0065, maker.foil)
    shell(volume, corner, make.pack_mm, 0.02, maker.film)


def _paint_stick(
    volume: Volume, centre: tuple[float, float], foot: float, make: Format, maker: Blend, *, grain: Array
) -> float:
    """Paints a stick, its tobacco first; returns its tobacco in g."""
    radius = make.diameter_mm / 2
    rod_end, top = foot + make.length_mm - make.filter_mm, foot + make.length_mm
    rod(volume, centre, (foot, rod_end), radius, maker.leaf, grain=grain)
    rod(volume, centre, (rod_end, top), radius, maker.tow)
    rod(volume, centre, (foot, top), radius, maker.paper, wall_mm=0.04)
    rod(volume, centre, (rod_end - 4.0, top), radius, maker.tipping, wall_mm=0.06)
    return maker.leaf.density * np.pi * (radius / 10) ** 2 * (rod_end - foot) / 10


def _grain(volume: Volume, rng: np.random.Generator) -> Array:
    """How tobacco lies in rods: shreds a few mm long, so density varies by a tenth."""
    shape, unit = volume.voxels.shape[:3], 1.0 / volume.voxel_mm
    return 1.0 + 0.12 * noise(shape, (0.9 * unit, 0.9 * unit, 2.0 * unit), rng)


def _bulk(grams: float, density: float, reach_mm: Point, contrast: float, rng: np.random.Generator) -> Good:
    """Tobacco of this mass in a rounded body: `contrast` of fine texture on clumps of a few cm."""
    proportions = np.array([rng.uniform(1.2, 2.0), rng.uniform(0.45, 0.8), 1.0])
    power = rng.uniform(2.2, 8.0)
    shape = _rounded(proportions, power)
    scale = (grams / density * 1000 / shape[1]) ** (1 / 3)
    sides = proportions * scale
    volume = empty((float(sides[0]) + 3, float(sides[1]) + 3, float(sides[2]) + 3), COARSE_MM)
    body = _body(volume, sides, power)
    fine = noise(body.shape, _voxels(reach_mm), rng)
    clumps = noise(body.shape, _voxels((12.0, 7.0, 12.0)), rng)
    texture = body * np.exp(contrast * fine + 0.22 * clumps)
    texture *= grams / (texture.sum(dtype=np.float64) * (COARSE_MM / 10) ** 3)
    skin = body * (1 - _eroded(body))
    leafy, film = tobacco(1.0, rng), matter(materials.FILM, 0.06)
    volume.voxels[...] = texture[..., None] * leafy.channels + skin[..., None] * film.channels
    return Good(volume, tobacco_g=grams)


def _rounded(proportions: Array | np.ndarray, power: float) -> tuple[int, float]:
    """The volume of a superellipsoid of these sides, counted on a grid of cells."""
    count = 48
    line = ((np.arange(count) + 0.5) / count) ** power
    inside = line[:, None, None] + line[None, :, None] + line[None, None, :] <= 1
    return count, float(inside.mean() * np.prod(proportions))


def _body(volume: Volume, sides: Array | np.ndarray, power: float) -> Array:
    """The share of each voxel that a superellipsoid of these sides covers."""
    lines = [
        np.abs((np.arange(count) + 0.5) * volume.voxel_mm - count * volume.voxel_mm / 2) / (side / 2)
        for count, side in zip(volume.voxels.shape[:3], sides, strict=True)
    ]
    x, y, z = (line**power for line in lines)
    away = (x[:, None, None] + y[None, :, None] + z[None, None, :]) ** (1 / power)
    edge = volume.voxel_mm / (float(np.min(sides)) / 2)
    return np.asarray(np.clip((1 - away) / edge + 0.5, 0, 1), np.float32)


def _eroded(body: Array) -> Array:
    inner = body.copy()
    for axis in range(3):
        inner = np.minimum(inner, np.minimum(np.roll(body, 1, axis), np.roll(body, -1, axis)))
    return inner


def _voxels(reach_mm: Point) -> Point:
    x, y, z = (side / COARSE_MM for side in reach_mm)
    return (x, y, z)
