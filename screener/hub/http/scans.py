"""Scans over HTTP: the image as the body, what is said of it in attributes; or both in a form."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

import msgspec

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import IMAGE_REFERENCE
from screener.contracts.publishing import scan_message
from screener.contracts.reading import read_scan_headers, read_scan_value
from screener.contracts.wire import ImageReference, ScanHeaders
from screener.errors import BadInput
from screener.hub.http import attributes
from screener.hub.http.attributes import Given
from screener.hub.http.intake import Entry
from screener.hub.http.manifests import UNKNOWN, Checked
from screener.hub.http.problems import Receipt, refusal
from screener.imaging.picture import Request
from screener.imaging.sandbox import Sandbox
from screener.stream.port import MAX_MESSAGE_BYTES, Message

HEADERS_BYTES: Final = 64 * 1024
"""What the headers of a message may add to its image, at most."""

IN_LINE: Final = 64
RETRY_S: Final = 2


def read(body: bytes, said: Given, hub: str) -> tuple[ScanHeaders, bytes | ImageReference, Checked]:
    """One view. `sha256` may be left out where the image itself is sent. Raises `BadInput`."""
    given_id = said.event_id
    known = attributes.defaults(cloudevents.SCAN, hub, given_id or UNKNOWN)
    if not _is_reference(said):
        known["ce_sha256"] = hashlib.sha256(body).hexdigest()
    headers = said.complete(known)
    scan = read_scan_headers(headers, hub, None)
    value = read_scan_value(body, scan, MAX_MESSAGE_BYTES)
    digest = attributes.digest(msgspec.structs.replace(scan, time=None), body)
    event_id = given_id or digest
    out = scan_message(scan, value, event_id=event_id, traceparent=attributes.traceparent(headers))
    message = Message(topics.scans(hub), out.key, out.value, out.headers)
    receipt = Receipt(id=event_id, parcel_id=scan.parcel_id, scan_id=scan.scan_id, view=scan.view)
    return scan, value, Checked(Entry(event_id, digest, message), receipt)


class Decoder:
    """Decodes images before they are accepted, as [score] will; at most `IN_LINE` wait for it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._waiting = 0

    async def check(self, scan: ScanHeaders, image: bytes) -> None:
        """Raises `BadInput` for an image that cannot be judged, `Refusal` where too many wait."""
        if self._waiting >= IN_LINE:
            raise refusal("busy", "too many images wait to be looked at", retry_after_s=RETRY_S)
        pitch = scan.pitch_mm
        request = Request(image, scan.content_type, pitch.across, pitch.along, scan.energy)
        self._waiting += 1
        try:
            found = await asyncio.wrap_future(self._sandbox.submit(request))
        finally:
            self._waiting -= 1
        if isinstance(found, BadInput):
            raise found


def _is_reference(said: Given) -> bool:
    declared = dict(said.headers).get("content-type", b"").decode("latin-1")
    return cloudevents.media_type(declared) == IMAGE_REFERENCE
