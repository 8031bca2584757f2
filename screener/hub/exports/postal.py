"""Postal declarations (UPU ITMATT and CN 22/CN 23 data, in XML, JSON or CSV) as manifests of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import msgspec

from screener.contracts.json_reading import explain
from screener.contracts.times import EARLIEST, LATEST
from screener.contracts.wire import Code, Manifest
from screener.errors import BadInput
from screener.hub.exports import s10
from screener.hub.exports.sidecar import csv_rows
from screener.hub.exports.tree import Node, from_json, from_xml

Format = Literal["xml", "json", "csv"]

ITEM_ID: Final = ("itemid", "mailitemid", "mailobjectid", "objectid", "localid", "id", "s10", "barcode")
SENDER: Final = ("sender", "consignor", "shipper", "from")
ADDRESSEE: Final = ("addressee", "recipient", "consignee", "receiver", "to")
NAMES: Final = ("name", "fullname", "firstname", "lastname", "company", "companyname", "organisation")
PHONES: Final = ("phone", "telephone", "telephonenumber", "mobile", "tel", "telno", "contactnumber")
COUNTRY: Final = ("country", "countrycd", "countrycode")
STATE: Final = ("state", "province", "subdivision", "region")
STREET: Final = ("addressline", "addressline1", "addressline2", "addressline3", "street", "premises", "line")
TOWN: Final = ("district", "city", "town", "locality", "postcode", "postalcode", "zip")
PIECES: Final = ("contentpieces", "contents", "lines", "articles")
PIECE: Final = ("contentpiece", "content", "line", "article", "piece")
DESCRIPTION: Final = ("description", "contentdescription", "goodsdescription", "text")
HS_CODE: Final = ("hscode", "hs", "hstariffnumber", "tariffnumber", "tariffcode", "tariffheading")
QUANTITY: Final = ("quantity", "numberofunits", "numberofpieces", "units", "pieces")
VALUE: Final = ("value", "declaredvalue", "amount", "customsvalue")
CURRENCY: Final = ("currency", "currencycd", "currencycode", "declaredcurrency")
GROSS: Final = ("grossweight", "declaredgrossweight", "totalweight", "weight")
UNIT: Final = ("unit", "weightunit", "unitcode", "uom")
DATE: Final = ("declaredat", "posteddt", "postingdate", "postedat", "acceptancedate", "date")

GRAMS: Final = {"kg": 1000.0, "kgm": 1000.0, "kgs": 1000.0, "g": 1.0, "grm": 1.0, "gr": 1.0}
NUMBER: Final = re.compile(r"[0-9]{1,12}([.,][0-9]{1,6})?")
CURRENCY_FORM: Final = re.compile(r"[A-Z]{3}")
HS_FORM: Final = re.compile(r"[0-9]{4,12}")
MAX_CONTENTS: Final = 200
LIGHTEST_G: Final = 1.0
HEAVIEST_G: Final = 70_000.0


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as a manifest; what is doubtful of it, and the fields that a manifest has no place for.

    Neither shows a value: most are personal.
    """

    manifest: Manifest
    doubts: tuple[str, ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where declarations come in: the hub and courier of their manifests, and when they were received."""

    hub: str
    courier: str
    received_at: datetime
    unit: Literal["kg", "g"] = "kg"
    """Of weights that name none."""


def declared(value: bytes, form: Format, desk: Desk) -> Iterator[Declared | BadInput]:
    """Every declaration of a document, in order: a manifest, or why it makes none.

    Raises `BadInput` where the document as a whole cannot be read, or holds no item.
    """
    items = list(_items(_tree(value, form)))
    if not items:
        raise BadInput("schema", "expected items with an id and a sender or addressee, got none")
    for item in items:
        try:
            yield _declared(item, desk)
        except BadInput as error:
            yield error


def _tree(value: bytes, form: Format) -> Node:
    if form == "csv":
        return _from_csv(value)
    return from_xml(value) if form == "xml" else from_json(value)


def _from_csv(value: bytes) -> Node:
    """A row is a line of contents; rows of one item follow its first, whose other columns count."""
    root = Node()
    items: dict[str, Node] = {}
    for _, row in csv_rows(value):
        node = Node()
        for name, text in row.items():
            node.add_below(name, Node(text or ""))
        key = next((found[0].text for name in ITEM_ID if (found := node.fields.get(name))), "")
        known = items.setdefault(s10.normal(key), node) if key else node
        if known is node:
            root.add("item", node)
        else:
            for piece in node.take_all(*PIECE):
                known.add("content", piece)
    return root


def _items(node: Node, depth: int = 0) -> Iterator[Node]:
    """The nodes that are an item, wherever they lie."""
    if node.has(ITEM_ID) and (node.has(SENDER) or node.has(ADDRESSEE)):
        yield node
    elif depth < 4:
        for below in [one for nodes in node.fields.values() for one in nodes]:
            yield from _items(below, depth + 1)


@dataclass(slots=True)
class _Work:
    """One item on its way, with the doubts that come up."""

    desk: Desk
    doubts: list[str] = field(default_factory=list)

    def doubt(self, text: str) -> None:
        self.doubts.append(text)


def _declared(item: Node, desk: Desk) -> Declared:
    work = _Work(desk)
    parcel_id = s10.normal(item.take_text(*ITEM_ID) or "")
    if wrong := s10.doubt(parcel_id):
        work.doubt(wrong)
    fields: dict[str, object] = {
        "parcel_id": parcel_id,
        "waybill": parcel_id,
        "hub": desk.hub,
        "courier": desk.courier,
        "consignor": _party(item.take(*SENDER), "sender", work),
        "consignee": _party(item.take(*ADDRESSEE), "addressee", work),
        "contents": _contents(item, work),
        "weight_g": _weight_g(item, work),
        "declared_at": _declared_at(item, work),
    }
    return Declared(_manifest(fields), tuple(work.doubts), tuple(dict.fromkeys(item.left())))


def _manifest(fields: dict[str, object]) -> Manifest:
    try:
        return msgspec.convert(fields, Manifest)
    except msgspec.ValidationError as error:
        path, what = explain(error, fields)
        raise BadInput("schema", f"{path}: {what}") from None


def _party(node: Node | None, who: str, work: _Work) -> dict[str, object]:
    """Name, phone, address and region; the address is a text, lines, or a field with lines."""
    node = node or Node()
    places = [node, *node.take_all("address")]
    name = " ".join(text for one in node.take_all(*NAMES) if (text := one.text)) or node.text
    country, state = _first(places, COUNTRY), _first(places, STATE)
    lines = [one.text for place in places for one in place.take_all(*STREET, *TOWN)]
    address = ", ".join(
        text for text in (*(place.text for place in places[1:]), *lines, state, country) if text
    )
    return {
        "name": _cut(name, 200, f"{who}: name", work),
        "phone": _cut(node.take_text(*PHONES) or "", 40, f"{who}: phone", work) or None,
        "address": _cut(address, 500, f"{who}: address", work) or None,
        "region": _region(country, state),
    }


def _first(places: list[Node], names: tuple[str, ...]) -> str | None:
    return next((text for place in places if (text := place.take_text(*names))), None)


def _region(country: str | None, state: str | None) -> str | None:
    """A country, with its subdivision where that is a code (ISO 3166-2)."""
    for text in (f"{country}-{state}" if state and len(state) <= 3 else None, country):
        if country and text:
            try:
                return msgspec.convert(text, Code)
            except msgspec.ValidationError:
                continue
    return None


def _contents(item: Node, work: _Work) -> list[dict[str, object]]:
    currency = item.take_text(*CURRENCY)
    pieces = [piece for group in item.take_all(*PIECES) for piece in group.take_all(*PIECE) or [group]]
    pieces += item.take_all(*PIECE)
    if len(pieces) > MAX_CONTENTS:
        work.doubt(
            f"contents: expected at most {MAX_CONTENTS} lines, got {len(pieces)}; the others are left out"
        )
    lines = pieces[:MAX_CONTENTS]
    return [_content(piece, currency, f"line {number}", work) for number, piece in enumerate(lines, 1)]


def _content(piece: Node, currency: str | None, where: str, work: _Work) -> dict[str, object]:
    text = piece.take_text(*DESCRIPTION) or piece.text
    if not text:
        work.doubt(f"{where}: it says nothing of what it is")
    return {
        "text": _cut(text, 500, f"{where}: description", work),
        "hs_code": _hs_code(piece, where, work),
        "quantity": _quantity(piece, where, work),
        "value": _value(piece, currency, where, work),
    }


def _hs_code(piece: Node, where: str, work: _Work) -> str | None:
    text = piece.take_text(*HS_CODE)
    digits = re.sub(r"[ .\-]", "", text or "")
    if text and not HS_FORM.fullmatch(digits):
        work.doubt(f"{where}: its HS code is not 4 to 12 digits")
        return None
    return digits or None


def _quantity(piece: Node, where: str, work: _Work) -> int | None:
    number = _number(piece.take_text(*QUANTITY), f"{where}: quantity", work)
    if number is None or number == int(number):
        return None if number is None else int(number)
    work.doubt(f"{where}: its quantity is no whole number")
    return None


def _value(piece: Node, currency: str | None, where: str, work: _Work) -> dict[str, object] | None:
    """The amount of the line in the currency of the amount, the line or the item, in this order."""
    node = piece.take(*VALUE)
    amount = _number(
        node.take_text("amount", "value") or node.text if node else None, f"{where}: value", work
    )
    own = node.take_text(*CURRENCY) if node else None
    code = (own or piece.take_text(*CURRENCY) or currency or "").upper()
    if amount is None:
        return None
    if not CURRENCY_FORM.fullmatch(code):
        work.doubt(f"{where}: its value has no currency of three letters")
        return None
    return {"amount": amount, "currency": code}


def _weight_g(item: Node, work: _Work) -> float | None:
    """The gross weight in g; one that no post would carry is doubted, since it may be in another unit."""
    weight_g = _weighed_g(item, work)
    if weight_g is not None and not LIGHTEST_G <= weight_g <= HEAVIEST_G:
        work.doubt(f"gross weight: {weight_g:g} g is no item's; its unit may be another")
    return weight_g or None


def _weighed_g(item: Node, work: _Work) -> float | None:
    """A weight's unit stands in its name (`gross_weight_kg`), beside it, or is that of the desk."""
    for unit, grams in (("kg", 1000.0), ("g", 1.0)):
        number = _number(item.take_text(*(name + unit for name in GROSS)), "gross weight", work)
        if number is not None:
            return round(number * grams, 3)
    found = item.take(*GROSS) or Node()
    number = _number(found.take_text("value", "measure") or found.text, "gross weight", work)
    named = (found.take_text(*UNIT) or item.take_text(*UNIT) or work.desk.unit).lower()
    if number is not None and named not in GRAMS:
        work.doubt(f"gross weight: its unit is none of {', '.join(GRAMS)}")
        return None
    return None if number is None else round(number * GRAMS[named], 3)


def _number(text: str | None, where: str, work: _Work) -> float | None:
    """A number with a point or a comma before its decimals; one that could be thousands is none."""
    if not text:
        return None
    if not NUMBER.fullmatch(text) or re.fullmatch(r"[0-9]{1,3},[0-9]{3}", text):
        work.doubt(f"{where}: it is no plain number")
        return None
    return float(text.replace(",", "."))


def _declared_at(item: Node, work: _Work) -> datetime:
    """The time of posting where it has a zone, else that of receipt."""
    text = item.take_text(*DATE)
    try:
        time = msgspec.convert(text, datetime) if text else None
    except msgspec.ValidationError:
        time = None
    if time is not None and time.tzinfo is not None and EARLIEST <= time < LATEST:
        return time
    if text:
        work.doubt("date: it is no RFC 3339 time with a zone; the time of receipt stands for it")
    return work.desk.received_at


def _cut(text: str, most: int, where: str, work: _Work) -> str:
    clean = text.replace("\0", "")
    if len(clean) > most:
        work.doubt(f"{where}: expected at most {most} characters, got {len(clean)}; the rest is cut off")
    return clean[:most]
