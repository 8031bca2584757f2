"""What the workstation reads that others wrote: messages, files of lists, photographs, forms, tokens."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import msgspec
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from litestar import Litestar, Request, post
from litestar.exceptions import HTTPException

from bench.fuzz.parser import LIMITS, Parser, encoded, header_lines, parts
from screener.contracts import cloudevents, examples, reading, topics
from screener.contracts.cloudevents import Event
from screener.contracts.wire import Licence, Sender, Tie, Tip
from screener.core import entries as listing
from screener.core import table
from screener.core.lists import Lists
from screener.core.table import Reading
from screener.errors import BadInput
from screener.imaging import exif, webp
from screener.imaging.decode import decode
from screener.review import checkpoints, flagging, id_token, queue
from screener.review.cases import listing as cases
from screener.review.errors import Refused
from screener.review.ledger import entries
from screener.review.lists import files
from screener.review.station import sent
from screener.review.web.request import read_form
from screener.sealing import normalise
from screener.sealing.keys import Key, Kind
from screener.sealing.ring import KeyRing
from screener.stages.lists import entry_message, read_change
from screener.stream.port import Partition, Record

NOW: Final = datetime(2026, 11, 2, tzinfo=UTC)
RING: Final = KeyRing.of(
    (Key(Kind.SEAL, "1", b"s" * 32), Key(Kind.LINK, "1", b"l" * 32), Key(Kind.DRAW, "1", b"d" * 32)), "fuzz"
)
KIND: Final[dict[str, type[listing.Entry]]] = {
    topics.TIPS: Tip,
    topics.SENDERS: Sender,
    topics.LICENCES: Licence,
}


def _record(topic: str, data: bytes) -> Record:
    """A record: lines of headers, `key:` among them, an empty line, the value."""
    head, body = parts(data)
    headers = header_lines(head)
    key = next((value for name, value in headers if name == "key"), None)
    return Record(Partition(topic, 0), 0, 0, key, body, tuple(headers))


def _written(headers: Sequence[tuple[str, bytes]], key: bytes | None, value: bytes | None) -> bytes:
    lines = [f"{name}:".encode() + text for name, text in headers]
    return b"\n".join([*lines, b"key:" + (key or b"")]) + b"\n\n" + (value or b"")


def _flagged(data: bytes) -> None:
    with suppress(BadInput):
        found = flagging.read(_record(topics.FLAGGED, data))
        flagging.columns(found, found.manifest, NOW - NOW)
        list(flagging.links(found.manifest))


def _flagged_seeds() -> Sequence[bytes]:
    decision = examples.FLAGGED.decision
    event = Event(id="e", source="screener/decide", type=cloudevents.FLAGGED, subject=decision.parcel_id)
    key = decision.parcel_id.encode()
    return [_written(cloudevents.to_headers(event), key, reading.encode(examples.FLAGGED))]


def _own(read: Callable[[Record], object], topic: str) -> Callable[[bytes], None]:
    """Messages of other parts of Screener: what cannot be read is refused as no JSON of theirs."""

    def parse(data: bytes) -> None:
        with suppress(msgspec.DecodeError):
            read(_record(topic, data))

    return parse


def _tie(record: Record) -> object:
    return reading.decode_internal(record.value or b"", Tie)


def _own_seeds(*said: tuple[str, msgspec.Struct]) -> Callable[[], Sequence[bytes]]:
    return lambda: [_written([("ce_type", kind.encode())], None, reading.encode(one)) for kind, one in said]


def _entry(data: bytes) -> None:
    for topic in KIND:
        with suppress(BadInput):
            change = read_change(_record(topic, data))
            Lists(offsets={}).changed(topic, [change], 1)


def _entry_seeds() -> Sequence[bytes]:
    made = [entry_message(one) for one in (examples.TIP, examples.SENDER, examples.LICENCE)]
    return [_written(one.headers, one.key, one.value) for one in made]


def _pattern(data: bytes) -> None:
    """A pattern of waybills and a waybill."""
    head, body = (one.decode("utf-8", "replace") for one in parts(data))
    listing.fits(listing.bare_pattern(head)).fullmatch(listing.bare_waybill(body))


def _list_file(data: bytes) -> None:
    """A file of a list from the upload to its entries, as all three lists."""
    with suppress(BadInput):
        given = files.taken(io.BytesIO(data), replaces=False)
        encoding = "utf-8-sig" if given.encoding == "utf-8" else given.encoding
        for kind in KIND.values():
            with suppress(BadInput):
                text = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
                found = table.rows(table.physical(text), kind)
                list(table.lines(found, Reading(kind, RING, NOW)))


def _list_seeds() -> Sequence[bytes]:
    tip = "id,phone,address,waybill,source,expires\nt-1,13800138000,长沙市开福区示范路3号,YT*9,12313,90d\n"
    sender = 'id,phone,grade,business\ns-1,0731-28223497,AA,shop\ns-2,"139",C,\n'
    licence = "id,phone,sticks,grams,e_cigarettes\nl-1,13800138000,any,10,yes\n"
    return [tip.encode(), tip.encode("gb18030"), sender.encode(), licence.encode()]


def _text(data: bytes) -> None:
    """Names, phones, addresses and buildings in the one form that is hashed."""
    text = data.decode("utf-8", "replace")
    for form in (normalise.name, normalise.address, normalise.building, normalise.phone):
        found = form(text)
        assert found is None or form(found) == found


def _photograph(data: bytes) -> None:
    with suppress(BadInput, MemoryError):
        exif.upright(decode(data, webp.announced_webp(data, LIMITS)), exif.orientation(data))


def _exif(data: bytes) -> None:
    assert 1 <= exif.orientation(data) <= 8


def _entered(data: bytes) -> None:
    """An entry of the station, with all that its kind wants."""
    with suppress(BadInput):
        sent.read(data.decode("utf-8", "replace"))


def _entered_seeds() -> Sequence[bytes]:
    uuid, at = "0" * 8 + "-0000" * 3 + "-" + "0" * 12, "2026-11-02T08:00:00Z"
    base = {"uuid": uuid, "person": 1, "barcode": "P-1", "made_at": at, "sent_at": at}
    kinds: list[dict[str, Any]] = [
        {"kind": "open", "fields": {"officers": ["Li", "Wang"]}},
        {"kind": "found", "fields": {"officers": ["Li", "Wang"], "packs": "2", "quality": "right"}},
        {"kind": "note", "fields": {"text": "x"}},
        {"kind": "photograph", "sha256": "0" * 64},
        {"kind": "picture", "sha256": "0" * 64, "fields": {"pitch_mm": "1.5", "energy": "dual"}},
    ]
    return [msgspec.json.encode(base | one) for one in kinds]


def _query(data: bytes) -> None:
    """The part of an address behind `?`, as the queue and the cases read it."""
    text = data.decode("latin-1")
    with suppress(BadInput):
        queue.parsed(text)
    with suppress(BadInput):
        cases.parsed(text)


def _form(data: bytes) -> None:
    """A form as a browser sends it: the first line is its content type."""
    head, _, body = data.partition(b"\n")
    headers = [(b"content-type", head), (b"content-length", str(len(body)).encode())]
    base = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "client": ("::1", 1)}

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(_: Any) -> None:
        """Whatever the answer is."""

    app, wrong = _app()
    asyncio.run(app({**base, "headers": headers}, receive, send))  # type: ignore[arg-type]
    if wrong:
        raise wrong.pop()


@cache
def _app() -> tuple[Litestar, list[Exception]]:
    """One page that reads a form, and what it refused by no name; made once, which takes long."""
    wrong: list[Exception] = []

    @post("/")
    async def taken(request: Request[Any, Any, Any]) -> None:
        try:
            await read_form(request)
        except (BadInput, HTTPException):
            return
        except Exception as error:  # noqa: BLE001 - what is looked for
            wrong.append(error)

    return Litestar([taken], openapi_config=None, logging_config=None), wrong


def _form_seeds() -> Sequence[bytes]:
    parted = (
        b"multipart/form-data; boundary=x\n"
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="p.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\x89PNG\r\n--x--\r\n"
    )
    return [b"application/x-www-form-urlencoded\na=1&b=%E4%BA%8C", parted]


_KEY: Final = RSAKey.generate_key(2048, {"kid": "k"}, auto_kid=False)
_CLAIMS: Final = {"iss": "https://i", "aud": "c", "nonce": "n", "sub": "s", "exp": 1_800_000_000, "iat": 1}


def _token(data: bytes) -> None:
    """An ID token; and claims as a provider of ours might have signed them."""
    with suppress(Refused):
        id_token.claims(data.decode("latin-1"), KeySet([_KEY]))
    with suppress(Refused, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        said = msgspec.json.decode(data, type=dict[str, Any])
        id_token.check(said, issuer="https://i", client_id="c", nonce="n", now=NOW)


def _token_seeds() -> Sequence[bytes]:
    signed = jwt.encode({"alg": "RS256", "kid": "k"}, _CLAIMS, _KEY)
    return [signed.encode(), msgspec.json.encode(_CLAIMS)]


PARSERS: Final[dict[str, Parser]] = {
    "flagged": Parser(_flagged, _flagged_seeds),
    "decisions": Parser(_own(entries.said, topics.DECISIONS), _own_seeds(("", examples.DECISION))),
    "outcomes": Parser(
        _own(entries.outcome, topics.OUTCOMES),
        _own_seeds(
            (cloudevents.INSPECTION, examples.INSPECTION), (cloudevents.DISPOSITION, examples.DISPOSITION)
        ),
    ),
    "ties": Parser(_own(_tie, topics.TIES), _own_seeds(("", examples.TIE))),
    "checkpoints": Parser(
        _own(checkpoints.head_of, topics.CHECKPOINTS), _own_seeds(("", examples.CHECKPOINT)), 8192
    ),
    "entries": Parser(_entry, _entry_seeds, 16_384),
    "pattern": Parser(_pattern, lambda: [b"YT*99*\n\nYT 1234 9900"], 1024),
    "list_file": Parser(_list_file, _list_seeds),
    "text": Parser(_text, lambda: ["长沙市开福区示范路3号楼5栋1201室".encode(), b"+86 138-0013-8000"], 4096),
    "webp": Parser(_photograph, encoded(".webp")),
    "exif": Parser(_exif, lambda: [b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"], 8192),
    "entered": Parser(_entered, _entered_seeds, 16_384),
    "query": Parser(_query, lambda: [b"state=open&due=belt&mine=true&before=4"], 4096),
    "form": Parser(_form, _form_seeds),
    "token": Parser(_token, _token_seeds, 16_384),
}
