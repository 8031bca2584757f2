"""Simulated paperwork is sound, differs from parcel to parcel, and names nobody who could be called."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.reading import encode, read_manifest
from screener.contracts.wire import Manifest
from screener.hub.chance import chance
from screener.hub.paperwork import WARES, manifest
from screener.hub.parcel import manifest_of
from tests.hub.parcels import START, parcel

UNREACHABLE = re.compile(r"010-0\d{7}|\+999 555 \d{7}")


def drawn(seed: int) -> Manifest:
    goods = tuple(WARES)[seed % len(WARES) :][:3]
    return manifest(chance(seed), parcel_id="P-1", hub="h1", goods=goods, declared_at=START)


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_paperwork_keeps_the_contract(seed: int) -> None:
    message = manifest_of(parcel(seed % 10, seed=seed))
    read = read_manifest(message.value, message.headers, "h1", message.key)
    assert read.declared_at < START


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_no_phone_number_can_be_dialled(seed: int) -> None:
    one = drawn(seed)
    for party in (one.consignor, one.consignee):
        assert party.phone is not None
        assert UNREACHABLE.fullmatch(party.phone)


@given(st.integers(0, 2**32))
@settings(max_examples=20)
def test_the_same_seed_writes_the_same_paper(seed: int) -> None:
    assert encode(drawn(seed)) == encode(drawn(seed))


def test_people_differ() -> None:
    assert len({drawn(seed).consignor.phone for seed in range(200)}) == 200
