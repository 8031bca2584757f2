"""The worlds by name: what differs from one simulated city to another. Those of the verdict teach nothing.

Seeds were settled before any weight was fitted; how smugglers declare has changed since. The lists differ in
seeds and in parameters: another mix of regions, other rings, other base rates.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

REGIONS: Final = (
    *("110000", "120000", "130000", "140000", "150000", "210000", "220000", "230000", "310000", "320000"),
    *("330000", "340000", "350000", "360000", "370000", "410000", "420000", "430000", "440000", "450000"),
    *("460000", "500000", "510000", "520000", "530000", "540000", "610000", "620000", "630000", "640000"),
    *("650000", "VN", "MM", "HK", "TW", "JP", "KR"),
)
"""Provinces by their administrative code, and neighbours abroad: where parcels come from and go to."""

DISTRICTS: Final = ("430102", "430103", "430104", "430105", "430111", "430112", "430121", "430181", "430182")
"""The districts of the city."""


class WorldSettings(Struct, frozen=True, kw_only=True):
    """One world. Shares are of all parcels unless said otherwise.

    `hot` are regions that smugglers prefer at first, `hot_later` those after the break on day `break_day`;
    both by `REGIONS`. `fronts` is the share of smugglers who send in the name of a shop that has honest
    trade, too, `transit` that of their parcels that leave the city. `in_rings` is the share of illegal
    parcels that rings send. `sharing` is how likely a ring's parcel uses again a phone and an address of the
    ring; `caution` how much of its habits and contacts a ring gives up when a parcel of its is opened.
    `tipped_rings` become known to investigators once or more; for each true tip there are `false_tips`.
    `region_mix` is how uneven honest trade is by region.
    """

    name: str
    seed: int
    parcels: int = 1_000_000
    days: int = 365
    legal: float = 0.014
    licensed: float = 0.004
    illegal: float = 0.003
    in_rings: float = 0.7
    hot: tuple[str, ...] = ("350000", "440000", "450000", "530000", "VN", "MM")
    hot_later: tuple[str, ...] = ("330000", "370000", "410000", "HK", "520000")
    hot_share: float = 0.4
    fronts: float = 0.5
    transit: float = 0.15
    campaign: float = 11.0
    campaign_days: float = 6.0
    sharing: float = 0.75
    caution: float = 0.6
    break_day: int = 183
    tipped_rings: float = 0.25
    tipped_lone: float = 0.04
    false_tips: float = 1.5
    late: float = 0.03
    undescribed: float = 0.04
    region_mix: float = 0.9
    under_declared: float = 0.3


FITTING_WORLDS: Final = (
    WorldSettings(name="fitting-a", seed=1_101),
    WorldSettings(name="fitting-b", seed=1_102, illegal=0.0015, legal=0.011, campaign=9.0, region_mix=0.7),
    WorldSettings(
        name="fitting-c",
        seed=1_103,
        illegal=0.0045,
        in_rings=0.8,
        sharing=0.6,
        hot=("350000", "VN", "HK", "530000"),
    ),
    WorldSettings(name="fitting-d", seed=1_104, in_rings=0.55, caution=0.3, late=0.05, undescribed=0.06),
)

VERDICT_WORLDS: Final = (
    WorldSettings(
        name="verdict-a",
        seed=9_011,
        hot=("350000", "530000", "VN", "210000"),
        campaign=13.0,
        campaign_days=8.0,
    ),
    WorldSettings(
        name="verdict-b",
        seed=9_012,
        illegal=0.0018,
        legal=0.012,
        hot=("440000", "MM", "420000", "340000"),
        sharing=0.65,
        region_mix=1.1,
    ),
    WorldSettings(
        name="verdict-c",
        seed=9_013,
        illegal=0.0048,
        legal=0.019,
        in_rings=0.6,
        caution=0.8,
        hot_later=("310000", "440000", "JP"),
    ),
    WorldSettings(
        name="verdict-d",
        seed=9_014,
        illegal=0.0025,
        in_rings=0.8,
        campaign=8.0,
        campaign_days=10.0,
        sharing=0.85,
        tipped_rings=0.15,
        false_tips=3.0,
        hot_share=0.3,
    ),
    WorldSettings(
        name="verdict-e",
        seed=9_015,
        illegal=0.0035,
        licensed=0.006,
        hot=("450000", "KR", "370000", "VN"),
        hot_share=0.35,
        late=0.05,
        undescribed=0.06,
        under_declared=0.2,
        break_day=175,
    ),
)


def smaller(settings: WorldSettings, parcels: int) -> WorldSettings:
    """The same world with fewer parcels a year."""
    return replace(settings, parcels=parcels)
