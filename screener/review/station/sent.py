"""What a device says of one entry: read strictly, and told apart from any other by a digest."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging.prepare import MAX_PITCH_MM
from screener.review import moves
from screener.review.moves import Found, Note, Open

LONGEST: Final = 32 * 1024
"""Characters of an entry without its picture."""

Kind = Literal["open", "found", "note", "photograph", "picture"]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Row = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""No database takes a larger number in a question."""
_TIME: Final = Meta(tz=True)


class Shot(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a picture of a mobile scanner was taken: by what, at how many mm a pixel, with which energies."""

    device: Annotated[str, Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f\ud800-\udfff]*\Z")] = ""
    pitch_mm: Annotated[float, Meta(ge=0.02, le=MAX_PITCH_MM)]
    energy: Energy


class Sent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of one person, under the number that the device gave it.

    `parcel` and `version` are what the device was shown, None where it knew none; an entry made `after`
    another one expects the parcel as that one left it. `handed`: in conflict, and left to a supervisor.
    """

    uuid: Uuid
    person: Row
    kind: Kind
    barcode: str
    made_at: Annotated[datetime, _TIME]
    sent_at: Annotated[datetime, _TIME]
    fields: dict[str, str | list[str]] = {}
    sha256: Hash | None = None
    parcel: Row | None = None
    version: Row | None = None
    after: Uuid | None = None
    handed: bool = False
    why: Annotated[
        str, Meta(max_length=500, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*\Z")
    ] = ""

    @property
    def said(self) -> str:
        """What was entered, as the table keeps it."""
        return msgspec.json.encode(self.fields, order="sorted").decode()

    @property
    def digest(self) -> str:
        """Of what was entered: neither of where it stood then, nor of how often it was sent."""
        entered = [self.person, self.kind, self.barcode, self.made_at, self.said, self.sha256]
        return hashlib.sha256(msgspec.json.encode(entered)).hexdigest()


def read(written: str) -> Sent:
    """The entry of a request. Raises `BadInput`."""
    try:
        sent: Sent = msgspec.json.decode(written, type=Sent)
    except msgspec.DecodeError as error:
        raise BadInput("entry_malformed", f"entry: {error}") from None
    return checked(sent)


def checked(sent: Sent) -> Sent:
    """The same entry, if all that can be told without its parcel is right. Raises `BadInput`."""
    for name, at in (("made_at", sent.made_at), ("sent_at", sent.sent_at)):
        if not 2000 <= at.year < 2100:
            raise BadInput("entry_malformed", f"{name}: expected a time from 2000 to 2099, got {at.year}")
    if sent.kind != "picture" or sent.barcode:
        moves.given(sent.barcode, moves.Place)
    if sent.kind == "picture":
        shot_of(sent.fields)
    elif sent.kind != "photograph":
        move_of(sent.kind, sent.fields)
    if (sent.sha256 is not None) != (sent.kind in {"photograph", "picture"}):
        raise BadInput("entry_malformed", f"sha256: not as expected of a {sent.kind}")
    return sent


def move_of(kind: str, fields: dict[str, Any]) -> Open | Found | Note:
    """The move that was entered. Raises `BadInput`."""
    given = dict(fields)
    if isinstance(given.get("officers"), str):
        given["officers"] = [given["officers"]]
    move = moves.entered(kind, given)
    assert isinstance(move, Open | Found | Note)
    return move


def shot_of(fields: dict[str, Any]) -> Shot:
    """How the picture was taken. Raises `BadInput`."""
    try:
        shot: Shot = msgspec.convert(fields, Shot, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput("entry_shot", f"picture: {error}") from None
    return shot
