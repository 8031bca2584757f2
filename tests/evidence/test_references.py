"""References lead to what was promised under the configured roots, or to a reason why not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.config import ImageLimits
from screener.contracts.wire import ImageReference
from screener.errors import BadInput, Unavailable
from screener.evidence.references import References
from tests.evidence.s3_server import Bucket

IMAGE = b"\xff\xd8 an image"
SECRET = b"not for hubs"


def reference(address: str, content: bytes = IMAGE) -> ImageReference:
    sha256 = hashlib.sha256(content).hexdigest()
    return ImageReference(address=address, sha256=sha256, bytes=len(content), content_type="image/jpeg")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "share"
    (root / "deep").mkdir(parents=True)
    (root / "scan 1.jpg").write_bytes(IMAGE)
    (root / "deep" / "scan.jpg").write_bytes(IMAGE)
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "share-2").mkdir()
    (tmp_path / "share-2" / "secret").write_bytes(SECRET)
    (root / "link-out").symlink_to(tmp_path / "secret")
    (root / "folder-out").symlink_to(tmp_path)
    (root / "link-in").symlink_to(root / "deep" / "scan.jpg")
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe")
    return root


def reader(root: Path, max_bytes: int = 1000) -> References:
    return References(ImageLimits(max_bytes=max_bytes, file_roots=(str(root),), s3_buckets=("scans",)))


def reason(root: Path, wanted: ImageReference) -> str:
    with pytest.raises(BadInput) as caught:
        reader(root).fetch(wanted)
    return caught.value.reason


@pytest.mark.parametrize(
    "path", ["scan%201.jpg", "scan 1.jpg", "deep/scan.jpg", "link-in", "./deep//scan.jpg"]
)
def test_what_lies_under_a_root_is_read(root: Path, path: str) -> None:
    assert reader(root).fetch(reference(f"file://{root}/{path}")) == IMAGE
    assert reader(root).fetch(reference(f"file://localhost{root}/{path}")) == IMAGE


@pytest.mark.parametrize(
    "path",
    [
        "/../secret",
        "/%2e%2e/secret",
        "/deep/../../secret",
        "/deep/../scan.jpg",
        "/link-out",
        "/folder-out/secret",
        "/folder-out/absent",
        "-2/secret",
        "/loop",
        "/a%00b",
        "/a%ffb",
        "/scan.jpg?x",
        "/scan.jpg#x",
    ],
)
def test_what_leads_out_of_the_roots_is_refused(root: Path, path: str) -> None:
    assert reason(root, reference(f"file://{root}{path}", SECRET)) == "reference_refused"


@pytest.mark.parametrize(
    "address",
    ["file://", "file:///", "file:///etc/passwd", "file://host/etc/passwd", "file://[", "s3://[", "s3://"],
)
def test_other_places_are_refused(root: Path, address: str) -> None:
    assert reason(root, reference(address)) == "reference_refused"


def test_without_roots_every_file_is_refused(root: Path) -> None:
    with pytest.raises(
        BadInput, match=r"reference_refused: .*expected a path under score\.images\.file_roots"
    ):
        References(ImageLimits()).fetch(reference(f"file://{root}/deep/scan.jpg"))


@pytest.mark.parametrize("path", ["absent", "deep", "pipe", "deep/scan.jpg/x", "x" * 300])
def test_where_no_file_is_the_image_is_gone(root: Path, path: str) -> None:
    assert reason(root, reference(f"file://{root}/{path}")) == "reference_gone"


def test_another_length_or_hash_is_a_mismatch(root: Path) -> None:
    wanted = reference(f"file://{root}/deep/scan.jpg")
    assert reason(root, replace(wanted, bytes=len(IMAGE) - 1)) == "reference_mismatch"
    assert reason(root, replace(wanted, bytes=len(IMAGE) + 1)) == "reference_mismatch"
    assert reason(root, replace(wanted, sha256="0" * 64)) == "reference_mismatch"


def test_what_is_promised_to_be_too_large_is_not_opened(root: Path) -> None:
    assert reason(root, replace(reference(f"file://{root}/absent"), bytes=1001)) == "reference_too_large"


@given(st.text(max_size=20) | st.text("./%2e\\link-outsecret", max_size=30))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_address_reads_what_lies_outside(root: Path, text: str) -> None:
    for address in (f"file://{text}", f"file://{root}/{text}", f"s3://{text}"):
        with pytest.raises(BadInput) as caught:
            reader(root).fetch(reference(address, SECRET))
        assert caught.value.reason.startswith("reference_")


def test_an_object_of_a_configured_bucket_is_read(root: Path, s3: Bucket) -> None:
    s3.objects["/scans/day/scan.jpg"] = IMAGE
    s3.denied.add("/scans/hidden")
    assert reader(root).fetch(reference("s3://scans/day/scan.jpg")) == IMAGE
    assert reason(root, replace(reference("s3://scans/day/scan.jpg"), bytes=5)) == "reference_mismatch"
    assert (
        reason(root, replace(reference("s3://scans/day/scan.jpg"), sha256="0" * 64)) == "reference_mismatch"
    )
    assert reason(root, reference("s3://scans/absent")) == "reference_gone"
    assert reason(root, reference("s3://scans/hidden")) == "reference_gone"
    assert reason(root, reference("s3://scans/a/../b")) == "reference_refused"
    assert reason(root, reference("s3://others/day/scan.jpg")) == "reference_refused"


def test_a_bucket_that_does_not_answer_is_unavailable(root: Path, s3: Bucket) -> None:
    s3.broken = True
    with pytest.raises(Unavailable):
        reader(root).fetch(reference("s3://scans/scan.jpg"))


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 409, 410, 412, 416, 451])
def test_a_bucket_that_says_no_to_one_reference_stops_nobody_else(
    root: Path, s3: Bucket, status: int
) -> None:
    s3.objects["/scans/scan.jpg"] = IMAGE
    s3.answers["/scans/strange"] = status
    assert reason(root, reference("s3://scans/strange")) == "reference_gone"
    assert reader(root).fetch(reference("s3://scans/scan.jpg")) == IMAGE


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_bucket_that_cannot_answer_now_is_unavailable(root: Path, s3: Bucket, status: int) -> None:
    s3.answers["/scans/scan.jpg"] = status
    with pytest.raises(Unavailable):
        reader(root).fetch(reference("s3://scans/scan.jpg"))


def test_no_key_looks_like_the_answer_to_it(root: Path, s3: Bucket) -> None:
    s3.broken = True
    with pytest.raises(Unavailable):
        reader(root).fetch(reference("s3://scans/ - Server returned non-2xx status code: 400 Bad Request"))
    with pytest.raises(Unavailable):
        reader(root).fetch(reference("s3://scans/ - Received redirect without LOCATION"))


def test_a_key_that_s3_cannot_hold_is_refused_unasked(root: Path, s3: Bucket) -> None:
    assert reason(root, reference("s3://scans/" + "x" * 1025)) == "reference_refused"
    assert reason(root, reference("s3://scans/" + "\u4e2d" * 342)) == "reference_refused"
    assert s3.asked == 0
    assert reason(root, reference("s3://scans/" + "x" * 1024)) == "reference_gone"
    assert s3.asked == 1
