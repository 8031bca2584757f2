"""What a person can do with a parcel: one frozen struct for each kind, checked as strictly as a message."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from screener.contracts.wire import Origin, Quality
from screener.core.policy import Limits
from screener.errors import BadInput

STICKS_OF_PACK: Final = 20
STICKS_OF_CARTON: Final = 200
LONGEST_TEXT: Final = 4000

_LINE: Final = r"^[^\x00-\x1f\x7f\ud800-\udfff]*\Z"
_LINES: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]*\Z"
"""PostgreSQL keeps no NUL, and nothing is said by other control characters than ends of lines."""

Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=_LINE)]
Place = Annotated[str, Meta(min_length=1, max_length=256, pattern=_LINE)]
Text = Annotated[str, Meta(max_length=LONGEST_TEXT, pattern=_LINES)]
Said = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT, pattern=_LINES)]
"""A text that has to be given."""

Officers = Annotated[tuple[Name, ...], Meta(min_length=2, max_length=8)]

Mark = Literal["like_genuine", "unlike_genuine", "not_looked"]


class Checklist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How cigarettes compare with genuine ones: wrapping film, box, printing, and the sticks themselves."""

    wrapping: Mark = "not_looked"
    box: Mark = "not_looked"
    printing: Mark = "not_looked"
    sticks: Mark = "not_looked"

    @property
    def differs(self) -> bool:
        return "unlike_genuine" in {self.wrapping, self.box, self.printing, self.sticks}


class Move(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all moves have in common; `kind` names one in tables, forms and the details of an action."""

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class Release(Move, frozen=True, kw_only=True, tag="release"):
    """Let it go; `quality` says how good the alert was."""

    quality: Quality
    note: Text = ""


class Open(Move, frozen=True, kw_only=True, tag="open"):
    """Open it, two officers at least being there."""

    officers: Officers


class Found(Move, frozen=True, kw_only=True, tag="found"):
    """What was in it. Loose sticks, packs and cartons add up; `kg` is cut tobacco, `leaf_kg` leaf.

    `e_cigarettes` counts devices and cartridges, `value_cny` is what all of it is worth.
    """

    sticks: Annotated[int, Meta(ge=0, le=2_000_000)] = 0
    packs: Annotated[int, Meta(ge=0, le=100_000)] = 0
    cartons: Annotated[int, Meta(ge=0, le=10_000)] = 0
    kg: Annotated[float, Meta(ge=0, le=2_000)] = 0.0
    leaf_kg: Annotated[float, Meta(ge=0, le=2_000)] = 0.0
    e_cigarettes: Annotated[int, Meta(ge=0, le=100_000)] = 0
    origin: Origin = "unknown"
    checklist: Checklist = field(default_factory=Checklist)
    value_cny: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    officers: Officers
    quality: Quality
    note: Text = ""

    @property
    def all_sticks(self) -> int:
        return self.sticks + STICKS_OF_PACK * self.packs + STICKS_OF_CARTON * self.cartons

    @property
    def cut_g(self) -> float:
        return round(self.kg * 1000, 3)

    @property
    def leaf_g(self) -> float:
        return round(self.leaf_kg * 1000, 3)

    @property
    def tobacco_g(self) -> float:
        """Cut tobacco and leaf together."""
        return round(self.cut_g + self.leaf_g, 3)

    @property
    def anything(self) -> bool:
        return self.all_sticks > 0 or self.tobacco_g > 0 or self.e_cigarettes > 0

    def over(self, limits: Limits) -> bool:
        """Whether any of it is more than one parcel may hold: cut tobacco and leaf each up to the limit."""
        within = self.all_sticks <= limits.sticks and max(self.cut_g, self.leaf_g) <= limits.tobacco_g
        return not (within and self.e_cigarettes <= limits.e_cigarettes)


class Seize(Move, frozen=True, kw_only=True, tag="seize"):
    """Take it into custody under a seal; `given_by` handed it to the officer. A second person confirms."""

    seal: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$(?!\n)")]
    place: Place
    given_by: Name
    note: Text = ""


class Refer(Move, frozen=True, kw_only=True, tag="refer"):
    """Offer it to another agency, which accepts or returns it."""

    agency: Name
    note: Text = ""


class Note(Move, frozen=True, kw_only=True, tag="note"):
    """Say something for those who come after."""

    text: Said


class Reopen(Move, frozen=True, kw_only=True, tag="reopen"):
    """Put it back into the queue."""

    why: Said


class Correct(Move, frozen=True, kw_only=True, tag="correct"):
    """Say anew what was found, in place of the action `corrects`."""

    corrects: Annotated[int, Meta(ge=1)]
    found: Found


class Accept(Move, frozen=True, kw_only=True, tag="accept"):
    """The other agency takes a hand-over."""

    note: Text = ""


class Return(Move, frozen=True, kw_only=True, tag="return"):
    """The other agency gives it back."""

    why: Said


class Close(Move, frozen=True, kw_only=True, tag="close"):
    """The other agency is done with it."""

    note: Text = ""


Ours = Release | Open | Found | Seize | Refer | Note | Reopen | Correct
"""What `actions.act` takes."""

Theirs = Accept | Return | Close
"""What `handover` does for the other agency."""

AnyMove = Ours | Theirs

Made = TypeVar("Made", bound=AnyMove)

_DECODER: Final = msgspec.json.Decoder(AnyMove)


def entered(kind: str, fields: Mapping[str, Any]) -> Ours:
    """The move of a form: texts are read as numbers where those belong, empty ones count as not given.

    `checklist.box` is the field `box` of `checklist`, and `found.kg` that of `found`. Raises `BadInput`.
    """
    told: dict[str, Any] = {}
    for name, value in fields.items():
        if (trimmed := _trimmed(value)) not in ("", [], None):
            _put(told, name.split("."), trimmed)
    told["kind"] = kind
    if isinstance(told.get("found"), dict):
        told["found"]["kind"] = "found"
    try:
        move: Ours = msgspec.convert(told, Ours, strict=False)
    except msgspec.ValidationError as error:
        raise _refused(error) from None
    return checked(move)


def checked(move: Made) -> Made:
    """The same move, if it keeps all rules that can be told without its parcel. Raises `BadInput`."""
    given(msgspec.to_builtins(move), AnyMove)
    _check(move)
    return move


def given(value: Any, kind: Any) -> Any:
    """What somebody entered as a `kind`, such as `Place`. Raises `BadInput`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _refused(error) from None


def written(move: AnyMove) -> bytes:
    """A move as the details of an action keep it."""
    return msgspec.json.encode(move)


def read(details: str) -> AnyMove:
    """The move that `written` wrote."""
    move: AnyMove = _DECODER.decode(details)
    return move


def _check(move: AnyMove) -> None:
    if isinstance(move, Correct):
        _check(move.found)
    elif isinstance(move, Open):
        _check_officers(move.officers)
    elif isinstance(move, Found):
        _check_officers(move.officers)
        _check_found(move)
    elif isinstance(move, Note | Reopen | Return) and not _said(move).strip():
        raise BadInput("move_text", f"{move.kind}: expected a text, got blanks")


def _said(move: Note | Reopen | Return) -> str:
    return move.text if isinstance(move, Note) else move.why


def _check_officers(officers: tuple[str, ...]) -> None:
    """One person under two spellings of a name is still one."""
    people = {" ".join(unicodedata.normalize("NFKC", name).casefold().split()) for name in officers}
    if len(people) < len(officers) or "" in people:
        raise BadInput("move_officers", "officers: expected the names of at least two different people")


def _check_found(found: Found) -> None:
    if found.origin == "counterfeit" and not found.checklist.differs:
        text = "checklist: expected at least one point that is unlike genuine ones where they are counterfeit"
        raise BadInput("move_checklist", text)
    if found.quality == "wrong" and found.anything:
        raise BadInput("move_quality", "quality: the alert was not wrong where tobacco was found")
    if found.quality in {"right", "tobacco_within_limit"} and not found.anything:
        raise BadInput("move_quality", "quality: expected an amount that was found, got none")


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list | tuple):
        return [one for each in value if (one := _trimmed(each))]
    return value


def _put(into: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        into = into.setdefault(name, {})
        if not isinstance(into, dict):
            raise BadInput(
                "move_invalid", f"{'.'.join(path)}: expected either {name} or parts of it, got both"
            )
    into[path[-1]] = value


def _refused(error: msgspec.ValidationError) -> BadInput:
    what, _, where = str(error).rpartition(" - at ")
    if what.endswith((f"{_LINE!r}", f"{_LINES!r}")):
        what = "Expected text without control characters"
    return BadInput("move_invalid", f"{what or 'wrong'} - at {where}")
