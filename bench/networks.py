"""What [network] costs a parcel of interest, and how whole and how clean rings come out among strangers.

    python bench/networks.py [PICTURE.svg]

Ninety days of a city: rings of 20 to 80 parcels, each with a base, among strangers' parcels that a false
alarm or a gift made interesting, and shops and depots that many of them share.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from msgspec.structs import replace

from screener.cli.grouppicture import svg
from screener.contracts import topics
from screener.contracts.wire import End, Group, Tie
from screener.core import policy
from screener.core.networks.graph import Graph
from screener.core.networks.group import group_of
from screener.core.networks.note import TieNote, noted
from screener.stages.network import Circle
from screener.stream.port import Partition
from screener.stream.state import Table
from tests.cli.rings import end, ring, strangers

RINGS, STRANGERS, PEOPLE, SHOPS, STEP = 40, 7_500, 1_000_000, 60, 500


def city(chance: Random) -> dict[str, list[Tie]]:
    """The ties by ring; `strangers` are those of nobody's ring, a third of them from shops.

    One in twenty of a ring's receivers has a shop's parcel of interest too, and so leads to its customers.
    """
    rings = {
        f"r{n:02}": [*ring(chance.randrange(20, 81), chance, 1000 * n, f"r{n:02}")] for n in range(RINGS)
    }
    receivers = dict.fromkeys(one.consignee for some in rings.values() for one in some[1::2])
    customers = [one for one in receivers if chance.random() < 0.05]
    others = [*strangers(STRANGERS, PEOPLE, chance, first=1_000_000)]
    bought = [replace(one, consignor=_shop(chance)) for one in others[::3]]
    for number, customer in enumerate(customers):
        bought[number] = replace(bought[number], consignee=customer)
    return {**rings, "strangers": [*others[1::3], *others[2::3], *bought]}


def _shop(chance: Random) -> End:
    return end(f"shop{chance.randrange(SHOPS)}", 0)


def main() -> None:
    chosen, towns = policy.read(Path("configs/policy.toml")), city(Random(7))
    ties = sorted((one for some in towns.values() for one in some), key=lambda one: one.at)
    table = Table(Partition(topics.NETWORK_STATE, 0))
    circle, told = Circle(table, chosen), dict[str, Group]()
    taking_s = telling_s = worst_s = 0.0
    for start in range(0, len(ties), STEP):
        began = time.process_time()
        circle.take(iter(ties[start : start + STEP]))
        taken = time.process_time()
        told |= {group.group_id: group for _, group in circle.tell() if group is not None}
        taking_s, telling_s = taking_s + taken - began, telling_s + time.process_time() - taken
        worst_s = max(worst_s, taken - began)
    kept = sum(len(key) + len(value) for key, value in table.items())
    print(f"{len(ties):,} ties, of each {kept / len(ties):.0f} bytes are kept")
    print(f"{taking_s / len(ties) * 1e6:.0f} us to take one in, {worst_s * 1e3:.0f} ms for the longest step")
    print(f"{telling_s / len(ties) * 1e6:.0f} us to tell, where every step is followed by a reading")
    _purity(towns, ties, chosen.file.networks)
    if len(sys.argv) > 1:
        largest = [*_notes(towns["r00"])]
        first = largest[0]
        group = group_of(first.sender[0], first.at_ms, largest, chosen.file.networks, wide=False, small=400)
        Path(sys.argv[1]).write_text(svg(group), encoding="utf-8")


def _purity(towns: dict[str, list[Tie]], ties: list[Tie], settings: policy.Networks) -> None:
    graph = Graph(settings, map(noted, ties))
    groups = [{one.key for one in graph.ties_of(anchor)} for anchor in graph.anchors()]
    good = 0
    for some in (some for name, some in towns.items() if name != "strangers"):
        own = {f"{one.hub}/{one.parcel_id}" for one in some}
        best = max(groups, key=lambda group: len(group & own))
        good += len(best & own) >= 0.8 * len(own) and len(best - own) <= 0.1 * len(best)
    print(f"{good} of {RINGS} rings lie to 80 % in one group with at most 10 % strangers")
    print(f"{len(groups):,} groups, the largest has {max(map(len, groups)):,} parcels")


def _notes(ties: list[Tie]) -> Iterator[TieNote]:
    return map(noted, sorted(ties, key=lambda one: one.at))


if __name__ == "__main__":
    main()
