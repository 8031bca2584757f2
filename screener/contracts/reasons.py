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
        "parcel_id_reserved": "The parcel id begins with `unread.`, as only our own for unread ones do.",
        "hub_mismatch": "The message names another hub than the topic it came on.",
        # the value
        "value_missing": "The message has no value.",
        "too_large": "The value is longer than the contract allows.",
        "not_utf8": "The JSON value is not valid UTF-8.",
        "not_json": "The value is not JSON (RFC 8259; NaN and Infinity are none).",
        "not_xml": "The value is not XML, or has a document type, which no declaration needs.",
        "too_deep": "The JSON value is nested more deeply than any message of the contract.",
        "schema": "A field is missing, of another type, or outside its bounds; the detail has the path.",
        "nul_character": "A text holds the character U+0000.",
        "time_range": "A time lies outside the years 2000 to 2099.",
        # what a log refuses to take
        "message_too_large": "The message is longer than its topic allows.",
        "key_missing": "The topic keeps one message for each key, and this one has none.",
        # the image (what the decoder refuses: `screener.imaging.reasons`)
        "image_mismatch": "The bytes do not have the SHA-256 that the headers name.",
        "image_empty": "The value has no bytes.",
        "image_format": "The first bytes are those of no format that is read (JPEG, PNG, TIFF, DICOS).",
        "image_content_type": "The declared content type is not that of the bytes.",
        "image_corrupt": "The file is cut short, damaged, or contradicts itself.",
        "image_too_large": "More bytes, pixels or pixels a side than the limits allow.",
        "image_too_small": "The picture covers too little of the belt to show anything.",
        "image_too_many_pages": "More pages or frames than the limits allow, or an animation.",
        "image_shape": "Pages differ in size, or channels are neither grey nor RGB.",
        "image_bit_depth": "Samples are neither 8 nor 16 bits wide.",
        "image_encoding": "A variant of the format that is not read (CMYK, float, turned, a codec).",
        "image_energy": "The pixels do not fit the energy (single: one page; dual: colour or a pair).",
        "image_crashed": "The decoder ended or failed on this image.",
        "image_memory": "Decoding wanted more memory than the limit.",
        "image_timeout": "Decoding took longer than the limit.",
        "pitch_too_coarse": "Pixels are too large on the object for a cigarette to be seen.",
        "pitch_invalid": "The pixel pitch is not a positive number of mm.",
        "pitch_conflict": "The pixel pitch is another than the file itself states.",
        "gone_from_log": "The image's record is no longer in the log.",
        # references to images
        "reference_refused": "The reference leads outside the folders and buckets that are configured.",
        "reference_gone": "There is nothing at the reference, or the bucket will not give it.",
        "reference_mismatch": "What lies at the reference has another length or SHA-256 than it says.",
        "reference_too_large": "What the reference names is longer than allowed.",
    }
)
"""Code to a one-line explanation. Codes are stable: none is renamed, none is used for something else."""
