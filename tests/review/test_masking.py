"""What is shown of personal data unasked: it never tells a number, a house, or more than it may."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.review import masking
from screener.review.masking import HIDDEN

ADDRESSES = {
    "湖南省长沙市芙蓉区人民路12号3栋502室": "湖南省长沙市芙蓉区人民路***",
    "长沙市建设三路二十一号": "长沙市建设三路***",
    "东城街道人民路８号": "东城街道人民路***",
    "北京市朝阳区建国门外大街1号": "北京市朝阳区建国门外大街***",
    "上海市黄浦区某弄12号": "上海市黄浦区***",
    "长沙市开福区湘江世纪城5栋": "长沙市开福区***",
    "人民路李家巷张三": "人民路***",
    "58号人民路": "***",
    "107国道旁加油站": "***",
    "Room 501, No. 12 Renmin Road, Furong District, Changsha": "*** Renmin Road ***",
    "12 Renmin East Road, Changsha": "*** Renmin East Road ***",
    "Musterstrasse 12, 10115 Berlin": "***",
    "": "***",
}


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_shown_to_its_street(text: str) -> None:
    assert masking.address(text) == ADDRESSES[text]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+86 138 0000 8000", "***8000"),
        ("１３８-００００-８０００", "***8000"),
        ("0731-8888 9999", "***9999"),
        ("110", "***"),
        ("secret", "***"),
        ("", "***"),
    ],
)
def test_a_number_is_shown_by_its_last_four_digits(text: str, shown: str) -> None:
    assert masking.phone(text) == shown


NAMES = {"李娜": "李***", "欧阳震华": "欧***", " John Smith": "J***", "李": "***", "": "***"}


@pytest.mark.parametrize(("text", "shown"), NAMES.items())
def test_a_name_is_shown_by_its_first_character(text: str, shown: str) -> None:
    assert masking.name(text) == shown


@given(st.text(max_size=60))
def test_a_name_never_shows_more_than_one_character(text: str) -> None:
    assert len(masking.name(text).removesuffix(HIDDEN)) <= 1


@given(st.text(st.sampled_from("0123456789０１ +-()（）转ab"), max_size=30))
def test_a_number_never_shows_more_than_four_of_its_digits(text: str) -> None:
    digits = re.findall(r"\d", text)
    shown = re.findall(r"\d", masking.phone(text))
    assert len(shown) == (4 if len(digits) >= 7 else 0)


CHINESE = ["湖南省", "长沙市", "芙蓉区", "街道", "人民", "路", "巷", "大道", "李娜", "收"]
NUMBERED = ["12", "三", "号", "栋", "502", "室", "５", "A", "座"]
LATIN = ["Renmin", " Road", ", ", "No. ", " ", "Room ", "Street ", "St"]

parts = st.lists(st.sampled_from([*CHINESE, *NUMBERED, *LATIN]), max_size=14)


@given(parts)
def test_an_address_never_shows_a_digit_nor_what_comes_after_its_first_street(found: list[str]) -> None:
    shown = masking.address("".join(found))
    assert not re.search(r"\d", shown)
    assert HIDDEN in shown
    kept = shown.strip("* ")
    assert len(re.findall(r"路|巷|大道", kept)) <= 1


@given(st.text(max_size=80))
def test_whatever_it_is_it_can_be_masked(text: str) -> None:
    assert masking.address(text)
    assert not re.search(r"[0-9]", masking.address(text))
