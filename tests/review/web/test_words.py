"""Every text of the pages has a translation that says the same figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from babel.messages import pofile
from babel.messages.catalog import Message

from screener.review.web import collecting, words
from screener.review.web.formats import Formats

PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")
MEND = "stale: `make words`, then translate what is empty in screener/review/locale"


def translated() -> Iterator[Message]:
    with words.catalogue_path("zh").open("rb") as file:
        yield from (one for one in pofile.read_po(file, locale="zh_Hans") if one.id)


def test_every_text_is_translated() -> None:
    wanted = {collecting.key(text) for _, text in collecting.texts()}
    known = {collecting.key(one.id) for one in translated() if one.string and all(collecting.forms(one))}
    assert wanted - known == set(), MEND
    assert known - wanted == set(), MEND


def test_a_translation_fills_in_the_same_figures() -> None:
    for one in translated():
        asked = {place for text in collecting.key(one.id) for place in PLACES.findall(text)}
        said = {place for text in collecting.forms(one) for place in PLACES.findall(text)}
        assert said == asked, one.id


def test_dates_and_amounts_are_written_as_each_language_expects() -> None:
    from tests.review.web.conftest import NOON

    zone = ZoneInfo("Asia/Shanghai")
    zh, en = (Formats(words.of(language), zone) for language in ("zh", "en"))
    assert (zh.moment(NOON), en.moment(NOON)) == ("2026年11月23日 12:00", "23 Nov 2026 12:00")
    assert (zh.sticks(12000), en.sticks(12000)) == ("12,000 支", "12,000 sticks")
    assert (en.sticks(1), en.cartons(200), en.cartons(500)) == ("1 stick", "1 carton", "2.5 cartons")
    assert (en.duration(59), en.duration(3 * 3600), en.duration(100000)) == ("59 s", "3 h", "1 d 3 h")
    assert en.grams(1250) == "1.25 kg" and en.percent(0.125, 1) == "12.5%"
