"""Disguised, parcels belong together as before, keep the contract, and name nobody."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.reading import read_manifest, read_scan_headers
from screener.contracts.wire import Links, Party
from screener.hub import people
from screener.hub.chance import chance
from screener.hub.recording.disguise import Disguise
from screener.hub.sent import Half
from screener.hub.traffic import Mix
from screener.sealing.parties import links
from tests.hub.recording.taped import PARCELS, taped
from tests.stages.world import RING

DISGUISE = Disguise(b"a secret of the test")
ADDRESSES = (
    "长沙市芙蓉路5栋1201室",
    "长沙市芙蓉路5栋3单元1201",
    "北京市示例路12号",
    "12 Example Street",
    "*",
    "",
)
PHONES = ("13800138000", "+86 138 0013 8000", "138****8000", "010-65123456", "")
parties = st.builds(
    Party,
    name=st.sampled_from(["张伟", "张 伟", "Ben Example", "BEN EXAMPLE", "张*", "李敏"]),
    phone=st.none() | st.sampled_from(PHONES),
    address=st.none()
    | st.sampled_from(ADDRESSES)
    | st.integers(0, 9).map(lambda seed: people.chinese(chance(seed)).address),
)


def fields(found: Links) -> tuple[str | None, ...]:
    return (found.name, found.phone, found.address, found.building)


@given(parties, parties)
@settings(max_examples=200, deadline=None)
def test_who_was_one_is_one_still_and_who_was_not_is_not(one: Party, other: Party) -> None:
    before = zip(fields(links(one, RING)), fields(links(other, RING)), strict=True)
    after = zip(
        fields(links(DISGUISE.party(one), RING)), fields(links(DISGUISE.party(other), RING)), strict=True
    )
    for (left, right), (new_left, new_right) in zip(before, after, strict=True):
        assert (left is None, right is None) == (new_left is None, new_right is None)
        assert (left == right) == (new_left == new_right)
        assert left is None or left != new_left


def test_sound_messages_keep_the_contract_and_name_nobody() -> None:
    left_out: Counter[Half] = Counter()
    given_messages = taped(1, Mix(duplicates=0.3, rescans=0.3))
    made = list(DISGUISE.messages(given_messages, "h1", left_out))
    assert not left_out
    assert len(set(made)) == len(set(given_messages))
    named: set[str | None] = set()
    for one in made:
        headers = tuple((name, value or b"") for name, value in one.headers)
        if one.half is Half.MANIFEST:
            named.add(read_manifest(one.value, headers, "h1", one.key).parcel_id)
        else:
            named.add(read_scan_headers(headers, "h1", one.key).parcel_id)
    assert len(named) == len(PARCELS)
    open_text = b"".join(repr((one.key, one.headers)).encode() for one in made) + b"".join(
        one.value or b"" for one in made if one.half is Half.MANIFEST
    )
    for parcel in PARCELS:
        paper = parcel.manifest
        for party in (paper.consignor, paper.consignee):
            for text in (party.phone, party.address):
                assert text is not None
                assert text.encode() not in open_text
        for text in (paper.parcel_id, paper.waybill, parcel.scan_id):
            assert f'"{text}"'.encode() not in open_text
            assert f"'{text}'".encode() not in open_text


def test_what_breaks_the_contract_is_left_out() -> None:
    left_out: Counter[Half] = Counter()
    messages = taped(3, Mix(corrupt=1.0))
    made = list(DISGUISE.messages(messages, "h1", left_out))
    assert len(made) + left_out.total() == len(messages)
    assert left_out.total() >= len(PARCELS) // 2
