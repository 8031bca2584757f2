"""The ways in which a hub's messages break the contract, by name."""

from __future__ import annotations

from enum import StrEnum


class Corruption(StrEnum):
    """One way; each applies to manifests, to scans or to both (`screener.hub.corruption.kinds_for`)."""

    # the envelope, of manifests and scans
    HEADER_MISSING = "header_missing"
    HEADERS_NONE = "headers_none"
    HEADER_NOT_UTF8 = "header_not_utf8"
    HEADER_CONTROL = "header_control"
    HEADER_TWICE = "header_twice"
    HEADER_LONG = "header_long"
    SPEC_VERSION = "spec_version"
    EVENT_TYPE = "event_type"
    EVENT_TIME = "event_time"
    CONTENT_TYPE = "content_type"
    KEY_OTHER = "key_other"
    VALUE_EMPTY = "value_empty"
    VALUE_NONE = "value_none"

    # the document of a manifest
    JSON_TRUNCATED = "json_truncated"
    JSON_FUZZED = "json_fuzzed"
    JSON_NOT = "json_not"
    JSON_NOT_UTF8 = "json_not_utf8"
    JSON_TOO_DEEP = "json_too_deep"
    JSON_IMAGE = "json_image"
    FIELD_TYPE = "field_type"
    FIELD_MISSING = "field_missing"
    FIELD_RANGE = "field_range"
    FIELD_NUL = "field_nul"
    TIME_RANGE = "time_range"
    HUB_OTHER = "hub_other"
    SUBJECT_OTHER = "subject_other"

    # what a scan's headers say
    SCAN_FIELD = "scan_field"
    VIEW_BEYOND = "view_beyond"
    HASH_OTHER = "hash_other"
    IMAGE_BITS = "image_bits"
    REFERENCE_JSON = "reference_json"
    REFERENCE_ESCAPE = "reference_escape"

    # the image itself, its SHA-256 being right
    IMAGE_TRUNCATED = "image_truncated"
    IMAGE_MUTATED = "image_mutated"
    IMAGE_NOISE = "image_noise"
    IMAGE_TEXT = "image_text"
    IMAGE_OTHER_TYPE = "image_other_type"
    IMAGE_TINY = "image_tiny"
    IMAGE_ENERGY = "image_energy"
    IMAGE_FLOAT = "image_float"
    IMAGE_PAGES = "image_pages"
    PITCH_COARSE = "pitch_coarse"
    BOMB_PNG = "bomb_png"
    BOMB_JPEG = "bomb_jpeg"
    BOMB_TIFF = "bomb_tiff"

    def leaves_evidence(self, *, of_scan: bool) -> bool:
        """Whether the message still names its parcel soundly: the parcel is then known as unreadable."""
        return of_scan and self in _SOUND_HEADERS


_SOUND_HEADERS = frozenset(
    {
        Corruption.VALUE_EMPTY,
        Corruption.VALUE_NONE,
        Corruption.HASH_OTHER,
        Corruption.IMAGE_BITS,
        Corruption.REFERENCE_JSON,
        Corruption.REFERENCE_ESCAPE,
        Corruption.IMAGE_TRUNCATED,
        Corruption.IMAGE_MUTATED,
        Corruption.IMAGE_NOISE,
        Corruption.IMAGE_TEXT,
        Corruption.IMAGE_OTHER_TYPE,
        Corruption.IMAGE_TINY,
        Corruption.IMAGE_ENERGY,
        Corruption.IMAGE_FLOAT,
        Corruption.IMAGE_PAGES,
        Corruption.PITCH_COARSE,
        Corruption.BOMB_PNG,
        Corruption.BOMB_JPEG,
        Corruption.BOMB_TIFF,
    }
)
