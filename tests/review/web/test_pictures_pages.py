"""A parcel's pictures over HTTP: for those who may see the parcel, recorded, and asked for again."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest
from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.reading import encode
from screener.contracts.wire import Energy, Flagged, FlaggedScan, StoredImage
from screener.review import audit, database, pictures
from screener.review.rights import Role
from screener.review.service import Service
from screener.review.web.pages.pictures import addresses_of, views_of
from screener.scoring.heatmap import encode_map
from tests.imaging.corpus import encoded, pair_tiff, scene
from tests.review.stations import a_parcel
from tests.review.web.conftest import Enter

GREY = np.ascontiguousarray(scene()[:, :, 0])
PAIR = np.stack([GREY.astype(np.uint16) * 100, GREY.astype(np.uint16) * 120])


def shot(service: Service, data: bytes, content_type: str, energy: Energy) -> FlaggedScan:
    """A view whose image lies in the evidence store."""
    sha256 = hashlib.sha256(data).hexdigest()
    address = service.store.put(sha256, data, content_type)
    one = examples.SCAN_EVIDENCE
    assert one.findings is not None
    cells = np.full((3, 8, 9), 0.4, np.float32)
    return FlaggedScan(
        scan=replace(
            one,
            energy=energy,
            image=replace(one.image, sha256=sha256, content_type=content_type),
            findings=replace(one.findings, map_png=encode_map(cells)),
        ),
        stored=StoredImage(sha256=sha256, address=address, gone=None),
    )


@pytest.fixture
def flagged(service: Service) -> Flagged:
    """Views: a colour picture, a low/high pair, one whose image is gone, one that is no image."""
    colour = shot(service, encoded(scene(), ".png"), "image/png", Energy.DUAL)
    pair = shot(service, pair_tiff(PAIR[0], PAIR[1]), "image/tiff", Energy.DUAL)
    gone = replace(colour, stored=StoredImage(sha256=colour.stored.sha256, address=None, gone="expired"))
    broken = shot(service, b"no image", "image/png", Energy.DUAL)
    unjudged = replace(broken, scan=replace(broken.scan, findings=None))
    return replace(examples.FLAGGED, scans=(colour, pair, gone, unjudged))


@pytest.fixture
def item(service: Service, flagged: Flagged) -> int:
    return a_parcel(service.engine, "P-1", flagged=encode(flagged))


def seen(service: Service) -> list[str]:
    """What the record says was seen."""
    with database.reading(service.engine) as connection:
        return [one.details for one in audit.entries(connection) if one.what == "see_scan"]


def test_pixels_come_as_the_scanner_sent_them(service: Service, enter: Enter, item: int) -> None:
    client = enter(Role.READER)
    expected = pictures.packed(pictures.raster(PAIR, Energy.DUAL, 0.8, 0.8))
    answer = client.get(f"/parcels/{item}/scans/2/pixels")
    assert answer.status_code == 200
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content[pictures.HEADER.size :] == expected[pictures.HEADER.size :]
    plain = client.get(f"/parcels/{item}/scans/2/pixels", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


def test_map_and_small_picture(enter: Enter, item: int) -> None:
    client = enter(Role.READER)
    found = client.get(f"/parcels/{item}/scans/1/map")
    assert found.content[:4] == b"SCRP"
    assert set(found.content[pictures.HEADER.size :]) == {102}
    small = client.get(f"/parcels/{item}/scans/1/thumb")
    assert small.headers["content-type"] == "image/png"
    picture = cv2.imdecode(np.frombuffer(small.content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert max(picture.shape) == pictures.THUMB_PX


def test_what_a_browser_has_is_asked_for_again_and_recorded_again(
    service: Service, enter: Enter, item: int
) -> None:
    client, address = enter(Role.READER), f"/parcels/{item}/scans/1/pixels"
    first = client.get(address)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(address, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert seen(service) == ['{"part":"pixels","scan":"S-20261102-000042","view":1}'] * 2


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.READER, {"hub": "west"}),
        (Role.READER, {"agency": "police"}),
        (Role.ADMINISTRATOR, {}),
        (None, {"name": None}),
    ],
)
def test_who_may_not_see_the_parcel_sees_no_picture(
    service: Service, enter: Enter, item: int, role: Role | None, where: dict[str, str | None]
) -> None:
    client = enter(role, **where)
    for part in ("pixels", "map", "thumb"):
        status = client.get(f"/parcels/{item}/scans/1/{part}").status_code
        assert status == (404 if role else 303)  # to sign in
    assert seen(service) == []


@pytest.mark.parametrize("number", ["0", "5", "3", "99999999999"])
def test_a_view_that_is_not_there(enter: Enter, item: int, number: str) -> None:
    assert enter(Role.READER).get(f"/parcels/{item}/scans/{number}/pixels").status_code == 404


def test_what_cannot_be_decoded_says_so(enter: Enter, item: int) -> None:
    client = enter(Role.READER)
    answer = client.get(f"/parcels/{item}/scans/4/pixels", headers={"accept": "application/json"})
    assert answer.status_code == 400
    assert "JPEG" in answer.json()["detail"]
    assert client.get(f"/parcels/{item}/scans/4/map").status_code == 404


def test_the_views_of_a_parcel_name_what_is_there(enter: Enter, item: int, flagged: Flagged) -> None:
    views = views_of(item, flagged)
    assert [view["pixels"] is None for view in views] == [False, False, True, False]
    assert [view["map"] is None for view in views] == [False, False, False, True]
    client = enter(Role.READER)
    statuses = [client.get(address).status_code for address in addresses_of(views[:3])]
    assert statuses == [200] * 5
