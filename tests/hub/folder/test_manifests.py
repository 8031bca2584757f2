"""Rows of CSV files become manifests, each for itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.errors import BadConfig, BadInput
from screener.hub.folder.manifests import ManifestWriter, as_csv
from screener.hub.folder.settings import Clock, Manifests
from tests.hub.folder.hub import opened, settings

CHINESE = Manifests(encoding="gb18030", constants={"courier": "Example Express"})
NAMES = "parcel_id,waybill,consignor.name,consignee.name,weight_g\n"


def test_rows_are_sent_and_bad_ones_laid_aside_to_be_mended(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("manifest-1.csv", NAMES + "P1,W1,A,B,100\nP2,W2,A,B,heavy\nP3,W3,A,,5\n")
        hub.settle()
        assert [one.parcel_id for one in hub.manifests()] == ["P1"]
        assert hub.places()["sent"] == ["manifest-1.csv"]
        (mended,) = hub.places()["refused"]
        why = hub.why(mended)
        assert "row 3" in why
        assert "$.weight_g" in why
        assert "row 4" in why
        (aside,) = hub.watched.glob("refused/**/*.csv")
        hub.write("manifest-2.csv", aside.read_text().replace("heavy", "70").replace("A,,", "A,C,"))
        hub.settle()
        assert sorted(one.parcel_id for one in hub.manifests()) == ["P1", "P2", "P3"]


def test_rows_laid_aside_are_in_the_encoding_that_they_came_in(tmp_path: Path) -> None:
    with opened(tmp_path, settings(manifests=CHINESE)) as hub:
        hub.write("manifest-1.csv", (NAMES + "P1,W1,张三,李四,1\nP2,W2,张三,李四,x\n").encode("gb18030"))
        hub.settle()
        (aside,) = hub.watched.glob("refused/**/*.csv")
        hub.write("manifest-2.csv", aside.read_bytes().replace(b"x", b"2"))
        hub.settle()
        assert [one.consignor.name for one in hub.manifests()] == ["张三", "张三"]


def test_a_file_of_bad_rows_alone_is_refused_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("manifest-1.csv", NAMES + "P1,W1,A,B,x\n")
        hub.write("manifest-2.csv", b"\x00\xff\xfe")
        hub.settle()
        assert hub.places()["refused"] == ["manifest-1.csv", "manifest-2.csv"]
        assert "row 2" in hub.why("manifest-1.csv")


def test_a_row_that_comes_again_in_a_longer_file_is_sent_once(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        rows = [f"P{number},W{number},A,B,10\n" for number in range(9)]
        for stop in (3, 6, 9):
            hub.write("manifest-day.csv", NAMES + "".join(rows[:stop]))
            hub.settle()
        assert sorted(one.parcel_id for one in hub.manifests()) == [f"P{number}" for number in range(9)]


def test_columns_units_times_and_constants_are_mapped(tmp_path: Path) -> None:
    columns = {
        "parcel_id": "条码",
        "waybill": "条码",
        "consignor.name": "From",
        "consignee.name": "To",
        "contents.text": "Goods",
        "contents.value.amount": "Worth",
        "weight_g": "kg",
        "declared_at": "Posted",
    }
    wanted = Manifests(
        columns=columns,
        constants={"courier": "Ex", "contents.value.currency": "CNY"},
        weight_unit="kg",
        time_format="%d.%m.%Y %H:%M",
        encoding="gb18030",
    )
    text = "条码;From;To;Goods;Worth;kg;Posted\nP1;李;王;茶;12.5;0.25;01.05.2026 09:30\n"
    with opened(tmp_path, settings(manifests=wanted, clock=Clock(zone="Asia/Shanghai"))) as hub:
        hub.write("manifest.csv", text.encode("gb18030"))
        hub.settle()
        (found,) = hub.manifests()
    assert (found.parcel_id, found.waybill, found.courier, found.consignor.name) == ("P1", "P1", "Ex", "李")
    assert found.weight_g == 250
    assert found.declared_at == datetime(2026, 5, 1, 1, 30, tzinfo=UTC)
    assert found.contents[0].value is not None
    assert found.contents[0].value.amount == 12.5


def test_no_cell_of_a_person_is_told(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("manifest.csv", NAMES + "P1,W1," + "Secret" * 50 + ",B,1\n")
        hub.settle()
        assert "Secret" not in hub.why("manifest.csv")


def test_an_unknown_field_is_a_wrong_setting() -> None:
    with pytest.raises(BadConfig, match="consigner"):
        ManifestWriter(settings(manifests=Manifests(columns={"consigner.name": "From"})))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), max_size=5))
def test_whatever_the_cells_hold_each_row_is_a_message_or_has_a_reason(rows: list[list[str]]) -> None:
    import csv
    import io

    text = io.StringIO()
    csv.writer(text).writerows([NAMES.strip().split(","), *rows])
    try:
        found = ManifestWriter(settings()).read(text.getvalue().encode(), datetime(2026, 5, 1, tzinfo=UTC))
    except BadInput:
        return
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(found.good) + len(found.bad) <= len(filled)
    if found.bad:
        again = ManifestWriter(settings()).read(as_csv(found.bad, "utf-8"), datetime(2026, 5, 1, tzinfo=UTC))
        assert len(again.bad) == len(found.bad)
