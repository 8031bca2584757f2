"""What people write differently becomes equal, and what is masked identifies nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screener.sealing import normalise

phones = st.text("+00886 -()138０１２３转ext*", max_size=20)
addresses = st.text("街路号-－—~ 3１2ａA,，。.", max_size=20)


@given(st.text(max_size=30) | phones | addresses)
@example("+0086 138 0013 8000")
@example("ΐ")
@settings(max_examples=300)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    for normal in (normalise.name, normalise.phone, normalise.address):
        once = normal(text)
        assert once is None or normal(once) == once


@pytest.mark.parametrize(
    ("normal", "same"),
    [
        (
            normalise.phone,
            [
                "13800138000",
                "+86 138 0013 8000",
                "0086-13800138000",
                "8613800138000",
                "１３８００１３８０００",
                "(+86)138-0013-8000",
            ],
        ),
        (normalise.phone, ["0731-28223497", "+86 731 28223497", "+86 0731 28223497", "(0731)28223497转12"]),
        (normalise.phone, ["+44 7911 123456", "0044 7911 123456"]),
        (normalise.name, ["张三", "张 三", " 张　三\t"]),
        (normalise.name, ["Zhang San", "ZHANG SAN", "Ｚｈａｎｇ－Ｓａｎ", "zhang.san"]),
        (
            normalise.address,
            ["长沙市芙蓉路3-12号,201室", "长沙市 芙蓉路３－１２号，201室", "长沙市芙蓉路3—12号 201室。"],
        ),
        (normalise.address, ["Main St. 5", "main st 5"]),
    ],
)
def test_spellings_of_one_are_equal(normal: Callable[[str], str | None], same: list[str]) -> None:
    assert len({normal(text) for text in same}) == 1
    assert normal(same[0]) is not None


@pytest.mark.parametrize(
    ("normal", "one", "other"),
    [
        (normalise.address, "路3-12号", "路31-2号"),
        (normalise.phone, "13800138000", "13800138001"),
        (normalise.phone, "28223497", "0731-28223497"),
        (normalise.name, "张三", "张三丰"),
    ],
)
def test_different_ones_stay_different(normal: Callable[[str], str | None], one: str, other: str) -> None:
    assert normal(one) != normal(other)


@pytest.mark.parametrize("text", ["", "   ", "---", "138****8000", "张*", "*", "芙蓉路**号"])
def test_what_is_empty_or_masked_identifies_nobody(text: str) -> None:
    assert (normalise.name(text), normalise.phone(text), normalise.address(text)) == (None, None, None)


@pytest.mark.parametrize("text", ["unknown", "1", "+86", "none"])
def test_what_is_no_phone_number_identifies_nobody(text: str) -> None:
    assert normalise.phone(text) is None
