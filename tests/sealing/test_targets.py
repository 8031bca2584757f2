"""A target meets the parties it names, and is read by those with a key alone."""

from __future__ import annotations

import msgspec
import pytest

from screener.sealing.errors import Tampered
from screener.sealing.parties import Linkable, links
from screener.sealing.targets import masked, seal_target, target_aad, unseal_target
from tests.sealing.test_parties import ZHANG
from tests.sealing.test_ring import RING

AAD = target_aad("screener.tips", "tip-1")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", "+86 138-0013-8000"),
        ("name", "ZHANG SAN"),
        ("address", "street, 1"),
        ("building", "Street 1, Room 5"),
    ],
)
def test_it_meets_the_party_it_names(kind: Linkable, text: str) -> None:
    target = seal_target(kind, text, RING, AAD)
    assert target is not None
    assert target.link == getattr(links(ZHANG, RING), kind)
    assert unseal_target(target, RING, AAD) == text


def test_it_shows_nothing_and_opens_for_its_own_entry_alone() -> None:
    target = seal_target("phone", "13800138000", RING, AAD)
    assert target is not None
    assert b"13800138000" not in msgspec.json.encode(target)
    with pytest.raises(Tampered):
        unseal_target(target, RING, target_aad("screener.tips", "tip-2"))


@pytest.mark.parametrize("text", ["", "138****8000", "--"])
def test_what_is_masked_names_nobody(text: str) -> None:
    assert seal_target("phone", text, RING, AAD) is None


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("phone", "13800138000", "138****8000"),
        ("phone", "28223", "****"),
        ("name", "张三", "张*"),
        ("address", "湖南省长沙市开福区示范路1号", "湖南省长沙市****"),
        ("building", "示范路1号", "示范****"),
    ],
)
def test_what_is_shown_without_asking_is_masked(kind: str, text: str, shown: str) -> None:
    assert masked(kind, text) == shown
