"""Rules about the contract: each reason for which [score] would reject a message, with what to do."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from screener.contracts.reasons import REASONS
from screener.hub.check.facts import Refusal, Stretch
from screener.hub.check.rule import EXAMPLES, Hit, Level, Rule

_ENVELOPE: Final = (
    "See docs/contracts/README.md for the headers, and screener.contracts.publishing for a sender."
)
_IMAGE: Final = "Open the file as it was sent with another program; send JPEG, PNG or TIFF of 8 or 16 bits."
_REFERENCE: Final = "Agree on a share or bucket with Screener's operators; it must be in [score.images]."

MENDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "header_missing": "CloudEvents in Kafka's binary mode: attributes are headers (ce_id, ce_type, ...; "
        "with an underscore, not ce-id) and content-type; the value is the data itself, no envelope.",
        "header_invalid": "Write headers as plain UTF-8 without quotes, numbers with a point.",
        "header_duplicate": "Write each header once; look for an interceptor that adds them again.",
        "event_type": "org.screener.manifest.v1 on parcels.manifests, org.screener.scan.v1 on parcels.scans.",
        "content_type": "application/json for manifests; image/jpeg, image/png, image/tiff for scans.",
        "key_mismatch": "The key is the parcel id as plain UTF-8 (no quotes of a JSON serialiser), or none.",
        "subject_mismatch": "ce_subject is the parcel id, or absent.",
        "parcel_id_reserved": "Leave ce_subject and the key out where no barcode was read.",
        "hub_mismatch": "hub is the last part of the topic's name, letter for letter.",
        "value_missing": "Send the image or JSON as the value; tombstones mean nothing here.",
        "too_large": "Send the image as PNG or JPEG, or as a reference.",
        "not_utf8": "Write JSON in UTF-8, not in GBK or Windows-1252.",
        "not_json": "Write RFC 8259 JSON without a byte order mark, comments, NaN or single quotes.",
        "too_deep": "Send the manifest itself, not a wrapped document.",
        "schema": "Compare with docs/contracts/manifest.schema.json at the path that is named.",
        "nul_character": "Take out U+0000: a fixed-width field was not trimmed.",
        "time_range": "Look at the unit: milliseconds taken for seconds, or a clock that was never set.",
        "message_too_large": "Images above 1 MB travel better as references.",
        "key_missing": "Fill the key.",
        "image_mismatch": "ce_sha256 is of the very bytes of the value, after the last conversion, in hex.",
        "image_content_type": "content-type says what the bytes are, not what the file was called.",
        "image_corrupt": "Send the file when it is complete (rename it at the end), and read it to its end.",
        "image_energy": "single: one grey page; dual: colour, or two pages (low, high).",
        "image_too_large": "Cut the scan to the parcel, or send it at half size with the pitch doubled.",
        "image_too_small": "Look at the pitch, and whether a preview was sent.",
        "pitch_too_coarse": "Send the image in full size, not a preview; look at the pitch's unit (mm).",
        "pitch_invalid": "The pitch is in mm, more than 0.02.",
        "gone_from_log": "Nothing to mend at the hub.",
    }
)
"""What to do about each; images and references have a hint in common where there is no better one."""

HINTS: Final = (
    (re.compile(r"RFC 3339"), "Write times with their zone: 2026-03-01T12:00:00Z, or +08:00 at the end."),
    (re.compile(r"hs_code"), "HS codes are 4 to 12 digits without points: 850440."),
    (re.compile(r"currency"), "Currencies are three capital letters of ISO 4217: CNY."),
    (re.compile(r"expected (float|int|number).*got str"), "Write numbers without quotes."),
    (re.compile(r"got nothing"), "The field is required; names are in snake_case: parcel_id."),
    (re.compile(r"ce_pitch"), "The pitch is a decimal in mm with a point: 0.75."),
    (re.compile(r"ce_specversion|cloudevents\+json"), MENDS["header_missing"]),
)
"""What is said instead where the detail shows more."""


def rules() -> tuple[Rule, ...]:
    """One rule for each reason code."""
    return tuple(_rule(code, text) for code, text in REASONS.items())


def _rule(code: str, text: str) -> Rule:
    return Rule(
        code,
        Level.WRONG,
        "every message, as [score] reads it; images by turns",
        "one message",
        text,
        mend(code),
        _refused(code),
    )


def mend(code: str, detail: str = "") -> str:
    """What to do about a message that was refused."""
    if code in {"schema", "header_invalid", "header_missing"}:
        for pattern, text in HINTS:
            if pattern.search(detail):
                return text
    common = _REFERENCE if code.startswith("reference") else _IMAGE if code.startswith("image") else _ENVELOPE
    return MENDS.get(code, common)


def _refused(code: str) -> Callable[[Stretch], Iterator[Hit]]:
    def find(stretch: Stretch) -> Iterator[Hit]:
        found: dict[tuple[bool, str], list[Refusal]] = defaultdict(list)
        for refusal in stretch.refusals:
            if refusal.reason == code:
                found[refusal.of_scan, _where(refusal.detail)].append(refusal)
        for (of_scan, where), own in found.items():
            places = tuple(refusal.place for refusal in own[:EXAMPLES])
            about = "scans" if of_scan else "manifests"
            yield Hit(len(own), stretch.messages, places, f"{about} {where}".strip(), own[0].detail)

    return find


def _where(detail: str) -> str:
    """The field or header that a detail begins with, the same for all items of a list."""
    match = re.match(r"(\$[\w.\[\]]*|ce_\w+|content-type|key)", detail)
    return re.sub(r"\[\d+\]", "[]", match[0]) if match else ""
