"""The checks of foreign messages: a value of the contract, or `BadInput` with a registered reason.

Of equal JSON names the last counts. Neither personal values nor a foreign key or subject, in which a hub may
have put one, stand in an error text.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts import cloudevents
from screener.contracts.cloudevents import IMAGE_REFERENCE, IMAGE_TYPES, Event, Headers, media_type
from screener.contracts.json_reading import explain, read_json
from screener.contracts.quoting import kind_and_length, shown
from screener.contracts.times import in_utc
from screener.contracts.wire import ImageReference, Manifest, ScanHeaders
from screener.errors import BadInput

T = TypeVar("T")

MAX_MANIFEST_BYTES: Final = 1024 * 1024
MAX_REFERENCE_BYTES: Final = 16 * 1024

RESERVED_PREFIX: Final = "unread."
"""How the parcel ids begin that we give to scans without a barcode; no hub may claim one."""

SCAN_ATTRIBUTES: Final = {
    "$.scan_id": "scanid",
    "$.view": "view",
    "$.views": "views",
    "$.scanner": "scanner",
    "$.pitch_mm.across": "pitchacross",
    "$.pitch_mm.along": "pitchalong",
    "$.energy": "energy",
    "$.sha256": "sha256",
    "$.parcel_id": "subject",
}
"""The path of a field of `ScanHeaders` to the CloudEvents attribute that carries it."""

_INTEGER: Final = re.compile(r"[0-9]{1,9}")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def read_manifest(value: bytes | None, headers: Headers, hub: str, key: bytes | None = None) -> Manifest:
    """The manifest that a hub published on its own topic, its times in UTC. Raises `BadInput`."""
    event = cloudevents.from_headers(headers)
    cloudevents.expect_type(event, cloudevents.MANIFEST)
    _expect_content_type(event, (cloudevents.JSON,))
    manifest = read_json(value, Manifest, MAX_MANIFEST_BYTES)
    if manifest.hub != hub:
        raise BadInput("hub_mismatch", f"$.hub: expected {hub!r}, got {shown(manifest.hub)}")
    _expect_unreserved(manifest.parcel_id, "$.parcel_id")
    _expect_key(key, manifest.parcel_id)
    _expect_subject(event, manifest.parcel_id)
    return _with_utc(manifest)


def read_scan_headers(headers: Headers, hub: str, key: bytes | None) -> ScanHeaders:
    """What a hub says of a scan in the headers. Raises `BadInput`."""
    event = cloudevents.from_headers(headers)
    cloudevents.expect_type(event, cloudevents.SCAN)
    content_type = _expect_content_type(event, (*IMAGE_TYPES, IMAGE_REFERENCE))
    try:
        scan = msgspec.convert(_scan_fields(event, hub, content_type), ScanHeaders)
    except msgspec.ValidationError as error:
        raise _bad_header(error, event) from None
    if scan.view > scan.views:
        raise BadInput(
            "header_invalid", f"ce_view: expected at most {scan.views} (ce_views), got {scan.view}"
        )
    _expect_unreserved(scan.parcel_id, "ce_subject")
    _expect_key(key, scan.parcel_id)
    return scan


def read_scan_value(value: bytes | None, scan: ScanHeaders, max_bytes: int) -> bytes | ImageReference:
    """The value of a scan: the image with the SHA-256 its headers name, or a reference to one.

    Raises `BadInput` (value_missing, too_large, image_mismatch, and those of `read_image_reference`).
    """
    if scan.content_type == IMAGE_REFERENCE:
        reference = read_image_reference(value)
        _expect_sha256(reference.sha256, scan.sha256, "$.sha256")
        return reference
    if not value:
        raise BadInput("value_missing", f"scan {scan.scan_id}: expected an image, got nothing")
    if len(value) > max_bytes:
        detail = f"scan {scan.scan_id}: expected at most {max_bytes} bytes, got {len(value)}"
        raise BadInput("too_large", detail)
    _expect_sha256(hashlib.sha256(value).hexdigest(), scan.sha256, f"scan {scan.scan_id}")
    return value


def read_image_reference(value: bytes | None) -> ImageReference:
    """Where an image lies that is too large to travel inline. Raises `BadInput`."""
    reference = read_json(value, ImageReference, MAX_REFERENCE_BYTES)
    content_type = media_type(reference.content_type)
    if content_type not in IMAGE_TYPES:
        detail = f"$.content_type: expected one of {', '.join(IMAGE_TYPES)}, got {shown(content_type)}"
        raise BadInput("content_type", detail)
    return replace(reference, content_type=content_type)


def encode(message: Struct) -> bytes:
    """A message as JSON, its fields in the order of their declaration: equal messages, equal bytes."""
    return msgspec.json.encode(message, order="deterministic")


def decode_internal(value: bytes, kind: type[T]) -> T:
    """One of our own messages. Raises `msgspec.DecodeError`, which is a fault of ours and no dead letter."""
    with json_of_ours():
        return msgspec.json.decode(value, type=kind)


@contextmanager
def json_of_ours() -> Iterator[None]:
    """Whatever makes JSON unreadable is a `msgspec.DecodeError`: no text, levels without end."""
    try:
        yield
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(f"expected JSON of ours, got other bytes ({error})") from None


def _with_utc(manifest: Manifest) -> Manifest:
    decide_by = manifest.decide_by
    return replace(
        manifest,
        declared_at=in_utc(manifest.declared_at, "$.declared_at"),
        decide_by=None if decide_by is None else in_utc(decide_by, "$.decide_by"),
    )


def _scan_fields(event: Event, hub: str, content_type: str) -> dict[str, object]:
    given = event.extensions
    texts = {name: given[name] for name in ("scanner", "energy", "sha256") if name in given}
    if "scanid" in given:
        texts["scan_id"] = given["scanid"]
    numbers = {name: _integer(given[name]) for name in ("view", "views") if name in given}
    pitch = {name: _decimal(given["pitch" + name]) for name in ("across", "along") if "pitch" + name in given}
    own = {"hub": hub, "parcel_id": event.subject, "content_type": content_type, "time": event.time}
    return {**own, **texts, **numbers, "pitch_mm": pitch}


def _integer(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text


def _decimal(text: str) -> float | str:
    return float(text) if _DECIMAL.fullmatch(text) else text


def _bad_header(error: msgspec.ValidationError, event: Event) -> BadInput:
    path, what = explain(error, {})
    name = SCAN_ATTRIBUTES.get(path, path)
    value = event.subject if name == "subject" else event.extensions.get(name)
    if value is None:
        return BadInput("header_missing", f"ce_{name}: expected a text, got nothing")
    got = kind_and_length(value) if name == "subject" else shown(value)
    return BadInput("header_invalid", f"ce_{name}: {what.rpartition(', got')[0]}, got {got}")


def _expect_content_type(event: Event, allowed: tuple[str, ...]) -> str:
    if event.content_type is None:
        raise BadInput("header_missing", f"content-type: expected one of {', '.join(allowed)}, got nothing")
    content_type = media_type(event.content_type)
    if content_type not in allowed:
        detail = f"content-type: expected one of {', '.join(allowed)}, got {shown(event.content_type)}"
        raise BadInput("content_type", detail)
    return content_type


def _expect_unreserved(parcel_id: str | None, where: str) -> None:
    if parcel_id is not None and parcel_id.startswith(RESERVED_PREFIX):
        detail = (
            f"{where}: expected an id that does not begin with {RESERVED_PREFIX!r}, got {shown(parcel_id)}"
        )
        raise BadInput("parcel_id_reserved", detail)


def _expect_key(key: bytes | None, parcel_id: str | None) -> None:
    if not key or (parcel_id is not None and key == parcel_id.encode()):
        return
    wanted = f"no key or {parcel_id!r}" if parcel_id else "no key, since ce_subject is absent"
    raise BadInput("key_mismatch", f"key: expected {wanted}, got {len(key)} other bytes")


def _expect_subject(event: Event, parcel_id: str) -> None:
    if event.subject is not None and event.subject != parcel_id:
        got = kind_and_length(event.subject)
        detail = f"ce_subject: expected none or {parcel_id!r} ($.parcel_id), got another {got}"
        raise BadInput("subject_mismatch", detail)


def _expect_sha256(got: str, wanted: str, where: str) -> None:
    if got != wanted:
        raise BadInput("image_mismatch", f"{where}: expected SHA-256 {wanted} (ce_sha256), got {got}")
