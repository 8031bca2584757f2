"""From a record of a simulated year to the notes that [decide] keeps: the pure core sees it as any parcel."""

from __future__ import annotations

import hashlib
from collections import namedtuple
from collections.abc import Iterable, Iterator
from functools import lru_cache
from math import isnan
from typing import Any, Final

import numpy as np

from screener.core.parcel import ManifestNote, Parcel, PartyNote, ViewNote
from screener.lab.year.columns import NOBODY, PARCEL
from screener.lab.year.goods import HS
from screener.lab.year.honest import HUBS
from screener.lab.year.people import PLACES

EPOCH_MS: Final = 1_735_689_600_000
"""The simulated year is 2025 (UTC): it lies in the past, as log times must."""

COURIER: Final = "simulated"

Record: Any = namedtuple("Record", list(PARCEL.names or ()))  # type: ignore[misc]


@lru_cache(maxsize=200_000)
def link(seed: int, kind: str, number: int) -> str | None:
    """The hash that stands for a name, phone, address or building; None for what is left out or masked."""
    if number == NOBODY:
        return None
    return hashlib.blake2b(f"{seed}/{kind}/{number}".encode(), digest_size=16).hexdigest()


def parcels(
    seed: int, table: np.ndarray, rows: Iterable[int], views: Iterable[ViewNote | None]
) -> Iterator[Parcel]:
    """The parcels of these rows as [decide] remembers them, each with its view."""
    for row, view in zip(rows, views, strict=True):
        yield parcel(seed, row, table[row], view)


def parcel(seed: int, row: int, record: np.void, view: ViewNote | None) -> Parcel:
    """One parcel with its manifest and its view."""
    one: Any = Record._make(record.tolist())
    scanned_ms = EPOCH_MS + round(one.at_s * 1000)
    return Parcel(
        hub=HUBS[one.hub],
        parcel_id=f"P{row}",
        identified=True,
        arrived_ms=scanned_ms,
        late=False,
        manifest=_manifest(seed, row, one, scanned_ms),
        views=() if view is None else (view,),
    )


def _manifest(seed: int, row: int, one: Any, scanned_ms: int) -> ManifestNote:
    described = one.goods != NOBODY
    goods = [sort for sort in (one.goods, one.more_goods) if sort != NOBODY]
    arrived_ms = scanned_ms + round(one.manifest_s * 1000)
    return ManifestNote(
        declared_ms=arrived_ms,
        digest=row.to_bytes(8, "big"),
        offset=row,
        decide_by_ms=None,
        arrived_ms=arrived_ms,
        waybill=f"WB{row:012d}",
        weight_g=_known(one.weight_g),
        value=None if _known(one.value_cny) is None else (one.value_cny, "CNY"),
        pieces=one.pieces or None,
        lines=1 + (one.more_goods != NOBODY),
        described=len(goods) if described else 0,
        hs_codes=tuple(sorted({HS[sort] for sort in goods})) if one.hs else (),
        contents=_contents(one),
        regions=(PLACES[one.origin], PLACES[one.destination]),
        consignor=_party(seed, one.from_name, one.from_phone, one.from_address, one.from_building),
        consignee=_party(seed, one.to_name, one.to_phone, one.to_address, one.to_building),
        courier=COURIER,
    )


def _known(figure: float) -> float | None:
    return None if isnan(figure) else figure


def _contents(one: Any) -> str:
    text = f"{one.goods}/{one.more_goods}/{one.contents}/{one.hs}"
    if one.goods == NOBODY:
        text = f"lines without a word: {1 + (one.more_goods != NOBODY)}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _party(seed: int, name: int, phone: int, address: int, building: int) -> PartyNote:
    return PartyNote(
        link(seed, "name", name),
        link(seed, "phone", phone),
        link(seed, "address", address),
        link(seed, "building", building),
    )
