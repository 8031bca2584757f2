"""A training set is what people decided, whole, of nobody, and no more than its maker may see."""

from __future__ import annotations

import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import insert, select, update

from screener.errors import BadConfig
from screener.lab.adaptation import scans
from screener.review import database
from screener.review.errors import Hidden
from screener.review.feedback.views import Place
from screener.review.fiction.tables import fiction, given
from screener.review.schema import audit, parcel
from tests.review.feedback.hall import EAST, FOUND, Cut, Hall, cut, picture
from tests.review.stations import NOW


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def contents(folder: Path) -> set[tuple[str, str, str]]:
    """What is in it, without the names that no other export has."""
    return {(line["sha256"], line["known"], line["load"]) for line in lines(folder)}


def decoded(content: bytes) -> NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def test_it_holds_what_people_decided_and_the_lab_reads_it_so(hall: Hall, tmp_path: Path) -> None:
    hall.month()
    hall.arrives("found", 0.8, place=Place("east", "xr-2"))
    hall.arrives("found", 0.8, place=Place("west", "xr-1"))
    done = hall.export(tmp_path / "set")
    assert done.scans == {"found": 3, "nothing": 1, "released": 1}
    assert done.left_out == {}
    read = scans.listed(tmp_path / "set/scans", 9.9, tmp_path / "set/outcomes.jsonl")
    assert sorted(one.known.value for one in read) == ["found"] * 3 + ["nothing found", "ordinary"]
    assert {one.pitch_across_mm for one in read} == {1.5}
    found = [line for line in lines(tmp_path / "set") if line["known"] == "found"]
    assert {(line["sticks"], line["load"], line["kind"]) for line in found} == {
        (600, "600 sticks", "cigarettes")
    }


def test_its_pixels_are_those_that_were_scanned(hall: Hall, tmp_path: Path) -> None:
    hall.month()
    hall.export(tmp_path / "set")
    scanned = [decoded(picture(number, dark)) for number, dark in ((1, 0.8), (4, 0.4))]
    for line in lines(tmp_path / "set"):
        content = (tmp_path / "set/scans" / line["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == line["sha256"]
        assert len(content) == line["bytes"]
    written = [decoded(path.read_bytes()) for path in (tmp_path / "set/scans").glob("*.png")]
    for one in scanned:
        assert any(np.array_equal(one, other) for other in written)


def test_why_each_was_selected_is_said_so_that_figures_can_be_weighted(hall: Hall, tmp_path: Path) -> None:
    hall.month()
    hall.export(tmp_path / "set")
    by_why = {line["why"]: line for line in lines(tmp_path / "set")}
    assert (by_why["random"]["drawn"], by_why["random"]["weight"]) == (True, 100.0)
    assert (by_why["load"]["drawn"], by_why["load"]["weight"]) == (False, None)


def test_nothing_in_it_leads_to_a_parcel_or_a_person(hall: Hall, tmp_path: Path) -> None:
    hidden = picture(99, 0.7)  # a chunk of text is added before its end
    text = b"barcode P-4711"
    chunk = len(text).to_bytes(4, "big") + b"tEXt" + text
    chunk += zlib.crc32(b"tEXt" + text).to_bytes(4, "big")
    place = hidden.rindex(b"IEND") - 4
    hall.arrives("found", 0.7, content=hidden[:place] + chunk + hidden[place:])
    hall.export(tmp_path / "set")
    whole = b"".join(path.read_bytes() for path in (tmp_path / "set").rglob("*") if path.is_file())
    names = " ".join(path.name for path in (tmp_path / "set").rglob("*"))
    assert b"P-47" not in whole and "P-47" not in names
    assert b"barcode" not in whole
    with database.reading(hall.engine) as connection:
        message = connection.scalar(select(parcel.c.flagged)) or b""
    waybill = json.loads(message)["manifest"]["waybill"]
    assert waybill and waybill.encode() not in whole


def test_what_is_damaged_or_gone_is_never_exported(hall: Hall, tmp_path: Path) -> None:
    hall.arrives("found", 0.8)
    kept = sorted((tmp_path / "evidence").rglob("*"))[-1]
    kept.write_bytes(picture(1, 0.7))
    hall.arrives("nothing", 0.4)
    gone = next(path for path in (tmp_path / "evidence").rglob("*") if path.is_file() and path != kept)
    gone.unlink()
    hall.arrives("found", 0.8, content=b"no image")
    done = hall.export(tmp_path / "set")
    assert done.scans == {}
    assert done.left_out == {"damaged": 1, "gone": 1, "unreadable": 1}
    assert not list((tmp_path / "set/scans").glob("*.png"))


def test_parcels_for_training_are_not_in_it(hall: Hall, tmp_path: Path) -> None:
    item = hall.arrives("found", 0.8)
    who = hall.people["ann"]
    row = {
        "kind": "none",
        "load": "",
        "sticks": 0,
        "tobacco_g": 0.0,
        "e_cigarettes": 0,
        "boxes": "[]",
        "hub": "east",
        "courier": "",
        "shown_kind": "none",
        "why": "load",
        "tip": False,
        "source": item,
        "source_sha256": "0" * 64,
        "made_at": NOW,
        "made_by": "tests",
        "signatures": b"",
        "flagged": b"{}",
    }
    with database.writing(hall.engine) as connection:
        made = connection.execute(insert(fiction).values(row).returning(fiction.c.id)).scalar_one()
        own = {"fiction": made, "person": who.person, "hub": "east", "parcel_id": "P-1", "at": NOW}
        number = connection.execute(insert(given).values(own).returning(given.c.id)).scalar_one()
        connection.execute(update(parcel).where(parcel.c.id == item).values(fiction=number))
    assert hall.export(tmp_path / "set").scans == {}


@pytest.mark.parametrize("name", ["eve", "wes"])
def test_who_switches_no_models_there_exports_nothing(hall: Hall, tmp_path: Path, name: str) -> None:
    hall.month()
    with pytest.raises(Hidden):
        hall.export(tmp_path / "set", name)
    assert not (tmp_path / "set").exists()


def test_it_stands_in_the_record_with_the_hash_of_its_manifest(hall: Hall, tmp_path: Path) -> None:
    hall.month()
    done = hall.export(tmp_path / "set")
    with database.reading(hall.engine) as connection:
        rows = connection.execute(select(audit.c.what, audit.c.target, audit.c.details)).all()
    said = {row.what: row for row in rows}["export_training_set"]
    assert said.target == EAST.key
    assert json.loads(said.details)["manifest_sha256"] == done.digest
    assert done.digest == hashlib.sha256((tmp_path / "set/manifest.jsonl").read_bytes()).hexdigest()


def test_cut_anywhere_it_goes_on_and_becomes_the_same(hall: Hall, tmp_path: Path) -> None:
    for said in FOUND:
        hall.arrives(said, 0.5)
    hall.export(tmp_path / "whole")
    for at in range(1, 200, 4):
        folder = tmp_path / f"cut-{at}"
        with cut(hall, at) as (service, _):
            try:
                hall.export(folder, service=service)
                break
            except Cut:
                assert not (folder / "export.json").exists()
        hall.export(folder)
        assert contents(folder) == contents(tmp_path / "whole")
        files = {path.name for path in (folder / "scans").glob("*.png")}
        assert files == {line["file"] for line in lines(folder)}
    else:
        pytest.fail("it never came to its end")


def test_a_folder_of_another_export_is_left_alone(hall: Hall, tmp_path: Path) -> None:
    hall.month()
    hall.export(tmp_path / "set")
    with pytest.raises(BadConfig, match="another scanner, period or person"):
        hall.export(tmp_path / "set", "bob")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine")
    with pytest.raises(BadConfig, match="empty folder"):
        hall.export(tmp_path / "full")
