"""The sixty mistakes: each what an engineer of a hub once did, made without a look at the checker's rules.

`names` are the kinds of finding that would tell that engineer what is wrong; any one of them will do.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import cv2
import numpy as np

from bench.hub_check import hubs
from bench.hub_check.hubs import Sent, Shipment
from bench.hub_check.painting import View, shrunk
from screener.contracts.wire import Energy
from screener.stream.port import Record

Parcels = list[Shipment]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: in what the hub's systems know of parcels, or in the messages they send."""

    name: str
    mistake: str
    names: tuple[str, ...]
    style: str = "colour"
    known: Callable[[Parcels], Parcels] = lambda parcels: parcels
    sent: Callable[[list[Sent]], list[Sent]] = lambda messages: messages

    def stream(self, parcels: Parcels) -> list[Record]:
        """The stream of a hub that makes this mistake."""
        return hubs.records(self.sent(hubs.messages(self.known(parcels))))


# --- messages ---------------------------------------------------------------------------------------


def _each(change: Callable[[Sent], Sent], *, scans: bool | None = None) -> Callable[[list[Sent]], list[Sent]]:
    """`change` on all messages, on scans alone, or on manifests alone."""
    return lambda messages: [
        change(one) if scans is None or one.of_scan is scans else one for one in messages
    ]


def _document(change: Callable[[Document], Document | None]) -> Callable[[list[Sent]], list[Sent]]:
    """`change` on the JSON of every manifest: in place, or by another document."""

    def changed(one: Sent) -> Sent:
        document = json.loads(one.value or b"")
        made = change(document) or document
        return replace(one, value=json.dumps(made, ensure_ascii=False).encode())

    return _each(changed, scans=False)


def _bytes(change: Callable[[bytes], bytes], *, scans: bool) -> Callable[[list[Sent]], list[Sent]]:
    return _each(lambda one: replace(one, value=change(one.value or b"")), scans=scans)


def _header(one: Sent, name: str, change: Callable[[str], str | None]) -> Sent:
    """The message with another value of a header; None takes it out."""
    made = [(n, change(v.decode()) if n == name else v.decode()) for n, v in one.headers]
    return replace(one, headers=tuple((n, v.encode()) for n, v in made if v is not None))


def _headers(name: str, change: Callable[[str], str | None], *, scans: bool = True) -> Any:
    return _each(lambda one: _header(one, name, change), scans=scans)


def _get(one: Sent, name: str) -> str:
    return next(value.decode() for header, value in one.headers if header == name)


def _in_log_order(messages: Sequence[Sent]) -> list[Sent]:
    return sorted(messages, key=lambda one: one.at)


def _structured(one: Sent) -> Sent:
    """CloudEvents in structured mode: all in one JSON document, one header."""
    event = {
        name.removeprefix("ce_"): value.decode() for name, value in one.headers if name.startswith("ce_")
    }
    event["data"] = json.loads(one.value or b"{}")
    kind = (("content-type", b"application/cloudevents+json; charset=UTF-8"),)
    return replace(one, value=json.dumps(event).encode(), headers=kind)


def _http_names(one: Sent) -> Sent:
    return replace(one, headers=tuple((name.replace("ce_", "ce-"), value) for name, value in one.headers))


def _quoted_key(one: Sent) -> Sent:
    return replace(one, key=None if one.key is None else b'"' + one.key + b'"')


def _other_hash(one: Sent) -> Sent:
    """The hash was taken of the file on the share, before the gateway wrote the image anew."""
    image = cv2.imdecode(np.frombuffer(one.value or b"", np.uint8), cv2.IMREAD_UNCHANGED)
    _, data = cv2.imencode(".png", image)
    return _header(replace(one, value=data.tobytes()), "content-type", lambda _: "image/png")


def _own_disk(one: Sent) -> Sent:
    document = {
        "address": f"file:///D:/XRAY/EXPORT/{_get(one, 'ce_scanid')}.png",
        "sha256": _get(one, "ce_sha256"),
        "bytes": len(one.value or b""),
        "content_type": _get(one, "content-type"),
    }
    referring = replace(one, value=json.dumps(document).encode())
    return _header(referring, "content-type", lambda _: "application/vnd.screener.image-reference+json")


def _with_own_hash(one: Sent, image: bytes) -> Sent:
    digest = hashlib.sha256(image).hexdigest()
    return _header(replace(one, value=image), "ce_sha256", lambda _: digest)


def _sent_again(messages: list[Sent]) -> list[Sent]:
    """A client that retries after 30 s what was taken long ago, each time as a new event."""
    again = [
        _header(replace(one, at=one.at + timedelta(seconds=30)), "ce_id", lambda old: old + "-retry")
        for one in messages
        if int(hashlib.sha256(one.value or b"").hexdigest(), 16) % 2
    ]
    return _in_log_order([*messages, *again])


def _only(keep: Callable[[Sent], bool]) -> Callable[[list[Sent]], list[Sent]]:
    return lambda messages: [one for one in messages if keep(one)]


def _kept(one: Sent, share: float) -> bool:
    """The same of all messages of one key."""
    return int(hashlib.sha256(one.key or b"").hexdigest(), 16) % 100 >= share * 100


def _nightly(messages: list[Sent]) -> list[Sent]:
    """Manifests come from a batch that runs hours after the parcels went over the belt."""
    return _in_log_order(
        [one if one.of_scan else replace(one, at=one.at + timedelta(hours=5)) for one in messages]
    )


def _ce_time(change: Callable[[datetime], datetime]) -> Any:
    def changed(text: str) -> str:
        return change(datetime.fromisoformat(text)).isoformat().replace("+00:00", "Z")

    return _headers("ce_time", changed)


def _one_view_number(one: Sent) -> Sent:
    return _header(one, "ce_view", lambda _: "1")


def _parcel_called(one: Sent, name: str) -> Sent:
    """A message whose parcel has another id, in key, subject and document alike."""
    named = _header(replace(one, key=name.encode()), "ce_subject", lambda _: name)
    if one.of_scan:
        return named
    document = json.loads(one.value or b"")
    document["parcel_id"] = name
    return replace(named, value=json.dumps(document, ensure_ascii=False).encode())


# --- documents --------------------------------------------------------------------------------------


def _no_zone(document: Document) -> None:
    document["declared_at"] = document["declared_at"].replace("Z", "")


def _as_texts(document: Document) -> None:
    document["weight_g"] = str(document["weight_g"])


def _camel(document: Document) -> Document:
    def renamed(name: str) -> str:
        first, *rest = name.split("_")
        return first + "".join(part.title() for part in rest)

    return {renamed(name): value for name, value in document.items()}


def _dotted(document: Document) -> None:
    for line in document["contents"]:
        line["hs_code"] = f"{line['hs_code'][:4]}.{line['hs_code'][4:]}" if line["hs_code"] else "0000.00"


def _kilograms(document: Document) -> None:
    document["weight_g"] = round(document["weight_g"] / 1000, 3)


def _centimetres(document: Document) -> None:
    document["size_mm"] = {name: round(side / 10, 1) for name, side in document["size_mm"].items()}


def _rmb(document: Document) -> None:
    for line in document["contents"]:
        line["value"]["currency"] = "RMB"


def _region(document: Document) -> None:
    for side in ("consignor", "consignee"):
        document[side]["region"] = "CHINA"


def _texts(document: Document, change: Callable[[str], str]) -> None:
    for side in ("consignor", "consignee"):
        for name in ("name", "address"):
            document[side][name] = change(document[side][name])
    for line in document["contents"]:
        line["text"] = change(line["text"])


def _phones(document: Document) -> None:
    for side in ("consignor", "consignee"):
        document[side]["phone"] = "13800000000"


def _shifted(document: Document, name: str, by: timedelta, base: str | None = None) -> None:
    moment = datetime.fromisoformat(document[base or name]) + by
    document[name] = moment.isoformat().replace("+00:00", "Z")


def _declared_ahead(document: Document) -> None:
    """China's local time with a Z behind it."""
    _shifted(document, "declared_at", timedelta(hours=8))


def _decided_before(document: Document) -> None:
    """The field was taken for the time of the declaration's cut-off, the day before."""
    _shifted(document, "decide_by", timedelta(days=-1), "declared_at")


def _contents_gone(document: Document) -> None:
    document["contents"] = []


# --- pictures ---------------------------------------------------------------------------------------


def _views(change: Callable[[View], View]) -> Callable[[Parcels], Parcels]:
    return lambda parcels: [replace(one, views=tuple(map(change, one.views))) for one in parcels]


def _pixels(change: Callable[[Any], Any]) -> Callable[[Parcels], Parcels]:
    return _views(lambda view: replace(view, pixels=np.ascontiguousarray(change(view.pixels))))


def _as_colour(view: View) -> View:
    threefold: Any = np.stack([view.pixels] * 3, axis=-1)
    return replace(view, pixels=threefold, energy=Energy.DUAL)


def _squeezed(pair: Any) -> Any:
    """The file is of 16 bits; on the way each value went through 8."""
    return (pair >> 8) << 8


def _rainbow(pixels: Any) -> Any:
    """A colour map of a plotting library over what was grey."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_JET), cv2.COLOR_BGR2RGB)


def _left_half(pixels: Any) -> Any:
    """The line scan ends before the parcel does; the file holds what there was."""
    return pixels[:, pixels.shape[1] // 5 : pixels.shape[1] // 5 * 3]


def _screenshot(pixels: Any) -> Any:
    """The window of the viewer: the picture in a grey surface with a dark tool bar."""
    rows, cols = pixels.shape[:2]
    screen = np.full((rows + 260, cols + 420, 3), 198, np.uint8)
    screen[:60] = (40, 44, 52)
    for number in range(6):
        screen[14:46, 20 + 60 * number : 58 + 60 * number] = (120, 126, 138)
    cv2.putText(screen, "XRAY VIEW 4.2", (400, 38), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (230, 230, 230), 1)
    screen[140 : 140 + rows, 300 : 300 + cols] = pixels
    return screen


def _missed(parcels: Parcels) -> Parcels:
    """The light barrier opens too late: two pictures of three show the belt between parcels."""

    def passed(view: View) -> View:
        belt = np.full_like(view.pixels, 255)
        noise = np.random.default_rng(int(view.pixels.sum())).integers(0, 4, belt.shape[:2])
        return replace(view, pixels=(belt - noise[..., None]).astype(np.uint8))

    return [
        one if number % 3 == 0 else replace(one, views=tuple(map(passed, one.views)))
        for number, one in enumerate(parcels)
    ]


def _always_the_first(parcels: Parcels) -> Parcels:
    """A test picture was left in: all but a few parcels have the same."""
    first = parcels[0].views[:1]
    return [one if number % 4 == 0 else replace(one, views=first) for number, one in enumerate(parcels)]


def _told(across: Callable[[View], float], along: Callable[[View], float]) -> Callable[[Parcels], Parcels]:
    """What is said of the pitch, whatever it is."""
    return _views(lambda view: replace(view, across_mm=across(view), along_mm=along(view)))


def _thumbnail(view: View) -> View:
    """A preview with some 3.6 mm a pixel, truly told."""
    factor = 3.6 / max(view.across_mm, view.along_mm)
    small = shrunk(view, factor)
    return replace(small, across_mm=view.across_mm * factor, along_mm=view.along_mm * factor)


def _uneven(view: View) -> View:
    """A scanner whose belt runs fast: columns lie 1.7 times as far apart as rows, and it is told."""
    factor = 1.7 * view.across_mm / view.along_mm
    narrow: Any = cv2.resize(view.pixels, None, fx=1 / factor, fy=1.0, interpolation=cv2.INTER_AREA)
    return replace(view, pixels=narrow, along_mm=view.along_mm * factor)


def _swapped(view: View) -> View:
    right = _uneven(view)
    return replace(right, across_mm=right.along_mm, along_mm=right.across_mm)


def _square(view: View) -> View:
    right = _uneven(view)
    return replace(right, along_mm=right.across_mm)


def _same_scan_id(parcels: Parcels) -> Parcels:
    return [replace(one, scan_id="SCAN-0001") for one in parcels]


def _views_lost(messages: list[Sent]) -> list[Sent]:
    """The second generator's pictures go to another share, which nobody watches."""
    two = _headers("ce_views", lambda _: "2")(messages)
    return [one for one in two if not one.of_scan or _get(one, "ce_view") == "1"]


def _both_views_first(messages: list[Sent]) -> list[Sent]:
    return _each(_one_view_number, scans=True)(messages)


def _no_read(messages: list[Sent]) -> list[Sent]:
    """The barcode camera writes NOREAD where it read none, for four scans of ten."""
    return [one if not one.of_scan or _kept(one, 0.4) else _parcel_called(one, "NOREAD") for one in messages]


def _old_barcodes(messages: list[Sent]) -> list[Sent]:
    """Bags go round with their old labels: every fourth parcel has a barcode of another one."""
    ids = sorted({one.key for one in messages if one.key})
    old = {key: ids[number // 4 * 4].decode() for number, key in enumerate(ids)}
    return [_parcel_called(one, old[one.key]) if one.key else one for one in messages]


def _stripped(messages: list[Sent]) -> list[Sent]:
    """The scanner's software keeps barcodes as numbers, with a check letter of its own."""
    return [
        _parcel_called(one, f"{int(one.key or b'0')}")
        if one.of_scan
        else _parcel_called(one, f"00{(one.key or b'').decode()}")
        for one in messages
    ]


def _unnamed(messages: list[Sent]) -> list[Sent]:
    def nameless(one: Sent) -> Sent:
        return _header(replace(one, key=None), "ce_subject", lambda _: None)

    return _each(nameless, scans=True)(messages)


# --- the sixty --------------------------------------------------------------------------------------

FAULTS: tuple[Fault, ...] = (
    # envelopes
    Fault(
        "structured-mode",
        "CloudEvents in structured mode",
        ("header_missing", "header_invalid"),
        sent=_each(_structured, scans=False),
    ),
    Fault("http-names", "headers named as over HTTP (ce-id)", ("header_missing",), sent=_each(_http_names)),
    Fault(
        "key-waybill",
        "manifests keyed by the waybill",
        ("key_mismatch",),
        sent=_each(
            lambda one: replace(one, key=json.loads(one.value or b"")["waybill"].encode()), scans=False
        ),
    ),
    Fault("key-quoted", "keys written by a JSON serialiser", ("key_mismatch",), sent=_each(_quoted_key)),
    Fault(
        "decimal-comma",
        "pitch with a comma for a point",
        ("header_invalid",),
        sent=_headers("ce_pitchacross", lambda text: text.replace(".", ",")),
    ),
    # documents
    Fault(
        "gbk",
        "manifests in GB 18030",
        ("not_utf8",),
        sent=_bytes(lambda value: value.decode().encode("gb18030"), scans=False),
    ),
    Fault("numbers-as-text", "weights as texts", ("schema",), sent=_document(_as_texts)),
    Fault("no-zone", "times without their zone", ("schema",), sent=_document(_no_zone)),
    Fault(
        "bom",
        "a byte order mark before the JSON",
        ("not_json",),
        sent=_bytes(lambda value: b"\xef\xbb\xbf" + value, scans=False),
    ),
    Fault("hs-dotted", "HS codes with points", ("schema",), sent=_document(_dotted)),
    # the bytes of images
    Fault(
        "base64",
        "images in base64",
        ("image_mismatch", "image_format"),
        sent=_bytes(base64.b64encode, scans=True),
    ),
    Fault(
        "hash-before",
        "the hash of the file before it was written anew",
        ("image_mismatch",),
        sent=_each(_other_hash, scans=True),
    ),
    Fault(
        "cut-short",
        "images cut at 12 KiB",
        ("image_corrupt",),
        sent=_each(lambda one: _with_own_hash(one, (one.value or b"")[: 12 * 1024]), scans=True),
    ),
    Fault(
        "own-disk",
        "references to a disk of the hub's own",
        ("reference_refused",),
        sent=_each(_own_disk, scans=True),
    ),
    # pictures
    Fault(
        "grey-as-dual",
        "grey pictures in RGB files, declared dual energy",
        ("energy_grey_as_dual",),
        "grey",
        known=_views(_as_colour),
    ),
    Fault(
        "colour-as-single",
        "colour pictures declared single energy",
        ("energy_colour_as_single",),
        known=_views(lambda view: replace(view, energy=Energy.SINGLE)),
    ),
    Fault(
        "inverted-colour",
        "the negative of a colour picture",
        ("palette_inverted",),
        known=_pixels(lambda pixels: 255 - pixels),
    ),
    Fault(
        "inverted-grey",
        "the negative of a grey picture",
        ("palette_inverted",),
        "grey",
        known=_pixels(lambda pixels: 255 - pixels),
    ),
    Fault(
        "bgr",
        "red and blue changed places",
        ("palette_swapped", "palette_unknown"),
        known=_pixels(lambda pixels: pixels[..., ::-1]),
    ),
    Fault("rainbow", "a plotting library's colour map", ("palette_unknown",), known=_pixels(_rainbow)),
    Fault(
        "high-low",
        "the pages of the pair in the wrong order",
        ("pair_swapped",),
        "pair",
        known=_pixels(lambda pair: pair[::-1]),
    ),
    Fault(
        "one-page-twice",
        "the low energy page twice",
        ("pair_identical",),
        "pair",
        known=_pixels(lambda pair: np.stack([pair[0], pair[0]])),
    ),
    Fault(
        "eight-bits",
        "16-bit pages that went through 8 bits",
        ("depth_squeezed",),
        "pair",
        known=_pixels(_squeezed),
    ),
    Fault(
        "jpeg-strong",
        "JPEG of quality 8",
        ("jpeg_strong",),
        known=_views(lambda view: replace(view, make=replace(view.make, encoding="jpeg", quality=8))),
    ),
    Fault("cropped", "the ends of the parcel are cut off", ("image_cropped",), known=_pixels(_left_half)),
    Fault("empty-belt", "two pictures of three show the belt alone", ("belt_empty",), known=_missed),
    Fault("black", "all pixels black", ("image_constant",), known=_pixels(np.zeros_like)),
    Fault(
        "one-picture",
        "a test picture for three parcels of four",
        ("image_repeated",),
        known=_always_the_first,
    ),
    Fault("screenshot", "screenshots of the viewer", ("image_margin",), known=_pixels(_screenshot)),
    # the pitch
    Fault(
        "pitch-1.6",
        "a pitch 1.6 times too large",
        ("pitch_scale",),
        known=_told(lambda view: view.across_mm * 1.6, lambda view: view.along_mm * 1.6),
    ),
    Fault(
        "pitch-cm",
        "a pitch in cm",
        ("pitch_scale",),
        known=_told(lambda view: view.across_mm / 10, lambda view: view.along_mm / 10),
    ),
    Fault(
        "halved",
        "images sent at half size with the pitch of the whole",
        ("pitch_scale",),
        known=_views(lambda view: shrunk(view, 2)),
    ),
    Fault(
        "pitch-swapped", "pitch across and along changed places", ("pitch_aspect",), known=_views(_swapped)
    ),
    Fault("pitch-square", "the pitch across told for both ways", ("pitch_aspect",), known=_views(_square)),
    Fault("thumbnails", "previews of 3.6 mm a pixel", ("pitch_coarse",), known=_views(_thumbnail)),
    # parcels and ids
    Fault("zeros-stripped", "barcodes without their leading zeros in scans", ("ids_differ",), sent=_stripped),
    Fault(
        "scans-missing",
        "four parcels of ten are never scanned",
        ("unpaired_manifests",),
        sent=_only(lambda one: not one.of_scan or _kept(one, 0.4)),
    ),
    Fault(
        "manifests-missing",
        "four parcels of ten have no manifest",
        ("unpaired_scans",),
        sent=_only(lambda one: one.of_scan or _kept(one, 0.4)),
    ),
    Fault("second-view-lost", "two views announced, one sent", ("views_missing",), sent=_views_lost),
    Fault(
        "both-views-first",
        "every view is number 1",
        ("view_repeated", "views_missing"),
        known=lambda parcels: [
            replace(one, views=one.views * 2 if len(one.views) == 1 else one.views) for one in parcels
        ],
        sent=_both_views_first,
    ),
    Fault("noread", "NOREAD as the parcel id of unread ones", ("parcel_id_placeholder",), sent=_no_read),
    Fault("barcodes-reused", "the same barcode on four parcels", ("parcel_id_reused",), sent=_old_barcodes),
    Fault("one-scan-id", "the same scan id for all", ("scan_id_reused",), known=_same_scan_id),
    Fault(
        "one-event-id",
        "the same ce_id for all",
        ("event_id_reused",),
        sent=_each(lambda one: _header(one, "ce_id", lambda _: "1")),
    ),
    Fault(
        "retried-anew", "half sent again 30 s later as new events", ("message_repeated",), sent=_sent_again
    ),
    Fault("no-subject", "scans never name their parcel", ("barcode_missing",), sent=_unnamed),
    # time
    Fault(
        "clock-zone",
        "the scanner's local time written as UTC (8 h ahead)",
        ("clock_ahead",),
        sent=_ce_time(lambda time: time + timedelta(hours=8)),
    ),
    Fault(
        "clock-behind",
        "the scanner's clock is 47 minutes late",
        ("clock_behind",),
        sent=_ce_time(lambda time: time - timedelta(minutes=47)),
    ),
    Fault(
        "declared-ahead",
        "declared at local time written as UTC",
        ("declared_ahead",),
        sent=_document(_declared_ahead),
    ),
    Fault("nightly", "manifests five hours after the scans", ("manifest_late",), sent=_nightly),
    Fault("decided-before", "decide_by the day before", ("decide_by_past",), sent=_document(_decided_before)),
    Fault(
        "decide-at-once",
        "decide_by 2 s after the manifest",
        ("decide_by_short", "decide_by_past"),
        sent=_document(lambda document: _shifted(document, "decide_by", timedelta(seconds=2), "declared_at")),
    ),
    # what is declared
    Fault("kilograms", "weights in kg", ("weight_unit",), sent=_document(_kilograms)),
    Fault("centimetres", "sizes in cm", ("size_unit",), sent=_document(_centimetres)),
    Fault("no-contents", "no contents at all", ("contents_empty",), sent=_document(_contents_gone)),
    Fault("rmb", "RMB for CNY", ("currency_unknown",), sent=_document(_rmb)),
    Fault("region-words", "CHINA for a code of the region", ("region_unknown",), sent=_document(_region)),
    Fault(
        "mojibake",
        "UTF-8 read as Latin-1 and written again",
        ("text_mojibake",),
        sent=_document(lambda document: _texts(document, lambda text: text.encode().decode("latin-1"))),
    ),
    Fault(
        "question-marks",
        "Chinese through an ASCII database",
        ("text_lost",),
        sent=_document(
            lambda document: _texts(document, lambda text: text.encode("ascii", "replace").decode())
        ),
    ),
    Fault("one-phone", "13800000000 for every phone", ("phone_placeholder",), sent=_document(_phones)),
)
