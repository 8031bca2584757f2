"""Broken scans whose headers or hashes are wrong, so that nothing of them can be believed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from screener.contracts.cloudevents import IMAGE_REFERENCE
from screener.hub.chance import Rng, one_of
from screener.hub.corruption.headers import CONTENT_TYPE, with_header, with_value
from screener.hub.corruption.kinds import Corruption
from screener.stream.port import Message

WRONG_FIELDS: tuple[tuple[str, bytes], ...] = (
    ("ce_view", b"0"),
    ("ce_view", b"one"),
    ("ce_view", b"-1"),
    ("ce_view", b"1.0"),
    ("ce_views", b"33"),
    ("ce_views", "２".encode()),  # a full-width digit is none
    ("ce_scanid", b"a b"),
    ("ce_scanid", b"../../etc/passwd"),
    ("ce_scanid", b"s" * 65),
    ("ce_scanner", b"scanner 1"),
    ("ce_pitchacross", b"0"),
    ("ce_pitchacross", b"-0.75"),
    ("ce_pitchacross", b"0,75"),
    ("ce_pitchalong", b"nan"),
    ("ce_pitchalong", b"1e-3"),
    ("ce_pitchalong", b"25.4"),
    ("ce_energy", b"triple"),
    ("ce_energy", b"DUAL"),
    ("ce_sha256", b"0" * 63),
    ("ce_sha256", b"F" * 64),
)

REFERENCES: tuple[bytes, ...] = (
    b"",
    b"file:///scans/1.png",
    b"{}",
    b'{"address": "https://example.org/1.png"}',
    b'{"address": "file:///scans/1.png", "sha256": "0", "bytes": 0, "content_type": "image/png"}',
)

ESCAPES = (
    "file:///etc/passwd",
    "file:///scans/../../etc/shadow",
    "file://elsewhere/scans/1.png",
    "file:///proc/self/environ",
    "s3://somebody-elses-bucket/1.png",
)


def _wrong_field(message: Message, rng: Rng) -> Message:
    return with_header(message, *one_of(rng, WRONG_FIELDS))


def _view_beyond(message: Message, rng: Rng) -> Message:
    views = int(dict(message.headers)["ce_views"])
    return with_header(message, "ce_view", str(views + int(rng.integers(1, 5))).encode())


def _other_hash(message: Message, rng: Rng) -> Message:
    return with_header(message, "ce_sha256", rng.bytes(32).hex().encode())


def _flipped_bits(message: Message, rng: Rng) -> Message:
    """What a bad line does: the hash that the hub took before no longer fits."""
    value = bytearray(message.value or b"")
    for place in {int(place) for place in rng.integers(0, len(value), int(rng.integers(1, 9)))}:
        value[place] ^= 1 << int(rng.integers(8))
    return with_value(message, bytes(value))


def _broken_reference(message: Message, rng: Rng) -> Message:
    return with_value(with_header(message, CONTENT_TYPE, IMAGE_REFERENCE.encode()), one_of(rng, REFERENCES))


def _escaping_reference(message: Message, rng: Rng) -> Message:
    """A sound reference to what no hub may have read for it."""
    reference = {
        "address": one_of(rng, ESCAPES),
        "sha256": dict(message.headers)["ce_sha256"].decode(),
        "bytes": 1 + int(rng.integers(10_000)),
        "content_type": "image/png",
    }
    named = with_header(message, CONTENT_TYPE, IMAGE_REFERENCE.encode())
    return with_value(named, json.dumps(reference).encode())


KINDS: Mapping[Corruption, Callable[[Message, Rng], Message]] = {
    Corruption.SCAN_FIELD: _wrong_field,
    Corruption.VIEW_BEYOND: _view_beyond,
    Corruption.HASH_OTHER: _other_hash,
    Corruption.IMAGE_BITS: _flipped_bits,
    Corruption.REFERENCE_JSON: _broken_reference,
    Corruption.REFERENCE_ESCAPE: _escaping_reference,
}
