"""Image files become scans: named by file name and sidecar, sent once, moved when the log has them."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from pathlib import Path
from typing import IO, Any

import pytest

from screener.contracts import topics
from screener.contracts.reading import read_image_reference
from screener.contracts.wire import Energy, ImageReference, PitchMm
from screener.hub.folder.settings import Large, Scans
from tests.hub.folder.hub import HUB, SETTINGS, opened, picture, published, settings


def test_a_steady_image_is_sent_and_then_moved(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("P1_2of2.png", picture(1))
        hub.turn()
        hub.turn(2.0)
        assert hub.outbox.waiting().count == 0
        hub.turn(1.0)
        assert hub.outbox.waiting().count == 1
        assert hub.places()["watched"] == ["P1_2of2.png"]
        hub.deliver()
        hub.turn()
        assert hub.places() == {"watched": [], "sent": ["P1_2of2.png"], "refused": []}
        (scan,) = hub.scans()
    assert (scan.parcel_id, scan.view, scan.views, scan.scanner) == ("P1", 2, 2, "X1")
    assert scan.pitch_mm == PitchMm(across=0.8, along=0.7)
    assert scan.time is not None


def test_an_image_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        for turn in range(5):
            hub.write("P1_1of1.png", picture(1)[: 100 * (turn + 1)])
            hub.turn(2.0)
        hub.write("P1_1of1.png", picture(1))
        assert hub.outbox.waiting().count == 0
        hub.settle()
        assert published(hub) == {("P1", 1): 1}


@pytest.mark.parametrize("beside", ["P1_1of1.json", "P1_1of1.png.json", "P1_1of1.png.done", "P1_1of1.done"])
def test_what_came_after_the_image_says_that_it_is_complete(tmp_path: Path, beside: str) -> None:
    with opened(tmp_path) as hub:
        hub.write("P1_1of1.png", picture(1))
        hub.write(beside, "{}")
        hub.turn()
        hub.deliver()
        hub.turn()
        assert hub.places() == {"watched": [], "sent": sorted(["P1_1of1.png", beside]), "refused": []}


def test_a_sidecar_goes_before_the_settings(tmp_path: Path) -> None:
    said = {"parcel_id": "P7", "scanner": "X9", "energy": "single", "pitch_mm": {"across": 1, "along": 2}}
    with opened(tmp_path) as hub:
        hub.write("whatever.png", picture(1))
        hub.write("whatever.json", json.dumps(said | {"scan_id": "S-1", "time": "2026-05-01T10:00:00+08:00"}))
        hub.settle()
        (scan,) = hub.scans()
    assert (scan.parcel_id, scan.scanner, scan.energy) == ("P7", "X9", Energy.SINGLE)
    assert (scan.scan_id, scan.pitch_mm) == ("S-1", PitchMm(across=1, along=2))


def test_a_table_of_sidecars_speaks_of_many_images_and_goes_after_them(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("batch.csv", "file,parcel_id\na.png,P1\nb.png,P2\n")
        hub.write("a.png", picture(1))
        hub.settle()
        assert hub.places()["watched"] == ["batch.csv"]
        hub.restart()
        hub.write("b.png", picture(2))
        hub.settle()
        hub.turn(60.0)
        assert published(hub) == {("P1", 1): 1, ("P2", 1): 1}
        assert hub.places() == {"watched": [], "sent": ["a.png", "b.png", "batch.csv"], "refused": []}


def test_a_table_waits_for_its_images_though_their_names_were_sent_before(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        for number in (1, 2):
            hub.write("batch.csv", f"file,parcel_id\na.png,P{number}\n")
            hub.settle()
            hub.write("a.png", picture(number))
            hub.settle()
            hub.turn()
            assert hub.places()["watched"] == []
        assert published(hub) == {("P1", 1): 1, ("P2", 1): 1}
        assert not hub.places()["refused"]


def test_views_of_one_pass_share_a_scan_id_and_the_next_pass_has_another(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        for turn in range(2):
            for view in (1, 2):
                hub.write(f"P1_{view}of2.png", picture(10 * turn + view))
            hub.settle()
        ids = [(scan.scan_id, scan.view) for scan in hub.scans()]
        assert len(set(ids)) == 4
        assert len({scan_id for scan_id, _ in ids}) == 2
        assert hub.places()["watched"] == []


def test_the_same_file_again_is_sent_no_second_time(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        for _ in range(3):
            hub.write("P1_1of1.png", picture(1))
            hub.settle()
        assert published(hub) == {("P1", 1): 1}
        assert hub.places()["sent"] == ["P1_1of1.2.png", "P1_1of1.3.png", "P1_1of1.png"]


def test_a_scan_without_a_barcode_has_no_parcel(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("NOREAD_1of1.png", picture(1))
        hub.settle()
        hub.write("NOREAD_1of1.png", picture(2))
        hub.settle()
        scans = hub.scans()
    assert [scan.parcel_id for scan in scans] == [None, None]
    assert len({scan.scan_id for scan in scans}) == 2


@pytest.mark.parametrize(
    ("name", "content", "beside", "why"),
    [
        ("P1_1of1.png", b"no image", None, "image_format"),
        ("P1_3of2.png", picture(1), None, "view"),
        ("P1_1of1.png", picture(1), '{"parcel_id": "P2"}', "another than its sidecar"),
        ("P1_1of1.png", picture(1), '{"view": "x"}', "view"),
        ("P1_1of1.png", picture(1), "{", "not_json"),
        ("P1_1of1.png", picture(1), '{"file": "other.png"}', "another name"),
        ("P1_1of1.png", b"", None, "image_empty"),
    ],
)
def test_what_breaks_the_contract_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, beside: str | None, why: str
) -> None:
    with opened(tmp_path) as hub:
        hub.write(name, content)
        if beside is not None:
            hub.write(name.replace(".png", ".json"), beside)
        hub.settle()
        assert hub.places()["watched"] == []
        assert name in hub.places()["refused"]
        assert why in hub.why(name)
        assert hub.scans() == []


def test_what_no_setting_says_is_named(tmp_path: Path) -> None:
    with opened(tmp_path, settings(scans=Scans())) as hub:
        hub.write("P1_1of1.png", picture(1))
        hub.settle()
        assert "scanner, pitch_mm, energy" in hub.why("P1_1of1.png")


def test_images_and_sidecars_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("odd.png", picture(1))
        hub.write("lonely.json", "{}")
        hub.write("notes.txt", "hello")
        hub.settle(after_s=50)
        assert hub.places()["watched"] == ["lonely.json", "notes.txt", "odd.png"]
        hub.settle(after_s=11)
        assert hub.places()["refused"] == ["lonely.json", "notes.txt", "odd.png"]
        assert "none came in 60 s" in hub.why("odd.png")


def test_hidden_and_half_written_files_and_links_are_not_there(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        for name in (".hidden.png", "P1_1of1.png.part", "P1_1of1.png.tmp"):
            hub.write(name, picture(1))
        (hub.watched / "P2_1of1.png").symlink_to(hub.write(".P2.png", picture(2)))
        hub.settle(after_s=1000)
        assert len(hub.places()["watched"]) == 5
        assert hub.scans() == []


def test_names_may_hold_any_bytes(tmp_path: Path) -> None:
    strange = [b"\xff\xfe_1of1.png", b"new\nline_1of1.png", b"x" * 251 + b".png", "包裹_1of1.png".encode()]
    with opened(tmp_path) as hub:
        for number, name in enumerate(strange):
            path = os.fsencode(hub.watched) + b"/" + name
            with open(path, "wb") as file:  # noqa: PTH123  Path takes no bytes
                file.write(picture(number))
        hub.settle(after_s=100)
        assert hub.places()["watched"] == []
        assert len(hub.places()["refused"]) == 4


def test_an_image_that_is_overwritten_while_it_waits_is_sent_in_both_forms(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("P1_1of1.png", picture(1))
        hub.turn()
        hub.turn(5)
        hub.write("P1_1of1.png", picture(2))
        hub.deliver()
        hub.settle()
        assert published(hub) == {("P1", 1): 2}
        assert hub.places() == {"watched": [], "sent": ["P1_1of1.png"], "refused": []}


def test_a_file_that_cannot_be_moved_holds_up_no_other(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("stuck/P1_1of1.png", picture(1))
        hub.write("stuck/P3_1of1.png", "no picture")
        for place in ("sent", "refused"):  # a file where a folder is wanted
            day = hub.watched / place / "2026-05-01"
            day.mkdir()
            (day / "stuck").write_text("")
        hub.settle()
        hub.write("P2_1of1.png", picture(2))
        hub.settle()
        assert published(hub) == {("P1", 1): 1, ("P2", 1): 1}
        assert hub.places()["watched"] == ["P1_1of1.png", "P3_1of1.png"]
        assert sorted(hub.gateway.troubles) == ["stuck/P1_1of1.png", "stuck/P3_1of1.png"]
        for place in ("sent", "refused"):
            (hub.watched / place / "2026-05-01" / "stuck").unlink()
        hub.turn()
        assert hub.places()["watched"] == []
        assert published(hub) == {("P1", 1): 1, ("P2", 1): 1}


def test_a_table_without_a_row_or_that_cannot_be_read_holds_up_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("empty.csv", "\ufeff")
        gone = hub.write("gone.csv", "file,parcel_id\nx.png,P9\n")
        hub.write("P1_1of1.png", picture(1))
        hub.turn()
        lies_there = Path.open

        def locked(path: Path, mode: str = "r") -> IO[Any]:
            if path == gone:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return lies_there(path, mode)

        with pytest.MonkeyPatch.context() as patch:  # nobody is locked out of a file who is root
            patch.setattr(Path, "open", locked)
            hub.settle()
        assert published(hub) == {("P1", 1): 1}
        assert hub.gateway.troubles == {"gone.csv": os.strerror(errno.EACCES)}
        hub.settle(100.0)
        assert hub.places()["refused"] == ["empty.csv", "gone.csv"]


def test_names_as_long_as_can_be_are_moved_twice(tmp_path: Path) -> None:
    name = "ü" * 123 + "_1of1.png"
    with opened(tmp_path) as hub:
        for number in (1, 2):
            hub.write(name, f"no picture {number}")
            hub.settle(100.0)
        assert hub.places()["watched"] == []
        assert len(hub.places()["refused"]) == 2


def test_a_folder_that_cannot_be_looked_into_hides_no_other(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("P1_1of1.png", picture(1))
        within(hub.watched, ["d" * 250] * 20)  # too long a path to be opened
        within(hub.watched, ["e"] * 1200)
        hub.settle()
        assert published(hub) == {("P1", 1): 1}
        assert list(hub.gateway.troubles.values()) == [os.strerror(errno.ENAMETOOLONG)]
        for name in ("d" * 250, "e"):
            subprocess.run(["rm", "-r", str(hub.watched / name)], check=True)


def within(folder: Path, names: list[str]) -> None:
    """Folders in folders, which no single path need lead to."""
    at = os.open(folder, os.O_RDONLY)
    for name in names:
        os.mkdir(name, dir_fd=at)
        inner = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


def test_subfolders_keep_their_names(tmp_path: Path) -> None:
    with opened(tmp_path) as hub:
        hub.write("belt3/P1_1of1.png", picture(1))
        hub.settle()
        assert (hub.watched / "sent" / "2026-05-01" / "belt3" / "P1_1of1.png").exists()


def test_a_large_image_is_put_into_its_place_and_referred_to(tmp_path: Path) -> None:
    large = Large(inline_bytes=100, to=str(tmp_path / "shelf"), seen_as="file:///mnt/shelf")
    with opened(tmp_path, settings(large=large)) as hub:
        hub.write("P1_1of1.png", picture(1))
        hub.settle()
        (record,) = hub.records(topics.scans(HUB))
        (scan,) = hub.scans()
    reference = read_image_reference(record.value)
    assert isinstance(reference, ImageReference)
    assert reference.address == f"file:///mnt/shelf/sha256/{scan.sha256[:2]}/{scan.sha256}"
    assert (tmp_path / "shelf" / "sha256" / scan.sha256[:2] / scan.sha256).read_bytes() == picture(1)


def test_an_image_too_large_for_a_message_is_refused_where_no_place_is_set(tmp_path: Path) -> None:
    noise = picture(1) + bytes(5 * 1024 * 1024)
    with opened(tmp_path) as hub:
        hub.write("P1_1of1.png", noise)
        hub.settle()
        assert "[large] to" in hub.why("P1_1of1.png")


def test_an_unknown_setting_of_a_name_is_refused() -> None:
    from screener.errors import BadConfig
    from screener.hub.folder.settings import check

    for name in ("{parcle}.png", "{parcel}_{parcel}.png", "{parcel.png"):
        with pytest.raises(BadConfig, match="name"):
            check(settings(scans=Scans(name=name)))
    check(SETTINGS)
