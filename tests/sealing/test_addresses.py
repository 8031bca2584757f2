"""Addresses of one house are equal however they are written; those of two houses never are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from screener.sealing import normalise, numerals

writings = st.text(
    "路号楼栋幢座单元层室房#-－— 3１2一二十〇零百5aA,，。(地下fFroomunitapt第中国湖南", max_size=24
)
numbers = st.integers(1, 9999)


def in_words(number: int) -> str:
    """A number digit by digit: 一二〇一."""
    return "".join("〇一二三四五六七八九"[int(digit)] for digit in str(number))


def in_tens(number: int) -> str:
    return numerals._spelt(number) if number >= 10 else in_words(number)


def in_full_width(number: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(number))


written: st.SearchStrategy[Callable[[int], str]] = st.sampled_from([str, in_words, in_tens, in_full_width])
houses = st.sampled_from(["号楼", "栋", "幢", "号栋", "#楼"])
rooms = st.sampled_from(["室", "房", "", "号房", " 室"])
gaps = st.sampled_from(["", " ", "，", "　", "、"])
rests = st.sampled_from(["", "1201", " 12室"])
streets = st.sampled_from(["长沙市芙蓉路", "北京市朝阳区五一路", "Example Road "])


@given(writings)
@example("中国 中国湖南 3 #楼")
@example("3十 5")
@example("fl at 5")
@settings(max_examples=100)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    for normal in (normalise.address, normalise.building):
        once = normal(text)
        assert once is None or normal(once) == once


@st.composite
def flats(draw: st.DrawFn) -> tuple[str, str]:
    """A flat as somebody writes it, and its house as we do: 长沙市芙蓉路 三号楼，1201 室."""
    street, house, room = draw(streets), draw(numbers), draw(numbers)
    house_word, room_word = draw(houses), draw(rooms)
    # a number in words is one only before a word that counts
    house_text = str(house) if house_word == "#楼" else draw(written)(house)
    room_text = draw(written)(room) if room_word.strip() else str(room)
    text = f"{street}{draw(gaps)}{house_text}{house_word}{draw(gaps)}{room_text}{room_word}"
    return text, f"{street}{house}栋{room}"


@given(flats())
@settings(max_examples=150)
def test_spellings_of_one_flat_are_equal(flat: tuple[str, str]) -> None:
    text, ours = flat
    assert normalise.address(text) == normalise.address(ours)
    assert normalise.building(text) == normalise.address(ours.partition("栋")[0] + "栋")


@given(
    street=streets,
    pair=st.tuples(numbers, numbers),
    house=houses,
    rest=st.sampled_from(["", "1201", " 12室"]),
)
@settings(max_examples=100)
def test_different_house_numbers_are_never_equal(
    street: str, pair: tuple[int, int], house: str, rest: str
) -> None:
    assume(pair[0] != pair[1])
    for normal in (normalise.address, normalise.building):
        for word in (house, "号"):
            one, other = (normal(f"{street}{number}{word}{rest}") for number in pair)
            assert one != other


@given(st.tuples(numbers, numbers), st.tuples(numbers, numbers), gaps)
@settings(max_examples=100)
def test_numbers_side_by_side_never_merge(one: tuple[int, int], other: tuple[int, int], gap: str) -> None:
    assume(one != other and gap)
    assert normalise.address(gap.join(map(str, one))) != normalise.address(gap.join(map(str, other)))


@given(st.integers(10, 9999))
@settings(max_examples=100)
def test_a_numeral_is_its_number(number: int) -> None:
    assert numerals.in_digits(f"{numerals._spelt(number)}号") == f"{number}号"


@pytest.mark.parametrize(
    "same",
    [
        ["芙蓉路3号楼2单元1201室", "芙蓉路三幢二单元一二〇一房", "芙蓉路 ３#楼，2单元，1201"],
        ["中国湖南省长沙市五一路10号", "湖南省长沙市五一路十号", "中华人民共和国湖南省长沙市五一路拾号"],
        ["测试大道壹佰零伍号", "测试大道105号", "测试大道一〇五号"],
    ],
)
def test_known_spellings_of_one_address(same: list[str]) -> None:
    assert len({normalise.address(text) for text in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3#1201", "31#201"),
        ("5 1201", "51201"),
        ("1二号", "12号"),
        ("五一路3号", "五路13号"),
        ("中国银行大厦", "银行大厦"),
        ("湖南省长沙市芙蓉路3号", "长沙市芙蓉路3号"),
        ("A座3层", "B座3层"),
    ],
)
def test_what_is_not_surely_one_address_stays_two(one: str, other: str) -> None:
    assert normalise.address(one) != normalise.address(other)


@pytest.mark.parametrize(
    ("text", "building"),
    [
        ("示例路5栋3单元1201室", "示例路5栋"),
        ("示例路5栋甲单元", "示例路5栋"),
        ("示例大厦B座12层1203室", "示例大厦b座"),
        ("示例大厦12楼1203", "示例大厦"),
        ("示例三区318楼2单元501", "示例三区318楼"),
        ("示例弄45号地下1层", "示例弄45号"),
        ("示例小区5-1201", "示例小区5"),
        ("示例路3-12号", "示例路3-12号"),
        ("示例路2号", "示例路2号"),
        ("Room 1201, 5/F, 88 Example Street", "88examplestreet"),
        ("88 Example Street, Apt. 4", "88examplestreet"),
        ("88 Example Street #4", "88examplestreet"),
        ("Flat B, 88 Example Street", "88examplestreet"),
        ("88 Example Street, 12th Floor", "88examplestreet"),
        ("Unit 3", None),
        ("示例路**号", None),
    ],
)
def test_the_building_of_an_address(text: str, building: str | None) -> None:
    assert normalise.building(text) == building
