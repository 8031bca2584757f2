"""The page of the officers on the spot, what it asks for, and what waits for a supervisor.

The page itself says nothing of anybody: the same one lies on the device for when there is no connection. Who
is there, and all about parcels, it asks for; what was entered comes as entries (`screener.review.station`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import MediaType, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from screener.contracts.wire import Flagged, FlaggedScan
from screener.errors import BadInput
from screener.review import actions, acts, kinship, parcels, personal, photographs, search, seen
from screener.review.audit import Deed, Details, record
from screener.review.database import reading, writing
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.parcels import Item
from screener.review.photographs import CONTENT_TYPES, Kept
from screener.review.pictures import stored
from screener.review.rights import Verb
from screener.review.station import entries, judging, posting, scans, sent, unmatched
from screener.review.station.scans import Scan
from screener.review.web import desk, entered, faults, labels, sentences, sheet, words
from screener.review.web.desk import Desk
from screener.review.web.pages.pictures import FOR_AN_HOUR
from screener.review.web.request import (
    Asked,
    Page,
    Site,
    form_of,
    page,
    see_other,
    site_of,
    visit_of,
    words_of,
)
from screener.review.web.request import entered as field
from screener.review.web.words import msg

LARGEST_BYTES: Final = 96 * 1024 * 1024
"""Of a request with a picture, whatever the settings say of pictures."""

MODULES: Final = (
    *("station.js", "station_store.js", "station_sending.js", "station_reading.js", "station_forms.js"),
    *(
        "station_outbox.js",
        "notices.js",
        "clock.js",
        "words.js",
        "words.zh.js",
        "words.en.js",
        "vendor/zxing.js",
    ),
)
STYLES: Final = ("base.css", "work.css", "parcel.css", "station.css", "mark.svg")

KINDS: Final[Mapping[str, str]] = {
    "open": msg("Opening"),
    "found": msg("What was found"),
    "note": msg("Note"),
    "photograph": msg("Photograph"),
    "picture": msg("X-ray picture"),
}

FIELDS: Final[Mapping[str, str]] = {
    "officers": msg("officers"),
    "text": msg("Note"),
    "note": msg("Note"),
    "cartons": msg("Cartons (200)"),
    "packs": msg("Packs (20)"),
    "kg": msg("Cut tobacco, kg"),
    "leaf_kg": msg("Leaf tobacco, kg"),
    "sticks": msg("Sticks"),
    "e_cigarettes": msg("E-cigarettes, pieces"),
    "value_cny": msg("Value, CNY"),
    "origin": msg("Origin"),
    "quality": msg("How good the alert was"),
    **{f"checklist.{check}": name for check, name in labels.CHECKS.items()},
}
"""What a form calls what was entered in it."""

FAILURES: Final[Mapping[str, str]] = {
    judging.NO_MODEL: msg("There is no model at the moment. The picture is kept: look at it yourself."),
    "unscored": msg("The model gave no usable answer. The picture is kept: look at it yourself."),
    "image_gone": msg("The picture is no longer in the evidence store."),
    "image_corrupt": msg("The file is damaged or cut short."),
    "image_too_large": msg("The picture has more pixels than are read."),
    "image_too_small": msg("At this pixel pitch the picture covers too little to show anything."),
    "image_energy": msg(
        "The picture does not fit the energy: dual has colours or two pages, single is grey."
    ),
    "pitch_too_coarse": msg("At this pixel pitch no cigarette could be seen."),
    "pitch_conflict": msg("The file itself states another pixel pitch."),
}
"""Why the model did not judge a picture; another cause is said by its code."""

PRESETS: Final = (
    ("cabinet", msg("Cabinet or small belt scanner, opening about 60 x 40 cm"), 1.0, "dual"),
    ("belt", msg("Belt scanner for large parcels, opening about 100 x 100 cm"), 1.5, "dual"),
    ("panel", msg("Portable flat panel with a generator"), 0.15, "single"),
    ("vehicle", msg("Scanner in a vehicle"), 2.0, "dual"),
)
"""Code, name, usual pixel pitch in mm, usual energy; the officer sees and changes both."""


@get("/station", sync_to_thread=False)
def get_station(request: Asked) -> Page:
    """The page, for those who decide somewhere."""
    at = desk.of(request)
    posting.posting_of(at.who, at.home)
    return _shell(site_of(request), visit_of(request).language)


@get("/station/shell/{language:str}", sync_to_thread=False, opt={"open": True})
def get_shell(request: Asked, language: FromPath[str]) -> Page:
    """The same page, for devices to keep."""
    if language not in words.LANGUAGES:
        raise Hidden(language)
    return _shell(site_of(request), language)


@get("/station/worker.js", sync_to_thread=False, opt={"open": True})
def get_worker(request: Asked) -> Response[str]:
    """What keeps the page on the device: the script, told which files belong to this version."""
    files = site_of(request).files
    kept = [files.address(name) for name in (*MODULES, *STYLES)]
    shells = {language: f"/station/shell/{language}" for language in words.LANGUAGES}
    said = {"version": files.version, "files": kept, "shells": shells}
    script = files.by_name["station_worker.js"].content.decode()
    content = f"const KEPT = {json.dumps(said)};\n{script}"
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/station"}
    return Response(content, media_type="text/javascript; charset=utf-8", headers=headers)


@get("/station/app.webmanifest", sync_to_thread=False, opt={"open": True})
def get_manifest(request: Asked) -> Response[str]:
    """What a tablet needs to keep the page on its home screen and to show it without a browser's frame."""
    mark = {"src": site_of(request).files.address("mark.svg"), "sizes": "any", "type": "image/svg+xml"}
    said = {
        "name": "Screener Station",
        "short_name": "Screener",
        "id": "/station",
        "start_url": "/station",
        "scope": "/station",
        "display": "standalone",
        "background_color": "#12324d",
        "theme_color": "#12324d",
        "icons": [mark],
    }
    headers = {"cache-control": "no-cache"}
    return Response(json.dumps(said), media_type="application/manifest+json; charset=utf-8", headers=headers)


@get("/station/me", sync_to_thread=True, opt={"quiet": True})
def get_me(request: Asked) -> Response[dict[str, object]]:
    """Who is there, and the proof that entries carry."""
    at, visit = desk.of(request), visit_of(request)
    posting.posting_of(at.who, at.home)
    said = {
        "person": at.who.person,
        "name": at.who.name,
        "csrf": visit.csrf,
        "language": visit.language,
        "session_s": round(timedelta(hours=at.settings.session_h).total_seconds()),
        "photograph_bytes": at.settings.photograph_bytes,
        "picture_bytes": at.service.config.score.images.max_bytes,
        "supervises": at.who.anywhere(Verb.REASSIGN),
    }
    return Response(said)


@get("/station/parcel", sync_to_thread=True)
def get_parcel(request: Asked) -> Response[dict[str, object]]:
    """The parcel of a barcode as the page shows it; that it was shown is recorded."""
    at, code = desk.of(request), request.query_params.get("code", "").strip()[:256]
    with writing(at.engine) as connection:
        found = search.by_barcode(connection, at.who, at.home, code)
        record(connection, Deed(at.now, at.who.name, "search", "station", {"found": found is not None}))
    return Response({"found": False} if found is None else _parcel(request, found))


@post("/station/entries", sync_to_thread=True, status_code=200, request_max_body_size=LARGEST_BYTES)
def post_entry(request: Asked) -> Response[Any]:
    """Take an entry, or say again what became of it."""
    at, file = desk.of(request), form_of(request).get("content")
    most = max(at.settings.photograph_bytes, at.service.config.score.images.max_bytes)
    content = file.file.read(most + 1) if isinstance(file, UploadFile) else b""
    one = sent.read(field(request, "entry", sent.LONGEST))
    answer = entries.take(at.service, at.who, one, content)
    return Response(msgspec.to_builtins(answer))


@get("/station/scans/{number:int}", sync_to_thread=True)
def get_scan(request: Asked, number: FromPath[int]) -> Response[dict[str, object]]:
    """A picture of a mobile scanner as the page shows it, and whether it was judged."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        one = scans.find(connection, at.who, at.home, number)
        if one.state != "waiting":
            scans.record_shown(connection, at.who, at.now, one)
    return Response({"state": one.state, "html": _fragment(request, "station_scan.html", _scan(at, one))})


@get("/station/scans/{number:int}/drawn", sync_to_thread=True)
def get_scan_drawn(request: Asked, number: FromPath[int]) -> Response[bytes]:
    """The picture with what the model saw where."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        one = scans.find(connection, at.who, at.home, number)
    tag = f"station-{one.sha256}-{one.pitch_mm}-{one.energy}-{one.state}"
    return _png(at.service.shelf.taken(tag, lambda: scans.drawn(at.service, one)))


@get("/station/parcels/{item_id:int}/views/{number:int}", sync_to_thread=True)
def get_view_drawn(request: Asked, item_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """A view of a flagged parcel with what the model saw where."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
        views = parcels.flagged_of(connection, item_id).scans
        if not 1 <= number <= len(views):
            raise Hidden(f"parcel {item_id}, view {number}: there is none")
        one = views[number - 1]
        details: Details = {"scan": one.scan.scan_id, "view": one.scan.view, "part": "drawn"}
        record(connection, Deed(at.now, at.who.name, "see_scan", item.key, details))
    return _png(at.service.shelf.taken(_view_tag(one), lambda: scans.drawn_view(at.service, one)))


@get("/station/unmatched", sync_to_thread=True)
def get_unmatched(request: Asked) -> Page:
    """What devices sent that stands on no parcel yet."""
    return _unmatched(request)


@get("/station/entries/{number:int}/photograph", sync_to_thread=True)
def get_entry_photograph(request: Asked, number: FromPath[int]) -> Response[bytes]:
    """The copy that pages show of a photograph without a parcel."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        kept, target = unmatched.photograph(connection, at.who, at.home, number)
        record(connection, Deed(at.now, at.who.name, "see_photograph", target, {"entry": number}))
    content = at.service.shelf.taken(f"photograph-{kept.sha256}", lambda: _copy(at, kept))
    return Response(content, media_type="image/jpeg", headers=FOR_AN_HOUR)


@post("/station/unmatched/tie", sync_to_thread=True)
def post_tie(request: Asked) -> Page | Redirect:
    """Carry entries out on the parcel whose barcode is given."""
    at, data = desk.of(request), entered.of(request)
    try:
        numbers = entered.numbers(data, "entry")
        with writing(at.engine) as connection:
            code = entered.text(data, "code")
            item_id = unmatched.tie(connection, at.service, at.who, numbers, code=code)
    except (BadInput, Conflict, Denied) as error:
        return _unmatched(request, faults.told(error, words_of(request)))
    return see_other(f"/parcels/{item_id}")


@post("/station/unmatched/settle", sync_to_thread=True)
def post_settle(request: Asked) -> Page | Redirect:
    """Leave entries without a parcel for good, saying why."""
    at, data = desk.of(request), entered.of(request)
    try:
        with writing(at.engine) as connection:
            for number in entered.numbers(data, "entry"):
                unmatched.settle(connection, at.service, at.who, number, note=entered.text(data, "note"))
    except (BadInput, Conflict, Denied) as error:
        return _unmatched(request, faults.told(error, words_of(request)))
    return see_other("/station/unmatched")


def _shell(site: Site, language: str) -> Page:
    """The page without anybody: nothing of it depends on who asks, so devices may keep it."""
    context = {"labels": labels, "kinds": KINDS, "presets": PRESETS, "photograph_types": CONTENT_TYPES}
    content = site.environments[language].get_template("station.html").render(context)
    return Response(content, media_type=MediaType.HTML, headers={"cache-control": "no-cache"})


def _fragment(request: Asked, template: str, context: dict[str, Any]) -> str:
    site, visit = site_of(request), visit_of(request)
    known = {"who": visit.who, "now": site.service.clock(), "labels": labels}
    return site.environments[visit.language].get_template(template).render(known | context)


def _parcel(request: Asked, item_id: int) -> dict[str, object]:
    at = desk.of(request)
    with reading(at.engine) as connection:
        item = parcels.find(connection, at.who, at.home, item_id)
        flagged = parcels.flagged_of(connection, item_id)
        past = acts.timeline(connection, item_id)
        known = _around(connection, at, item, flagged)
    with writing(at.engine) as connection:
        seen.record(connection, at.who, at.now, item)
    limits, say = at.service.allowed(item.hub), words_of(request).gettext
    context = known | {
        "item": item,
        "flagged": flagged,
        "timeline": past,
        "bars": sheet.bars(flagged.decision.load, limits),
        "load": flagged.decision.load,
        "reasons": [sentences.of_reason(one, say) for one in flagged.decision.reasons],
        "views": [n for n, one in enumerate(flagged.scans, 1) if one.stored.address is not None],
    }
    may = [kind for kind in ("open", "found", "note") if kind in _possible(at, item, past)]
    return {
        "found": True,
        "id": item.id,
        "code": item.parcel_id,
        "version": item.version,
        "state": item.state,
        "may": may,
        "html": _fragment(request, "station_parcel.html", context),
    }


def _possible(at: Desk, item: Item, past: tuple[acts.Act, ...]) -> tuple[str, ...]:
    return actions.possible(at.who, item, at.settings, past)


def _around(connection: Connection, at: Desk, item: Item, flagged: Flagged) -> dict[str, Any]:
    """What belongs to a parcel besides its decision, people masked."""
    return {
        "people": personal.masked(flagged, at.service.ring),
        "linked": kinship.linked(connection, at.who, at.home, item.id, limit=8),
        "totals": kinship.totals(connection, at.who, at.home, at.now, item.id),
        "photographs": photographs.of_parcel(connection, item.id),
        "station_scans": scans.of_parcel(connection, item.id),
    }


def _scan(at: Desk, one: Scan) -> dict[str, Any]:
    limits = at.service.allowed(one.hub)
    load = one.against(limits)
    return {
        "scan": one,
        "load": load,
        "bars": sheet.bars(load, limits),
        "failure": FAILURES.get(one.failure or ""),
        "presets": {code: name for code, name, _, _ in PRESETS},
    }


def _unmatched(request: Asked, error: str | None = None) -> Page:
    at = desk.of(request)
    posting.posting_of(at.who, at.home)
    with writing(at.engine) as connection:
        found = unmatched.waiting(connection, at.who, at.home)
        record(connection, Deed(at.now, at.who.name, "see_station", "station", {"found": len(found)}))
    groups: dict[tuple[str, str], list[unmatched.Entry]] = {}
    for one in found:
        groups.setdefault((one.barcode or f"#{one.id}", one.by_shown), []).append(one)
    codes = {**labels.QUALITIES, **labels.ORIGINS, **labels.MARKS}
    context = {
        "groups": list(groups.values()),
        "kinds": KINDS,
        "fields": FIELDS,
        "codes": codes,
        "error": error,
    }
    supervises = at.who.anywhere(Verb.REASSIGN)
    status = 400 if error else 200
    return page(request, "station_unmatched.html", status, **context, supervises=supervises)


def _copy(at: Desk, kept: Kept) -> bytes:
    content = stored(at.service, kept.address, f"photograph {kept.sha256[:12]}")
    return photographs.shown_copy(at.service.sandbox, content, kept.content_type)


def _png(content: bytes) -> Response[bytes]:
    return Response(content, media_type="image/png", headers=FOR_AN_HOUR)


def _view_tag(one: FlaggedScan) -> str:
    pitch, findings = one.scan.pitch_mm, one.scan.findings
    return f"drawn-{one.stored.sha256}-{pitch.along}-{pitch.across}-{findings.model if findings else ''}"


routes: Final[list[ControllerRouterHandler]] = [
    get_station,
    get_shell,
    get_worker,
    get_manifest,
    get_me,
    get_parcel,
    post_entry,
    get_scan,
    get_scan_drawn,
    get_view_drawn,
    get_unmatched,
    get_entry_photograph,
    post_tie,
    post_settle,
]
