"""A pool of parcels that are painted (or read) once and sent again and again under new ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from screener.cli import cargo
from screener.cli.cargo import TIP, Run, ScanFile, Slot, Stock
from screener.hub.chance import chance, one_of
from screener.hub.parcel import TrafficParcel

_POOL, _CHOICE = 0x901, 0x902
"""What the draws of this module are for."""

CLEAN_SHARE: Final = 0.6
"""Of a pool; the other loads share the rest, so that the few that are loaded differ from each other, too."""

Pool = Mapping[str, Sequence[Stock]]
"""Stocks by load."""


def painted_pool(run: Run, size: int) -> Pool:
    """`size` parcels of the simulator, at least one with each load that the run sends."""
    loads = planned(run, size)
    seeds = [int(chance(run.seed, number, _POOL).integers(1 << 62)) for number in range(len(loads))]
    stocks = list(cargo.in_processes(_paint, zip(seeds, loads, strict=True)))
    return {load: [one for one, own in zip(stocks, loads, strict=True) if own == load] for load in loads}


def planned(run: Run, size: int) -> list[str]:
    """The loads of a pool."""
    others = ["legal", *(["over"] if run.over else []), *([TIP] if run.tips else [])]
    loaded = max(len(others), round(size * (1 - CLEAN_SHARE)))
    clean = max(1, size - loaded)
    return ["clean"] * clean + [others[number % len(others)] for number in range(loaded)]


def _paint(order: tuple[int, str]) -> Stock:
    return cargo.painted(*order)


def filed_pool(files: Sequence[ScanFile], pitch_mm: float) -> Pool:
    """The images of files, whatever they are loaded with."""
    return {"": list(cargo.in_processes(partial(_read, pitch_mm), files))}


def _read(pitch_mm: float, file: ScanFile) -> Stock:
    return cargo.stock_of(file.path, pitch_mm)


def drawn_parcels(slots: Iterable[Slot], pool: Pool) -> Iterator[TrafficParcel]:
    """A parcel out of the pool for each slot, with ids and paper of its own."""
    for slot in slots:
        stocks = pool.get("") or pool[cargo.load_of(slot)]
        yield cargo.parcel_of(slot, one_of(slot.chance(_CHOICE), stocks))
