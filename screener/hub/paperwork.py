"""Simulated paperwork: a manifest that a sender could have written for what lies in a parcel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from screener.contracts.wire import Content, Manifest, Money, Party, SizeMm
from screener.hub import people
from screener.hub.chance import Rng, one_of

COURIERS = ("Demo Express", "Sample Post", "示例速递")


@dataclass(frozen=True, slots=True)
class Wares:
    """How one sort of goods is declared: in Chinese, by HS code, at what unit price in yuan."""

    chinese: str
    hs_code: str
    price: tuple[float, float]


WARES = {
    "adapter": Wares("电源适配器", "850440", (20, 120)),
    "batteries": Wares("电池", "850760", (10, 200)),
    "books": Wares("书籍", "490199", (15, 90)),
    "cable": Wares("数据线", "854442", (10, 60)),
    "canned food": Wares("罐头食品", "160100", (8, 40)),
    "chopsticks": Wares("筷子", "441912", (10, 50)),
    "clothing": Wares("服装", "610910", (40, 400)),
    "confectionery": Wares("糖果", "170490", (10, 80)),
    "drinks": Wares("饮料", "220299", (5, 60)),
    "electronics": Wares("电子产品", "851762", (100, 3000)),
    "food": Wares("食品", "190590", (10, 100)),
    "gifts": Wares("礼品", "950590", (20, 300)),
    "hardware": Wares("五金件", "731815", (5, 150)),
    "household goods": Wares("日用品", "392410", (10, 120)),
    "incense": Wares("香", "330741", (10, 90)),
    "medicine": Wares("药品", "300490", (15, 200)),
    "shoes": Wares("鞋", "640419", (80, 600)),
    "stationery": Wares("文具", "960810", (5, 60)),
    "tableware": Wares("餐具", "691110", (20, 200)),
    "tea": Wares("茶叶", "090230", (50, 500)),
    "tools": Wares("工具", "820559", (20, 300)),
    "toys": Wares("玩具", "950300", (20, 250)),
}
OTHER_WARES = Wares("其他物品", "392690", (10, 200))


def manifest(
    rng: Rng,
    *,
    parcel_id: str,
    hub: str,
    goods: Sequence[str],
    declared_at: datetime,
    weight_g: float | None = None,
    size_mm: tuple[float, float, float] | None = None,
) -> Manifest:
    """A manifest with made-up people and the declaration of `goods` (English names)."""
    length, width, height = (round(side, 1) for side in size_mm or (0.0, 0.0, 0.0))
    return Manifest(
        parcel_id=parcel_id,
        waybill=f"WB{int(rng.integers(10**11, 10**12))}",
        hub=hub,
        courier=one_of(rng, COURIERS),
        consignor=people.chinese(rng),
        consignee=_consignee(rng),
        contents=tuple(_content(rng, name) for name in goods),
        weight_g=None if weight_g is None else round(max(weight_g, 1.0), 1),
        size_mm=None if size_mm is None else SizeMm(length=length, width=width, height=height),
        declared_at=declared_at - timedelta(minutes=int(rng.integers(10, 3 * 24 * 60))),
    )


def _consignee(rng: Rng) -> Party:
    return people.english(rng) if rng.random() < 0.3 else people.chinese(rng)


def _content(rng: Rng, name: str) -> Content:
    wares = WARES.get(name, OTHER_WARES)
    low, high = wares.price
    quantity = int(rng.integers(1, 7))
    return Content(
        text=wares.chinese if rng.random() < 0.7 else name,
        hs_code=wares.hs_code if rng.random() < 0.8 else None,
        quantity=quantity,
        value=Money(amount=round(quantity * float(rng.uniform(low, high)), 2), currency="CNY"),
    )
