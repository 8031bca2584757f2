"""The registry of reason codes: every dead letter carries one of these, and metrics count by them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the envelope
        "header_missing": "A header that the contract requires is absent.",
        "header_invalid": "A header is not UTF-8, holds control characters, or its value is not allowed.",
        "header_duplicate": "A CloudEvents header, or content-type, occurs more than once.",
        "event_type": "ce_type is not the one of this topic.",
        "content_type": "content-type is none that this topic takes.",
        "key_mismatch": "The Kafka key is neither absent nor the parcel id.",
        "subject_mismatch": "ce_subject is neither absent nor the parcel id of the manifest.",
        "hub_mismatch": "The message names another hub than the topic it came on.",
        # the value
        "value_missing": "The message has no value.",
        "too_large": "The value is longer than the contract allows.",
        "not_utf8": "The JSON value is not valid UTF-8.",
        "not_json": "The value is not JSON (RFC 8259; NaN and Infinity are none).",
        "too_deep": "The JSON value is nested more deeply than any message of the contract.",
        "schema": "A field is missing, of another type, or outside its bounds; the detail has the path.",
        "nul_character": "A text holds the character U+0000.",
        "time_range": "A time lies before the year 2000 or after the year 2100.",
        # what a log refuses to take
        "message_too_large": "The message is longer than its topic allows.",
        "key_missing": "The topic keeps one message for each key, and this one has none.",
        # the image
        "image_mismatch": "The bytes do not have the SHA-256 that the headers name.",
        "image_type": "The bytes are no image of the type that content-type names.",
        "image_corrupt": "The image cannot be decoded.",
        "image_too_large": "The image has more bytes, pixels or pages than allowed, or a longer side.",
        "image_channels": "The image has other channels or sample types than the contract allows.",
        "image_energy": "The image's pages do not fit the energy that its headers name.",
        "image_timeout": "Decoding the image took longer than allowed.",
        "image_memory": "Decoding the image took more memory than allowed.",
        "image_crash": "The decoder died on this image.",
        # references to images
        "reference_refused": "The reference leads outside the folders and buckets that are configured.",
        "reference_gone": "There is nothing at the reference.",
        "reference_mismatch": "What lies at the reference has another length or SHA-256 than it says.",
        "reference_too_large": "What the reference names is longer than allowed.",
    }
)
"""Code to a one-line explanation. Codes are stable: none is renamed, none is used for something else."""
