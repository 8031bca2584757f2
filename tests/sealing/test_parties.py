"""A sealed party links to its likes, shows nothing, and opens as it was."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from screener.contracts.wire import Links, Party
from screener.sealing.errors import Tampered
from screener.sealing.parties import links, party_aad, seal_party, unseal_party
from tests.contracts.values import parties
from tests.sealing.test_ring import RING, ring

ZHANG = Party(name="Zhang San", phone="13800138000", address="Street 1", region="430100")


@given(parties)
@settings(max_examples=100)
def test_a_party_opens_as_it_was(party: Party) -> None:
    assert unseal_party(seal_party(party, RING, b"a"), RING, b"a") == party


def test_a_sealed_party_shows_nothing_but_its_region() -> None:
    wire = msgspec.json.encode(seal_party(ZHANG, RING, b"a"))
    assert not any(text in wire for text in (b"Zhang", b"13800138000", b"Street"))
    assert b"430100" in wire


def test_links_are_equal_for_one_identity_and_for_it_alone() -> None:
    again = Party(name="ZHANG SAN", phone="+86 138-0013-8000", address="street 1")
    assert links(again, RING) == links(ZHANG, RING) != links(ZHANG, ring())
    other = links(replace(ZHANG, name="Li Si"), RING)
    assert other.phone == links(ZHANG, RING).phone
    assert other.name != links(ZHANG, RING).name


def test_neighbours_have_one_building_and_two_addresses() -> None:
    one, other = (links(replace(ZHANG, address=f"示例路5栋{flat}室"), RING) for flat in (101, 202))
    assert one.building == other.building is not None
    assert one.address != other.address


def test_masked_and_missing_fields_link_to_nobody() -> None:
    assert links(Party(name="Z*", phone="138****8000"), RING) == Links()


def test_a_party_opens_in_its_own_role_alone() -> None:
    sealed = seal_party(ZHANG, RING, party_aad("P-1", "consignor"))
    for aad in (party_aad("P-1", "consignee"), party_aad("P-2", "consignor")):
        with pytest.raises(Tampered):
            unseal_party(sealed, RING, aad)
