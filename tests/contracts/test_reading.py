"""Foreign messages become values of the contract, or bad input whose text names the field and no person."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import cloudevents
from screener.contracts.cloudevents import Headers
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.reading import (
    MAX_MANIFEST_BYTES,
    SCAN_ATTRIBUTES,
    decode_internal,
    encode,
    read_image_reference,
    read_manifest,
    read_scan_headers,
    read_scan_value,
)
from screener.contracts.reasons import REASONS
from screener.contracts.wire import ImageReference, Manifest, ScanHeaders
from screener.errors import BadInput
from tests.contracts.values import manifests, scans

FULL: dict[str, Any] = {
    "parcel_id": "P-1",
    "waybill": "W-1",
    "hub": "H",
    "courier": "Courier",
    "consignor": {"name": "Zhang San", "phone": "13800138000", "address": "Street 1", "region": "430100"},
    "consignee": {"name": "Li Si", "phone": "13900139000", "address": "Street 2", "region": "110000"},
    "contents": [
        {"text": "books", "hs_code": "490199", "quantity": 2, "value": {"amount": 3.5, "currency": "CNY"}}
    ],
    "weight_g": 900.0,
    "size_mm": {"length": 300, "width": 200, "height": 100},
    "declared_at": "2026-11-02T10:00:00+08:00",
    "decide_by": "2026-11-02T10:05:00+08:00",
}
SECRETS = ("Zhang San", "13800138000", "Street 1", "Li Si", "13900139000", "Street 2", "books")
PERSONAL_PARTS = ("consignor", "consignee", "contents")
OPTIONAL = {
    "phone",
    "address",
    "region",
    "hs_code",
    "quantity",
    "value",
    "contents",
    "weight_g",
    "size_mm",
    "decide_by",
}
HEADERS: Headers = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"/hubs/H"),
    ("ce_type", b"org.screener.manifest.v1"),
    ("content-type", b"application/json; charset=utf-8"),
)
IMAGE = b"\xff\xd8 an image"


def read(value: bytes | None, headers: Headers = HEADERS, key: bytes | None = None) -> Manifest:
    return read_manifest(value, headers, "H", key)


def error_of(document: object) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read(json.dumps(document).encode())
    return caught.value


def paths(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for name, value in items:
        yield (*at, name)
        yield from paths(value, (*at, name))


def written(path: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def changed(path: tuple[str | int, ...], value: object = None, *, remove: bool = False) -> dict[str, Any]:
    document: Any = copy.deepcopy(FULL)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    if remove:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return dict(document)


@given(manifests)
@settings(max_examples=100)
def test_a_manifest_survives_the_wire(manifest: Manifest) -> None:
    sent = manifest_message(manifest, event_id="1")
    assert read_manifest(sent.value, sent.headers, manifest.hub, sent.key) == manifest


@given(manifests)
@settings(max_examples=30)
def test_equal_messages_have_equal_bytes(manifest: Manifest) -> None:
    again = decode_internal(encode(manifest), Manifest)
    assert again == manifest
    assert encode(again) == encode(manifest)


@given(st.binary(max_size=200))
@example(b"")
@example(b"[" * 100_000)
@example(b'{"a":' * 20_000)
@example(b'{"weight_g":NaN}')
@example(b'{"parcel_id":' + b"1" * 10_000 + b"}")
@example(b'{"weight_g":1e999}')
@example(b'{"x":1e999,"parcel_id":1}')
@example(b'{"parcel_id":"\\ud800"}')
@example(b'{"parcel_id":"\xff"}')
@example(b'{"parcel_id":1,"x":' + b"[" * 100_000)
@settings(max_examples=200)
def test_any_bytes_are_a_manifest_or_bad_input_with_a_registered_reason(value: bytes) -> None:
    try:
        read(value)
    except BadInput as error:
        assert error.reason in REASONS
        assert len(error.detail) < 400


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(paths(FULL))), JSON_VALUES)
@settings(max_examples=300)
def test_any_value_in_any_field_is_read_or_named_without_a_personal_value(
    path: tuple[str | int, ...], value: object
) -> None:
    try:
        read(json.dumps(changed(path, value)).encode())
    except BadInput as error:
        assert error.reason in REASONS
        assert not any(secret in error.detail for secret in SECRETS)
        assert error.reason != "schema" or error.detail.startswith(written(path))


@pytest.mark.parametrize("path", list(paths(FULL)), ids=written)
@pytest.mark.parametrize("wrong", ["SECRET-7", 77777, True, ["SECRET-7"], {"SECRET-7": "SECRET-7"}], ids=repr)
def test_a_wrong_type_names_its_path_and_shows_no_personal_value(
    path: tuple[str | int, ...], wrong: object
) -> None:
    old: Any = FULL
    for step in path:
        old = old[step]
    numbers = (int, float)
    if type(old) is type(wrong) or (isinstance(old, numbers) and type(wrong) is int):
        return
    error = error_of(changed(path, wrong))
    assert error.reason == "schema"
    inside = (*path, "name") if isinstance(old, dict) and isinstance(wrong, dict) else path
    assert error.detail.startswith(written(inside[: len(path)]))
    if path[0] in PERSONAL_PARTS:
        assert "SECRET-7" not in error.detail
        assert "77777" not in error.detail


@pytest.mark.parametrize("path", [p for p in paths(FULL) if isinstance(p[-1], str)], ids=written)
def test_a_required_field_is_missed_by_its_path_and_an_optional_one_is_not(
    path: tuple[str | int, ...],
) -> None:
    document = changed(path, remove=True)
    if path[-1] in OPTIONAL:
        assert read(json.dumps(document).encode()).parcel_id == "P-1"
        return
    error = error_of(document)
    assert (error.reason, error.detail) == ("schema", f"{written(path)}: expected a value, got nothing")


@pytest.mark.parametrize(
    ("path", "value", "detail"),
    [
        (("consignor", "phone"), 5, "$.consignor.phone: expected str | null, got int"),
        (
            ("consignor", "phone"),
            "9" * 50,
            "$.consignor.phone: expected str of length <= 40, got str of length 50",
        ),
        (
            ("contents", 0, "text"),
            "x" * 501,
            "$.contents[0].text: expected str of length <= 500, got str of length 501",
        ),
        (
            ("consignee", "region"),
            "138 0013 8000",
            r"$.consignee.region: expected str matching regex '^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\\n)', "
            "got str of length 13",
        ),
        (
            ("contents", 0, "hs_code"),
            "books",
            r"$.contents[0].hs_code: expected str matching regex '^[0-9]{4,12}$(?!\\n)', got str of length 5",
        ),
        (("contents", 0, "quantity"), -77, "$.contents[0].quantity: expected int >= 0, got int"),
        (
            ("contents", 0, "value", "currency"),
            "cny",
            r"$.contents[0].value.currency: expected str matching regex '^[A-Z]{3}$(?!\\n)', "
            "got str of length 3",
        ),
        (("weight_g",), "9", "$.weight_g: expected float | null, got str '9'"),
        (("weight_g",), -1, "$.weight_g: expected float >= 0.1, got int -1"),
        (("declared_at",), "x", "$.declared_at: expected an RFC 3339 time with its zone, got str 'x'"),
        (
            ("declared_at",),
            "2026-01-01T00:00:00",
            "$.declared_at: expected an RFC 3339 time with its zone, got str '2026-01-01T00:00:00'",
        ),
        (("size_mm", "length"), None, "$.size_mm.length: expected float, got null"),
    ],
)
def test_texts_say_path_expected_and_got(path: tuple[str | int, ...], value: object, detail: str) -> None:
    assert error_of(changed(path, value)).detail == detail


def test_a_long_value_is_cut() -> None:
    assert len(error_of(changed(("waybill",), "W" * 10_000)).detail) < 150


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "value_missing"),
        (b"", "value_missing"),
        (b"\xff", "not_utf8"),
        (b"{", "not_json"),
        (b'\xef\xbb\xbf{"a":1}', "not_json"),
        (b'{"weight_g":Infinity}', "not_json"),
        (b'{"parcel_id":"\\ud800"}', "not_json"),
        (b"[" * 100_000, "too_deep"),
        (b'{"weight_g":1' + b"0" * 400 + b"}", "schema"),
        (b"[]", "schema"),
        (b" " * (MAX_MANIFEST_BYTES + 1), "too_large"),
    ],
)
def test_values_that_are_no_messages_have_reasons_of_their_own(value: bytes | None, reason: str) -> None:
    with pytest.raises(BadInput) as caught:
        read(value)
    assert caught.value.reason == reason


@pytest.mark.parametrize("path", [("consignor", "name"), ("contents", 0, "text"), ("courier",)])
def test_nul_in_a_text_is_refused(path: tuple[str | int, ...]) -> None:
    error = error_of(changed(path, "a\0b"))
    assert (error.reason, error.detail.partition(":")[0]) == ("nul_character", written(path))


def test_nul_in_a_field_that_nobody_reads_is_no_error() -> None:
    assert read(json.dumps({**FULL, "x": "\0", "y": "\\u0000"}).encode()).parcel_id == "P-1"


def test_unknown_fields_are_ignored_and_of_equal_names_the_last_counts() -> None:
    document = changed(("consignor", "extra"), {"deep": [1]})
    assert read(json.dumps({**document, "new": 1}).encode()) == read(json.dumps(FULL).encode())
    twice = b'{"parcel_id":"P-0",' + json.dumps(FULL).encode()[1:]
    assert read(twice).parcel_id == "P-1"


def test_times_are_brought_to_utc_and_kept_in_range() -> None:
    assert read(json.dumps(FULL).encode()).declared_at.isoformat() == "2026-11-02T02:00:00+00:00"
    for time in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        assert error_of(changed(("decide_by",), time)).reason == "time_range"


@pytest.mark.parametrize("text", ["P-1\n", "P 1", "../P", "", "P" * 65])
def test_a_parcel_id_is_safe_as_key_and_file_name(text: str) -> None:
    assert error_of(changed(("parcel_id",), text)).detail.startswith("$.parcel_id: expected str")


def test_the_envelope_is_checked() -> None:
    value = json.dumps(FULL).encode()
    cases: list[tuple[str, Headers, bytes | None]] = [
        ("header_missing: ce_id", HEADERS[:1] + HEADERS[2:], None),
        ("header_missing: content-type", HEADERS[:4], None),
        ("content_type: content-type", (*HEADERS[:4], ("content-type", b"text/xml")), None),
        ("subject_mismatch: ce_subject", (*HEADERS, ("ce_subject", b"P-2")), None),
        ("event_type: ce_type", (*HEADERS[:3], ("ce_type", b"other"), HEADERS[4]), None),
        ("key_mismatch: key: expected no key or 'P-1', got 3 other bytes", HEADERS, b"P-2"),
    ]
    for expected, headers, key in cases:
        with pytest.raises(BadInput, match=expected):
            read(value, headers, key)
    assert read(value, (*HEADERS, ("ce_subject", b"P-1")), b"P-1") == read(value, key=b"")


PERSON = "Li-Si-13800138000"


def test_a_foreign_key_or_subject_is_not_shown() -> None:
    value = json.dumps(FULL).encode()
    cases: list[tuple[str, Headers, bytes | None]] = [
        ("key_mismatch", HEADERS, PERSON.encode()),
        ("subject_mismatch", (*HEADERS, ("ce_subject", PERSON.encode())), None),
        ("header_invalid", (*HEADERS, ("ce_consigneename", f"{PERSON}\x01".encode())), None),
        ("header_invalid", (*HEADERS, ("ce_consigneename", PERSON.encode() + b"\xff")), None),
        ("header_duplicate", (*HEADERS, *[("ce_consigneename", PERSON.encode())] * 2), None),
    ]
    for reason, headers, key in cases:
        with pytest.raises(BadInput, match=reason) as caught:
            read(value, headers, key)
        assert "Si-1380" not in caught.value.detail


@pytest.mark.parametrize("parcel_id", ["unread.", "unread.0123456789abcdef01234567"])
def test_no_hub_may_name_a_parcel_as_we_name_those_without_barcode(parcel_id: str) -> None:
    error = error_of(changed(("parcel_id",), parcel_id))
    assert (error.reason, error.detail.partition(":")[0]) == ("parcel_id_reserved", "$.parcel_id")
    with pytest.raises(BadInput, match="parcel_id_reserved: ce_subject: expected an id that does not begin"):
        read_scan_headers((*scan_headers(), ("ce_subject", parcel_id.encode())), "H", None)
    assert read(json.dumps(changed(("parcel_id",), "unread-1")).encode()).parcel_id == "unread-1"


def test_a_hub_cannot_speak_for_another() -> None:
    with pytest.raises(BadInput, match=r"hub_mismatch: \$.hub: expected 'other', got 'H'"):
        read_manifest(json.dumps(FULL).encode(), HEADERS, "other")


# --- scans ----------------------------------------------------------------------------------------


@given(scans())
@settings(max_examples=100)
def test_a_scan_survives_the_wire(scan: ScanHeaders) -> None:
    scan = replace(scan, sha256=hashlib.sha256(IMAGE).hexdigest())
    sent = scan_message(scan, IMAGE, event_id="1")
    read_back = read_scan_headers(sent.headers, scan.hub, sent.key)
    assert read_back == scan
    assert read_scan_value(sent.value, read_back, 100) == IMAGE


@given(scans(), st.sampled_from(sorted(SCAN_ATTRIBUTES.values())), st.text(max_size=8))
@settings(max_examples=200)
def test_any_text_in_any_attribute_is_read_or_named(scan: ScanHeaders, name: str, text: str) -> None:
    headers = scan_message(scan, IMAGE, event_id="1").headers
    replaced = tuple((n, text.encode() if n == f"ce_{name}" else v) for n, v in headers)
    try:
        read_scan_headers(replaced, scan.hub, None)
    except BadInput as error:
        assert error.reason in {"header_invalid", "header_missing"}
        assert f"ce_{name}:" in error.detail or name == "views"


@given(scans(), st.sampled_from(sorted(set(SCAN_ATTRIBUTES.values()) - {"subject"})))
@settings(max_examples=50)
def test_each_missing_attribute_is_named(scan: ScanHeaders, name: str) -> None:
    headers = scan_message(scan, IMAGE, event_id="1").headers
    with pytest.raises(BadInput, match=f"header_missing: ce_{name}: expected a text, got nothing"):
        read_scan_headers(tuple(h for h in headers if h[0] != f"ce_{name}"), scan.hub, None)


@pytest.mark.parametrize(
    ("name", "text", "detail"),
    [
        ("view", "1.0", "ce_view: expected int, got '1.0'"),
        ("view", "0", "ce_view: expected int >= 1, got '0'"),
        ("view", "١", "ce_view: expected int, got '١'"),
        ("views", "33", "ce_views: expected int <= 32, got '33'"),
        ("pitchacross", "nan", "ce_pitchacross: expected float, got 'nan'"),
        ("pitchacross", "1e1", "ce_pitchacross: expected float, got '1e1'"),
        ("pitchalong", "0.01", "ce_pitchalong: expected float > 0.02, got '0.01'"),
        ("energy", "triple", "ce_energy: expected one of the values of the contract, got 'triple'"),
    ],
)
def test_an_attribute_outside_its_bounds_is_named(name: str, text: str, detail: str) -> None:
    headers = tuple((n, text.encode() if n == f"ce_{name}" else v) for n, v in scan_headers())
    with pytest.raises(BadInput) as caught:
        read_scan_headers(headers, "H", None)
    assert caught.value.detail == detail


def scan_headers(content_type: bytes = b"image/jpeg", sha256: str = "0" * 64) -> Headers:
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": "1",
        "ce_source": "/hubs/H",
        "ce_type": cloudevents.SCAN,
        "ce_scanid": "S-1",
        "ce_view": "1",
        "ce_views": "2",
        "ce_scanner": "X1",
        "ce_pitchacross": "1.5",
        "ce_pitchalong": "1",
        "ce_energy": "dual",
        "ce_sha256": sha256,
    }
    return (*((n, v.encode()) for n, v in attributes.items()), ("content-type", content_type))


def test_view_three_of_two_is_refused() -> None:
    headers = tuple((n, b"3" if n == "ce_view" else v) for n, v in scan_headers())
    with pytest.raises(BadInput, match="header_invalid: ce_view: expected at most 2"):
        read_scan_headers(headers, "H", None)


def test_a_scan_without_barcode_has_no_key() -> None:
    assert read_scan_headers(scan_headers(), "H", None).parcel_id is None
    absent = "key_mismatch: key: expected no key, since ce_subject is absent, got 3 other bytes"
    with pytest.raises(BadInput, match=absent):
        read_scan_headers(scan_headers(), "H", b"P-1")


def test_a_subject_that_is_no_parcel_id_is_not_shown() -> None:
    with pytest.raises(BadInput, match=r"header_invalid: ce_subject: .*, got str of length 5$"):
        read_scan_headers((*scan_headers(), ("ce_subject", b"Li Si")), "H", None)


def test_an_image_is_what_its_headers_name() -> None:
    scan = read_scan_headers(scan_headers(), "H", None)
    for value, limit, reason in (
        (None, 9, "value_missing"),
        (b"1234", 3, "too_large"),
        (b"1", 9, "image_mismatch"),
    ):
        with pytest.raises(BadInput) as caught:
            read_scan_value(value, scan, limit)
        assert caught.value.reason == reason


def test_a_reference_stands_for_an_image() -> None:
    scan = read_scan_headers(scan_headers(cloudevents.IMAGE_REFERENCE.encode(), "a" * 64), "H", None)
    reference = ImageReference(address="s3://b/k", sha256="a" * 64, bytes=7, content_type="Image/PNG")
    read_back = read_scan_value(encode(reference), scan, 1)
    assert read_back == replace(reference, content_type="image/png")
    with pytest.raises(BadInput, match="image_mismatch"):
        read_scan_value(encode(replace(reference, sha256="b" * 64)), scan, 1)
    with pytest.raises(BadInput, match="content_type"):
        read_image_reference(encode(replace(reference, content_type="text/html")))
    with pytest.raises(BadInput, match=r"schema: \$.address: expected str matching"):
        read_image_reference(encode(replace(reference, address="http://h/x")))
