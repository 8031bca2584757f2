"""A parcel's pictures for the viewer and for lists; who was sent which is recorded."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from screener.contracts.wire import Flagged, FlaggedScan
from screener.review import audit, parcels, pictures
from screener.review.audit import Deed
from screener.review.database import writing
from screener.review.errors import Hidden
from screener.review.service import Service
from screener.review.web.request import Asked, now_of, service_of, who_of

ASK_AGAIN: Final = {"cache-control": "private, no-cache"}
"""A browser may keep the picture, and asks us each time whether its reader may still see it."""

FOR_AN_HOUR: Final = {"cache-control": "private, max-age=3600", "vary": "cookie"}
"""Lists show the same small pictures over and over: to one session, for the next person has other rights."""

RAW: Final = "application/x-screener-raster"
FAST: Final = 1
"""Level of compression: higher ones take longer than they save on a local network."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One part of a view as it is sent: its name for the record, its digest, and how it is made."""

    part: str
    digest: str
    make: Callable[[], bytes]
    kind: str = RAW
    kept: Mapping[str, str] = field(default_factory=lambda: ASK_AGAIN)

    @property
    def tag(self) -> str:
        return f'"{self.digest[:32]}-{self.part}-{pictures.VERSION}"'


@get("/parcels/{item_id:int}/scans/{number:int}/pixels", sync_to_thread=True)
def get_pixels(request: Asked, item_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """The pixels of the parcel's view `number`, counted from 1, as the scanner sent them."""
    one = _seen(request, item_id, number, "pixels")
    return _answer(request, _pixels_of(service_of(request), one))


@get("/parcels/{item_id:int}/scans/{number:int}/map", sync_to_thread=True)
def get_map(request: Asked, item_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """What the model saw where."""
    one = _seen(request, item_id, number, "map")
    return _answer(request, _map_of(one))


@get("/parcels/{item_id:int}/scans/{number:int}/thumb", sync_to_thread=True)
def get_thumb(request: Asked, item_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """The view as a small PNG."""
    one = _seen(request, item_id, number, "thumb")
    return _answer(request, _thumb_of(service_of(request), one))


def views_of(item_id: int, flagged: Flagged) -> list[dict[str, Any]]:
    """What `_viewer.html` asks for of a parcel's views."""
    return [_view(f"/parcels/{item_id}/scans/{n}", n, one) for n, one in enumerate(flagged.scans, start=1)]


def addresses_of(views: Iterable[Mapping[str, Any]]) -> list[str]:
    """What a browser fetches ahead so that these views are there at once."""
    return [view[part] for view in views for part in ("pixels", "map") if view[part]]


def _view(at: str, number: int, one: FlaggedScan) -> dict[str, Any]:
    found = one.scan.findings
    return {
        "number": number,
        "pixels": f"{at}/pixels" if one.stored.address else None,
        "map": f"{at}/map" if found else None,
        "gone": one.stored.gone,
        "along": one.scan.pitch_mm.along,
        "across": one.scan.pitch_mm.across,
        "energy": one.scan.energy.value,
        "scanner": one.scan.scanner,
        "alarm": found.alarm if found else None,
        "threshold": found.threshold if found else None,
    }


def _seen(request: Asked, item_id: int, number: int, part: str) -> FlaggedScan:
    """The view, recorded as seen. Raises `Hidden` where it is none that this person may see."""
    service, who = service_of(request), who_of(request)
    with writing(service.engine) as connection:
        item = parcels.find(connection, who, service.settings.agency, item_id)
        scans = parcels.flagged_of(connection, item_id).scans
        if not 1 <= number <= len(scans):
            raise Hidden(f"parcel {item_id}, view {number}: there is none")
        one = scans[number - 1]
        details: audit.Details = {"scan": one.scan.scan_id, "view": one.scan.view, "part": part}
        audit.record(connection, Deed(now_of(request), who.name, "see_scan", item.key, details))
    return one


def _pixels_of(service: Service, one: FlaggedScan) -> Sent:
    def make() -> bytes:
        return gzip.compress(pictures.packed(pictures.pixels(service, one)), FAST, mtime=0)

    pitch = one.scan.pitch_mm
    return Sent("pixels", _digest(one.stored.sha256, one.scan.energy, pitch.along, pitch.across), make)


def _map_of(one: FlaggedScan) -> Sent:
    findings = one.scan.findings
    if findings is None:
        raise Hidden(f"scan {one.scan.scan_id}: the model did not judge it")

    def make() -> bytes:
        return gzip.compress(pictures.packed(pictures.heat(findings)), FAST, mtime=0)

    return Sent("map", _digest(findings.map_png, findings.map_pitch_mm), make)


def _thumb_of(service: Service, one: FlaggedScan) -> Sent:
    def make() -> bytes:
        return pictures.thumbnail(pictures.pixels(service, one))

    pitch = one.scan.pitch_mm
    digest = _digest(one.stored.sha256, pitch.along, pitch.across)
    return Sent("thumb", digest, make, "image/png", FOR_AN_HOUR)


def _digest(*said: object) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _answer(request: Asked, sent: Sent) -> Response[bytes]:
    headers = {"etag": sent.tag, **sent.kept}
    if request.headers.get("if-none-match") == sent.tag:
        return Response(b"", status_code=304, headers=headers)
    content = service_of(request).shelf.taken(sent.tag, sent.make)
    if sent.kind == RAW:
        headers |= {"vary": "accept-encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            headers |= {"content-encoding": "gzip"}
        else:
            content = gzip.decompress(content)
    return Response(content, media_type=sent.kind, headers=headers)


routes: Final[list[ControllerRouterHandler]] = [get_pixels, get_map, get_thumb]
