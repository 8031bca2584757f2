"""What is doubtful in words: wrong encodings, made-up ids and numbers; sound ones are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.hub import people
from screener.hub.chance import chance
from screener.hub.check import texts

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=30)


@given(CHINESE)
def test_chinese_that_was_misread_is_seen_and_chinese_is_not_doubted(text: str) -> None:
    assert not texts.misread(text)
    assert not texts.lost(text)
    assert texts.misread(text.encode().decode("latin-1"))


@given(CHINESE.filter(lambda text: len(text) > 1))
def test_chinese_that_an_ascii_column_lost_is_seen(text: str) -> None:
    assert texts.lost(text.encode("ascii", "replace").decode())


@pytest.mark.parametrize("text", ["Café Müller", "Señor Ibáñez", "Straße 5", "Is it? Yes", "São Paulo"])
def test_latin_letters_are_no_mojibake(text: str) -> None:
    assert not texts.misread(text)
    assert not texts.lost(text)


@given(st.integers(0, 10_000))
def test_simulated_people_have_numbers_and_regions_that_could_be(seed: int) -> None:
    for party in (people.chinese(chance(seed)), people.english(chance(seed))):
        assert party.region is not None
        assert texts.known_region(party.region)


@pytest.mark.parametrize("phone", ["00000000000", "13800000000", "1", "12345678", "+86 111 1111 1111"])
def test_made_up_phones(phone: str) -> None:
    assert texts.made_up_phone(phone)


@pytest.mark.parametrize("phone", ["138****8000", "13812345679", "+1 202 555 0173", "010-6512 3456"])
def test_phones_that_could_be(phone: str) -> None:
    assert not texts.made_up_phone(phone)


@pytest.mark.parametrize("name", ["NOREAD", "no-read", "UNKNOWN", "TEST01", "00000000", "null", "XXXX"])
def test_made_up_ids(name: str) -> None:
    assert texts.made_up_id(name)


@pytest.mark.parametrize("name", ["P1-6915a-00001", "YT8823019283746", "RB123456785CN", "0012345678"])
def test_ids_that_could_be(name: str) -> None:
    assert not texts.made_up_id(name)


@pytest.mark.parametrize(
    ("region", "known"), [("CN", True), ("GB-LND", True), ("430100", True), ("CHINA", False)]
)
def test_regions(region: str, known: bool) -> None:
    assert texts.known_region(region) is known
