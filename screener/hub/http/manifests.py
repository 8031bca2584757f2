"""Manifests over HTTP: one, or a JSON array of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Headers
from screener.contracts.publishing import manifest_message
from screener.contracts.reading import read_manifest
from screener.contracts.wire import Manifest
from screener.errors import BadInput
from screener.hub.http import attributes
from screener.hub.http.attributes import Given
from screener.hub.http.intake import Entry
from screener.hub.http.problems import ItemProblem, Receipt
from screener.stream.port import Message

UNKNOWN = "not-yet"
"""Stands for the id of a message whose content is still to be checked; an id made of it comes after."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A message that keeps the contract: what is kept for the log, and what its sender is told."""

    entry: Entry
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch after its checks."""

    sound: tuple[Checked, ...]
    errors: tuple[ItemProblem, ...]


def is_batch(body: bytes) -> bool:
    """Whether a body is an array, and not one manifest."""
    return body.lstrip(b" \t\r\n")[:1] == b"["


def read_one(body: bytes, said: Given, hub: str) -> Checked:
    """One manifest. Raises `BadInput` as `read_manifest` does."""
    given_id = said.event_id
    headers = said.complete(attributes.defaults(cloudevents.MANIFEST, hub, given_id or UNKNOWN))
    manifest = read_manifest(body, headers, hub)
    digest = attributes.digest(manifest)
    return _checked(body, manifest, headers, given_id or digest, digest)


def read_batch(body: bytes, said: Given, hub: str, max_items: int, check: Callable[[Message], None]) -> Batch:
    """Each item of an array; an id that was given is the batch's, and each item has one made of it.

    `check` raises `BadInput` for a message that its topic would not take. So does this, where it is no
    array of at most `max_items` (not_json, not_utf8, too_deep, too_large).
    """
    sound: list[Checked] = []
    errors: list[ItemProblem] = []
    given_id = said.event_id
    headers = said.complete(attributes.defaults(cloudevents.MANIFEST, hub, UNKNOWN))
    for index, item in enumerate(_items(body, max_items)):
        try:
            one = _item(item, headers, hub, given_id)
            check(one.entry.message)
        except BadInput as error:
            errors.append(ItemProblem(index=index, reason=error.reason, detail=error.detail))
        else:
            sound.append(one)
    return Batch(tuple(sound), tuple(errors))


def receipts(checked: Sequence[Checked], new: Sequence[bool]) -> tuple[Receipt, ...]:
    """What the sender is told; `new` says which had not been kept before."""
    return tuple(
        msgspec.structs.replace(one.receipt, again=not is_new)
        for one, is_new in zip(checked, new, strict=True)
    )


def _item(item: bytes, headers: Headers, hub: str, given_id: str | None) -> Checked:
    manifest = read_manifest(item, headers, hub)
    digest = attributes.digest(manifest)
    event_id = digest if given_id is None else f"{given_id}/{digest}"
    return _checked(item, manifest, headers, event_id, digest)


def _checked(body: bytes, manifest: Manifest, headers: Headers, event_id: str, digest: str) -> Checked:
    """The body goes on as it came: fields that we do not know yet may be known further on."""
    event = cloudevents.from_headers(headers)
    out = replace(
        manifest_message(manifest, event_id=event_id, time=event.time, traceparent=event.traceparent),
        value=body,
    )
    message = Message(topics.manifests(manifest.hub), out.key, out.value, out.headers)
    receipt = Receipt(id=event_id, parcel_id=manifest.parcel_id)
    return Checked(Entry(event_id, digest, message), receipt)


def _items(body: bytes, max_items: int) -> list[bytes]:
    try:
        items = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput("not_json", f"$: expected a JSON array, got {len(body)} bytes: {error}") from None
    except RecursionError:
        raise BadInput("too_deep", "$: expected JSON of few levels, got hundreds") from None
    if not 0 < len(items) <= max_items:
        reason = "too_large" if items else "schema"
        raise BadInput(reason, f"$: expected 1 to {max_items} manifests, got {len(items)}")
    return [bytes(item) for item in items]
