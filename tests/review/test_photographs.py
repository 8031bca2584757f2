"""Photographs: the original kept as it came, a copy shown upright and without its place."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import func, select

from screener.errors import BadInput
from screener.evidence.store import EvidenceStore
from screener.imaging import exif
from screener.imaging.sandbox import Sandbox
from screener.review import database, photographs
from screener.review.errors import Denied, Hidden
from screener.review.moves import Note, Refer
from screener.review.photographs import Kept, Photograph
from screener.review.rights import Reviewer, Role
from screener.review.schema import audit, photograph
from tests.review.stations import NOW, SETTINGS, Station, a_parcel, somebody


def taken(form: str = "JPEG", held: int = 1, size: tuple[int, int] = (40, 24)) -> bytes:
    """A photograph, red on its left half as the sensor saw it, with place and maker in its Exif."""
    picture = Image.new("RGB", size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    said = Image.Exif()
    said[exif.ORIENTATION] = held
    said[0x010F] = "CAMERA-OF-LI"
    said.get_ifd(0x8825)[2] = (31.0, 12.0, 30.0)
    buffer = io.BytesIO()
    picture.save(buffer, form, exif=said, quality=95)
    return buffer.getvalue()


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore.open(str(tmp_path / "evidence"))


def entered(station: Station, who: Reviewer, item: int, kept: Kept, action: int | None = None) -> int:
    number: int = station.do(photographs.enter, who, item, kept=kept, action_id=action)
    return number


def kept_of(number: int) -> Kept:
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Kept(sha256, f"sha256/{sha256[:2]}/{sha256}", "image/png", 1)


def read(station: Station, item: int) -> tuple[Photograph, ...]:
    with database.reading(station.engine) as connection:
        return photographs.of_parcel(connection, item)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_original_is_kept_whole(form: str, store: EvidenceStore, sandbox: Sandbox) -> None:
    content = taken(form)
    kept = photographs.keep(store, sandbox, SETTINGS, content, f"Image/{form}; x=y")
    assert kept.sha256 == hashlib.sha256(content).hexdigest()
    assert (kept.content_type, kept.size_bytes) == (f"image/{form.lower()}", len(content))
    assert store.get(kept.address) == content


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"", "image/png"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml"),
        (b"<script>", "image/png"),
        (taken("JPEG"), "image/png"),
        (taken("JPEG"), "image/webp"),
        (taken("PNG"), "application/octet-stream"),
        (taken("PNG"), ""),
        (taken("TIFF"), "image/tiff"),
        (taken("JPEG")[:-200], "image/jpeg"),
        (taken("JPEG") * 100_000, "image/jpeg"),
    ],
)
def test_what_is_no_photograph_is_refused_and_not_kept(
    content: bytes, declared: str, store: EvidenceStore, sandbox: Sandbox
) -> None:
    with pytest.raises(BadInput):
        photographs.keep(store, sandbox, SETTINGS, content, declared)
    assert not store.has(hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("held", range(1, 9))
def test_a_photograph_is_turned_as_its_camera_was_held(held: int) -> None:
    """Pillow's own way is the judge."""
    from PIL import ImageOps

    content = taken("JPEG", held)
    with Image.open(io.BytesIO(content)) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
        raw = np.asarray(picture)
    assert exif.orientation(content) == held
    np.testing.assert_array_equal(exif.upright(raw, exif.orientation(content)), expected)


@given(st.binary(max_size=60), st.sampled_from([b"II\x2a\0", b"MM\0\x2a"]))
def test_exif_of_any_bytes_says_some_way_up(tail: bytes, order: bytes) -> None:
    assert 1 <= exif.orientation(b"\xff\xd8Exif\0\0" + order + tail) <= 8


def test_the_copy_has_nothing_of_what_the_camera_wrote(sandbox: Sandbox, store: EvidenceStore) -> None:
    content = taken("JPEG", held=6, size=(4000, 1000))
    assert b"CAMERA-OF-LI" in content
    copy = photographs.shown_copy(sandbox, content, "image/jpeg")
    with Image.open(io.BytesIO(copy)) as picture:
        assert not picture.getexif()
        assert picture.size == (400, 1600)
        top = picture.convert("RGB").getpixel((200, 100))
    assert b"CAMERA-OF-LI" not in copy
    assert isinstance(top, tuple)
    assert top[0] > 200
    assert top[1] < 100


@pytest.mark.parametrize("mode", ["L", "I;16", "RGBA", "LA"])
def test_pictures_of_all_kinds_are_shown(mode: str, sandbox: Sandbox) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (20, 10)).save(buffer, "PNG")
    copy = photographs.shown_copy(sandbox, buffer.getvalue(), "image/png")
    with Image.open(io.BytesIO(copy)) as picture:
        assert picture.size == (20, 10)


def test_a_photograph_is_entered_once_and_recorded(station: Station) -> None:
    li = somebody(station.engine, "li")
    item = a_parcel(station.engine, "P-1")
    number = entered(station, li, item, kept_of(1))
    assert entered(station, li, item, kept_of(1)) == number
    (one,) = read(station, item)
    assert (one.id, one.by_shown, one.at, one.sha256) == (number, "officer li", NOW, kept_of(1).sha256)
    found = station.do(photographs.find, li, number)
    assert found == one
    with database.reading(station.engine) as connection:
        rows = connection.execute(select(audit.c.what, audit.c.target).order_by(audit.c.n)).all()
    assert [tuple(row) for row in rows] == [("photograph", "east/P-1"), ("see_photograph", "east/P-1")]


def test_the_same_photograph_may_be_of_two_parcels(station: Station) -> None:
    li = somebody(station.engine, "li")
    first, second = (a_parcel(station.engine, f"P-{n}") for n in (1, 2))
    assert entered(station, li, first, kept_of(1)) != entered(station, li, second, kept_of(1))


def test_a_photograph_belongs_to_an_action_of_its_parcel(station: Station) -> None:
    li = somebody(station.engine, "li")
    first, second = (a_parcel(station.engine, f"P-{n}") for n in (1, 2))
    action = station.act(li, first, Note(text="x"))
    entered(station, li, first, kept_of(1), action)
    assert [one.action for one in read(station, first)] == [action]
    with pytest.raises(BadInput):
        entered(station, li, second, kept_of(1), action)


def test_a_parcel_has_room_for_so_many(station: Station) -> None:
    li = somebody(station.engine, "li")
    item = a_parcel(station.engine, "P-1")
    for number in range(photographs.MOST):
        entered(station, li, item, kept_of(number))
    with pytest.raises(BadInput):
        entered(station, li, item, kept_of(photographs.MOST))


def test_only_who_decides_adds_and_only_who_sees_finds(station: Station) -> None:
    li = somebody(station.engine, "li")
    item = a_parcel(station.engine, "P-1")
    number = entered(station, li, item, kept_of(1))
    reader = somebody(station.engine, "reader", Role.READER)
    police = somebody(station.engine, "police", agency="police")
    assert station.do(photographs.find, reader, number).id == number
    with pytest.raises(Denied):
        entered(station, reader, item, kept_of(2))
    for hidden in (number, 999):
        with pytest.raises(Hidden):
            station.do(photographs.find, police, hidden)
    with pytest.raises(Hidden):
        entered(station, police, item, kept_of(2))
    station.act(li, item, Refer(agency="police"))
    entered(station, police, item, kept_of(2))
    with database.reading(station.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(photograph)) == 2
