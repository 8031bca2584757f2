from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.publishing import manifest_message
from screener.contracts.reading import read_manifest
from screener.contracts.wire import Content, Manifest, Money, Party
from screener.errors import BadInput
from screener.hub.exports import s10
from screener.hub.exports.postal import Declared, Desk, Format, declared

NOW = datetime(2026, 11, 2, tzinfo=UTC)
DESK = Desk(hub="h1", courier="post", received_at=NOW)

XML = """<?xml version="1.0" encoding="UTF-8"?>
<ns:ItemAttributes xmlns:ns="urn:example:itmatt">
  <ns:MailItem itemId="RR 123 456 785 CN" handlingClass="C">
    <ns:PostedDt>2026-11-01T08:00:00+08:00</ns:PostedDt>
    <ns:NatureOfTransaction>GIFT</ns:NatureOfTransaction>
    <ns:GrossWeight unit="KGM">1.250</ns:GrossWeight>
    <ns:Sender><ns:Name>李明</ns:Name>
      <ns:Address><ns:AddressLine1>示范路1号</ns:AddressLine1><ns:City>长沙市</ns:City>
        <ns:State>43</ns:State><ns:CountryCd>CN</ns:CountryCd></ns:Address>
      <ns:Telephone>+86 138 0000 0000</ns:Telephone></ns:Sender>
    <ns:Addressee><ns:Name>A. Muster</ns:Name><ns:CountryCd>DE</ns:CountryCd></ns:Addressee>
    <ns:ContentPieces>
      <ns:ContentPiece number="1"><ns:Description>tea</ns:Description><ns:HSCode>0902.10</ns:HSCode>
        <ns:NumberOfUnits>2</ns:NumberOfUnits><ns:NetWeight>0.5</ns:NetWeight>
        <ns:DeclaredValue currency="usd">12.50</ns:DeclaredValue><ns:OriginCountry>CN</ns:OriginCountry>
      </ns:ContentPiece>
      <ns:ContentPiece number="2"><ns:Description>socks</ns:Description></ns:ContentPiece>
    </ns:ContentPieces>
  </ns:MailItem>
</ns:ItemAttributes>"""

JSON: dict[str, Any] = {
    "item_id": "RR123456785CN",
    "posted_dt": "2026-11-01T08:00:00+08:00",
    "gross_weight_g": 1250,
    "sender": {
        "name": "李明",
        "telephone": "+86 138 0000 0000",
        "address": {"address_line_1": "示范路1号", "city": "长沙市", "state": "43", "country": "CN"},
    },
    "addressee": {"name": "A. Muster", "country": "DE"},
    "currency": "USD",
    "contents": [
        {"description": "tea", "hs_code": "090210", "quantity": 2, "value": 12.5},
        {"description": "socks"},
    ],
}

CSV = """\
item_id;posting_date;gross_weight;sender.name;sender.address.line;sender.address.city;sender.address.state;\
sender.address.country;sender.phone;addressee.name;addressee.country;content.description;content.hs_code;\
content.quantity;content.value;content.currency;content.net_weight
RR123456785CN;2026-11-01T08:00:00+08:00;1,25;李明;示范路1号;长沙市;43;CN;+86 138 0000 0000;A. Muster;DE;\
tea;0902 10;2;12,50;USD;0,5
RR123456785CN;;;;;;;;;;;socks;;;;;
"""

MANIFEST = Manifest(
    parcel_id="RR123456785CN",
    waybill="RR123456785CN",
    hub="h1",
    courier="post",
    consignor=Party(
        name="李明", phone="+86 138 0000 0000", address="示范路1号, 长沙市, 43, CN", region="CN-43"
    ),
    consignee=Party(name="A. Muster", address="DE", region="DE"),
    contents=(
        Content(text="tea", hs_code="090210", quantity=2, value=Money(amount=12.5, currency="USD")),
        Content(text="socks"),
    ),
    weight_g=1250.0,
    declared_at=datetime(2026, 11, 1, tzinfo=UTC),
)


def one(value: bytes, form: Format = "json", desk: Desk = DESK) -> Declared:
    [found] = declared(value, form, desk)
    assert isinstance(found, Declared)
    return found


def changed(**fields: Any) -> bytes:
    return msgspec.json.encode({**JSON, **fields})


@pytest.mark.parametrize(
    ("form", "text"), [("xml", XML), ("json", msgspec.json.encode(JSON).decode()), ("csv", CSV)]
)
def test_xml_json_and_csv_of_one_declaration_are_one_manifest(form: Format, text: str) -> None:
    found = one(text.encode(), form)
    assert found.manifest == MANIFEST
    assert found.doubts == ()


def test_the_manifest_is_one_that_score_takes() -> None:
    sent = manifest_message(one(msgspec.json.encode(JSON)).manifest, event_id="1")
    assert read_manifest(sent.value, sent.headers, "h1", sent.key) == MANIFEST


def test_what_a_manifest_has_no_place_for_is_listed_by_its_path() -> None:
    assert one(XML.encode(), "xml").unmapped == (
        "handlingClass",
        "ns:NatureOfTransaction",
        "ns:ContentPieces.ns:ContentPiece.number",
        "ns:ContentPieces.ns:ContentPiece.ns:NetWeight",
        "ns:ContentPieces.ns:ContentPiece.ns:OriginCountry",
    )
    assert one(CSV.encode(), "csv").unmapped == ("content.net_weight",)


@pytest.mark.parametrize(
    ("item_id", "doubt"),
    [
        ("RR473124829GB", None),
        ("rr 473 124 829 gb", None),
        ("RR473124828GB", "item id: expected the check digit 9, got 8"),
        ("SF1234567890", "item id: it is none of S10 (two letters, nine digits, two letters)"),
    ],
)
def test_an_item_id_that_is_none_is_doubted_and_kept(item_id: str, doubt: str | None) -> None:
    found = one(changed(item_id=item_id))
    assert found.manifest.parcel_id == item_id.replace(" ", "").upper()
    assert found.doubts == (() if doubt is None else (doubt,))


@given(st.from_regex(r"[0-9]{8}", fullmatch=True), st.integers(0, 7), st.integers(1, 9))
def test_the_check_digit_tells_any_one_digit_that_was_misread(serial: str, place: int, more: int) -> None:
    other = str((int(serial[place]) + more) % 10)
    misread = serial[:place] + other + serial[place + 1 :]
    digit = s10.check_digit(serial)
    assert digit != s10.check_digit(misread) or digit == 5, "5 alone stands for two remainders"


@pytest.mark.parametrize(
    ("fields", "weight_g"),
    [
        ({"gross_weight": 1.25}, 1250.0),
        ({"gross_weight": "1,25", "weight_unit": "kg"}, 1250.0),
        ({"gross_weight": 1250, "weight_unit": "GRM"}, 1250.0),
        ({"gross_weight": {"value": 1250, "unit": "g"}}, 1250.0),
        ({"weight_kg": "0.02"}, 20.0),
        ({}, None),
        ({"gross_weight": 0}, None),
    ],
)
def test_weights_come_in_grams_whatever_their_unit(fields: dict[str, Any], weight_g: float | None) -> None:
    document = {name: value for name, value in JSON.items() if name != "gross_weight_g"} | fields
    assert one(msgspec.json.encode(document)).manifest.weight_g == weight_g


def test_the_desk_says_the_unit_of_weights_without_one() -> None:
    in_grams = Desk(hub="h1", courier="post", received_at=NOW, unit="g")
    assert one(changed(gross_weight_g=None, gross_weight=1250), desk=in_grams).manifest.weight_g == 1250.0


@pytest.mark.parametrize(
    ("fields", "doubt"),
    [
        ({"gross_weight_g": 1250000}, "gross weight: 1.25e+06 g is no item's; its unit may be another"),
        ({"gross_weight_g": None, "weight": 3, "weight_unit": "lb"}, "gross weight: its unit is none of kg"),
        ({"gross_weight_g": "1,250"}, "gross weight: it is no plain number"),
        ({"posted_dt": "2026-11-01"}, "date: it is no RFC 3339 time with a zone"),
        ({"contents": [{"description": "tea", "hs_code": "tea"}]}, "line 1: its HS code is not 4 to 12"),
        ({"contents": [{"description": "tea", "quantity": 1.5}]}, "line 1: its quantity is no whole number"),
        ({"contents": [{"description": "tea", "value": 3, "currency": "Euro"}]}, "line 1: its value has no"),
        ({"contents": [{"hs_code": "0902"}]}, "line 1: it says nothing of what it is"),
        ({"contents": [{"description": "t" * 501}]}, "line 1: description: expected at most 500 characters"),
        ({"contents": [{"description": "tea"}] * 201}, "contents: expected at most 200 lines, got 201"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_line_is_doubted_and_costs_no_manifest(fields: dict[str, Any], doubt: str) -> None:
    [found] = one(changed(**fields)).doubts
    assert found.startswith(doubt)


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ({"sender": {"country": "CN"}}, "$.consignor.name: expected str of length >= 1, got str of length 0"),
        ({"item_id": "two words?"}, "$.parcel_id: expected str matching"),
        ({"item_id": ""}, "$.parcel_id: expected str of length >= 1"),
        ({"gross_weight_g": 3_000_000}, "$.weight_g: expected float <= 2000000.0"),
    ],
)
def test_a_declaration_that_makes_no_manifest_costs_itself_alone(fields: dict[str, Any], detail: str) -> None:
    document = msgspec.json.encode([{**JSON, **fields}, JSON])
    first, second = declared(document, "json", DESK)
    assert isinstance(first, BadInput)
    assert first.reason == "schema"
    assert first.detail.startswith(detail)
    assert isinstance(second, Declared)


def hostile() -> dict[str, tuple[bytes, Format, str]]:
    laughs = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
    outside = '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>'
    return {
        "entities": (laughs.encode(), "xml", "not_xml"),
        "from outside": (outside.encode(), "xml", "not_xml"),
        "deep XML": (b"<a>" * 100 + b"</a>" * 100, "xml", "too_deep"),
        "deep JSON": (b"[" * 5000 + b"]" * 5000, "json", "not_json"),
        "rather deep JSON": (b"[" * 100 + b"]" * 100, "json", "too_deep"),
        "wide XML": (b"<a>" + b"<b/>" * 200_001 + b"</a>", "xml", "too_deep"),
        "wide JSON": (b"[" + b"1," * 200_001 + b"1]", "json", "too_deep"),
        "half an XML": (XML.encode()[:700], "xml", "not_xml"),
        "no XML": (b"\xff\xfe\x00", "xml", "not_xml"),
        "an encoding of nobody": (b'<?xml version="1.0" encoding="klingon"?><a/>', "xml", "not_xml"),
        "nothing": (b"", "json", "value_missing"),
        "no items": (b"{}", "json", "schema"),
        "a number": (b"1", "json", "schema"),
        "no table": (b"a\nb,c", "csv", "schema"),
    }


@pytest.mark.parametrize("name", sorted(hostile()))
def test_a_hostile_document_is_refused_as_a_whole(name: str) -> None:
    value, form, reason = hostile()[name]
    with pytest.raises(BadInput) as error:
        list(declared(value, form, DESK))
    assert error.value.reason == reason


@settings(max_examples=150)
@given(st.data(), st.sampled_from(["xml", "json", "csv"]))
def test_any_mutation_makes_manifests_or_is_refused(data: st.DataObject, form: Format) -> None:
    text = {"xml": XML.encode(), "json": msgspec.json.encode(JSON), "csv": CSV.encode()}[form]
    mutated = bytearray(text)
    places = st.tuples(st.integers(0, len(text) - 1), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=6)):
        mutated[place] = value
    try:
        for found in declared(bytes(mutated), form, DESK):
            assert isinstance(found, Declared | BadInput)
            if isinstance(found, Declared):
                sent = manifest_message(found.manifest, event_id="1")
                read_manifest(sent.value, sent.headers, "h1", sent.key)
    except BadInput:
        pass


SECRET = "Geheim"


@given(st.sampled_from(["name", "telephone", "address"]), st.integers(0, 700))
def test_no_doubt_and_no_error_shows_a_personal_value(field: str, length: int) -> None:
    person = {"name": "x", field: SECRET * (length // len(SECRET))}
    for found in declared(changed(sender=person, item_id=""), "json", DESK):
        assert SECRET not in str(found if isinstance(found, BadInput) else found.doubts)
    for found in declared(changed(sender=person), "json", DESK):
        assert SECRET not in str(found if isinstance(found, BadInput) else (found.doubts, found.unmapped))
