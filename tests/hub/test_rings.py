"""The parcels of a ring come from few people to one, whatever spelling is on them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

from screener.contracts.wire import Manifest, Outcome
from screener.hub.chance import chance
from screener.hub.paperwork import manifest
from screener.hub.rings import SOURCES, Rings, of_ring
from screener.sealing import normalise
from screener.sealing.keys import Kind, fresh
from screener.sealing.parties import links
from screener.sealing.ring import KeyRing
from screener.stream.sqlite import Sqlite
from tests.stages.world import LEGAL, World, manifest_of, scan_of

RING = KeyRing.of([fresh(Kind.SEAL, "2026-11"), fresh(Kind.LINK, "1"), fresh(Kind.DRAW, "1")], "test")
START = datetime(2026, 3, 1, tzinfo=UTC)


def paper(seed: int, ring: int, number: int) -> Manifest:
    honest = manifest(chance(seed, number), parcel_id="P", hub="h1", goods=("tea",), declared_at=START)
    return of_ring(honest, seed, ring, number)


def test_members_share_their_people() -> None:
    papers = [paper(1, 3, number) for number in range(40)]
    assert len({links(one.consignor, RING).phone for one in papers}) == SOURCES
    receivers = [links(one.consignee, RING) for one in papers]
    assert len({link.phone for link in receivers if link.phone}) == 1
    assert len({link.building for link in receivers}) == 1
    assert len({one.consignee.phone for one in papers}) == 4
    assert len({one.consignee.name for one in papers}) > 1


def test_rings_do_not_share_people_with_others() -> None:
    bases = [paper(1, ring, 0).consignee.address or "" for ring in range(50)]
    assert len({normalise.building(address) for address in bases}) == 50


def test_a_ring_has_its_share_and_its_size() -> None:
    rings = Rings(0.2, 8)
    found = [rings.of(5, number) for number in range(4000)]
    members = Counter(ring for ring in found if ring is not None)
    assert abs(members.total() - 800) < 5 * (4000 * 0.2 * 0.8) ** 0.5
    assert 7 < members.total() / len(members) < 9
    places = defaultdict(list)
    for number, ring in enumerate(found):
        if ring is not None:
            places[ring].append(number)
    assert all(max(own) - min(own) < 40 for own in places.values())


def test_what_a_ring_sends_adds_up(tmp_path: Path) -> None:
    """No parcel is over the limit; their sum is, by the phone or the address of the base."""
    with Sqlite(tmp_path / "log.db") as log:
        world = World.build(log, tmp_path)
        for number in range(10):
            name, own = f"P{number}", paper(1, 0, number)
            declared = manifest_of(name, at_s=number, consignor=own.consignor, consignee=own.consignee)
            world.publish([declared, scan_of(name, LEGAL, at_s=number)])
        world.settle()
        held = [one for one in world.decisions() if one.outcome is Outcome.HOLD]
        assert held
        assert {reason.code for one in held for reason in one.reasons} >= {"sum_over_limit"}


def test_without_a_share_there_are_none() -> None:
    assert all(Rings().of(1, number) is None for number in range(50))
