"""Images are kept once, whole and unchanged, in a folder as in S3."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import signal
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from screener.errors import BadConfig, Unavailable
from screener.evidence.errors import Damaged, NotStored
from screener.evidence.store import EvidenceStore, address_of
from tests.evidence.s3_server import Bucket

IMAGE = b"\xff\xd8 an image"
SHA256 = hashlib.sha256(IMAGE).hexdigest()
ABSENT = "0" * 64


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    if request.param == "folder":
        return EvidenceStore.open(str(tmp_path / "evidence"))
    request.getfixturevalue("s3")
    return EvidenceStore.open("s3://bucket/some/prefix")


def test_an_image_is_kept_once_under_its_hash(store: EvidenceStore) -> None:
    assert not store.has(SHA256)
    address = store.put(SHA256, IMAGE, "image/jpeg")
    assert store.put(SHA256, IMAGE, "image/jpeg") == address == address_of(SHA256)
    assert store.has(SHA256)
    assert store.get(address) == store.get(SHA256) == IMAGE


def test_content_of_another_hash_is_refused(store: EvidenceStore) -> None:
    with pytest.raises(ValueError, match=f"expected content with SHA-256 {ABSENT}, got {SHA256}"):
        store.put(ABSENT, IMAGE, "image/jpeg")
    assert not store.has(ABSENT)


def test_what_is_not_kept_is_said_to_be_not_kept(store: EvidenceStore) -> None:
    with pytest.raises(NotStored, match=ABSENT):
        store.get(ABSENT)


def test_an_image_beyond_the_size_of_one_part_is_kept_once_too(store: EvidenceStore) -> None:
    large = os.urandom(1024) * 6 * 1024
    sha256 = hashlib.sha256(large).hexdigest()
    store.put(sha256, large, "image/png")
    store.put(sha256, large, "image/png")
    assert store.get(sha256) == large


@given(st.lists(st.binary(max_size=40), max_size=6))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_images_come_back_as_they_were(tmp_path: Path, images: list[bytes]) -> None:
    store = EvidenceStore.open(f"file://{tmp_path}/evidence")
    addresses = [store.put(hashlib.sha256(image).hexdigest(), image, "image/png") for image in images]
    assert [store.get(address) for address in addresses] == images


def test_a_damaged_image_is_named_and_put_right_by_the_next_put(tmp_path: Path) -> None:
    store = EvidenceStore.open(str(tmp_path))
    path = tmp_path / store.put(SHA256, IMAGE, "image/jpeg")
    path.write_bytes(IMAGE[:3])
    with pytest.raises(Damaged, match=f"expected an image of SHA-256 {SHA256}, got"):
        store.get(SHA256)
    store.put(SHA256, IMAGE, "image/jpeg")
    assert store.get(SHA256) == IMAGE


def test_many_writers_of_one_image_all_succeed(tmp_path: Path) -> None:
    addresses: list[str] = []

    def put() -> None:
        addresses.append(EvidenceStore.open(str(tmp_path)).put(SHA256, IMAGE, "image/jpeg"))

    writers = [threading.Thread(target=put) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert addresses == [address_of(SHA256)] * 8


def put_for_ever(folder: str, ready: multiprocessing.synchronize.Event) -> None:
    store = EvidenceStore.open(folder)
    number = 0
    while True:
        content = number.to_bytes(4, "big") * 500_000
        store.put(hashlib.sha256(content).hexdigest(), content, "image/png")
        ready.set()
        number += 1


def test_a_killed_writer_leaves_whole_images_only(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    writer = context.Process(target=put_for_ever, args=(str(tmp_path), ready))
    writer.start()
    assert ready.wait(60)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and "#" not in path.name]
    assert kept
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in kept)


def test_a_folder_that_refuses_is_unavailable(tmp_path: Path) -> None:
    store = EvidenceStore.open(str(tmp_path))
    (tmp_path / "sha256").write_text("a file in the way")
    with pytest.raises(Unavailable, match=r"cannot be written: .*; is there room, and may we"):
        store.put(SHA256, IMAGE, "image/jpeg")


def test_s3_gets_the_content_type_and_the_condition(s3: Bucket) -> None:
    store = EvidenceStore.open("s3://bucket/prefix")
    address = store.put(SHA256, IMAGE, "image/jpeg")
    path = f"/bucket/prefix/{address}"
    assert (s3.objects, s3.types) == ({path: IMAGE}, {path: "image/jpeg"})
    s3.objects[path] = b"other"
    store.put(SHA256, IMAGE, "image/jpeg")
    assert s3.objects[path] == IMAGE


def test_s3_that_denies_is_unavailable(s3: Bucket) -> None:
    store = EvidenceStore.open("s3://bucket")
    s3.denied.add(f"/bucket/{address_of(SHA256)}")
    with pytest.raises(Unavailable) as caught:
        store.put(SHA256, IMAGE, "image/jpeg")
    assert "\n" not in str(caught.value)
    with pytest.raises(Unavailable):
        store.get(SHA256)
    with pytest.raises(Unavailable):
        store.has(SHA256)


@pytest.mark.parametrize("url", ["s3://", "http://host/x", "file://host/x", "gopher://x"])
def test_a_bad_address_is_a_bad_setting(url: str) -> None:
    with pytest.raises(BadConfig):
        EvidenceStore.open(url)


def test_a_folder_that_cannot_be_made_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadConfig, match="expected a folder to keep images in"):
        EvidenceStore.open(str(tmp_path / "file"))
