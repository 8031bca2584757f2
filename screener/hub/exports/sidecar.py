"""What a hub says of an image file beside it: a JSON file, or a row of a CSV file with the same names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from screener.contracts.json_reading import explain, read_json
from screener.contracts.reading import RESERVED_PREFIX
from screener.contracts.times import in_utc
from screener.contracts.wire import Energy, Identifier, Message, PitchMm, Time
from screener.errors import BadInput

MAX_JSON_BYTES: Final = 64 * 1024
MAX_CSV_BYTES: Final = 16 * 1024 * 1024
MAX_COLUMNS: Final = 200

Side = Annotated[int, Meta(ge=1, le=65_535)]
Level = Annotated[int, Meta(ge=0, le=65_535)]
View = Annotated[int, Meta(ge=1, le=32)]
FileName = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^/\\\x00-\x1f]+$")]

INNER: Final = frozenset({"pitch_mm", "raw"})
"""The fields whose columns have a dot in their names."""


class RawLayout(Message, frozen=True, kw_only=True):
    """How the samples of a raw file lie: unsigned integers, rows across the belt, no header that counts.

    `planes` are grey, red green blue, or a low/high pair in either order. They lie one after the other
    (`plane`), line by line (`row`) or sample by sample (`pixel`). The samples start `skip_bytes` into the
    file and end with it. `dark` is the value without any radiation, `open_air` that of empty belt, where
    known; it lies below the dark where more matter gives higher values.
    """

    rows: Side
    cols: Side
    dtype: Literal["uint8", "uint16"]
    byte_order: Literal["little", "big"] = "little"
    planes: Literal["grey", "rgb", "low_high", "high_low"] = "grey"
    interleaving: Literal["plane", "row", "pixel"] = "plane"
    skip_bytes: Annotated[int, Meta(ge=0, le=1 << 24)] = 0
    open_air: Level | None = None
    dark: Level = 0


class Sidecar(Message, frozen=True, kw_only=True):
    """What is said of one image; None where nothing is. `file` names it, in a CSV file of many.

    The pitch is that on the object, in mm: `across` the belt (image rows), `along` it (columns).
    """

    file: FileName | None = None
    parcel_id: Identifier | None = None
    scan_id: Identifier | None = None
    view: View | None = None
    views: View | None = None
    scanner: Identifier | None = None
    pitch_mm: PitchMm | None = None
    energy: Energy | None = None
    time: Time | None = None
    raw: RawLayout | None = None


def sidecar_from_json(value: bytes) -> Sidecar:
    """Strict on types, lenient on unknown names. Raises `BadInput` (as `read_json`, and time_range)."""
    return _checked(read_json(value, Sidecar, MAX_JSON_BYTES))


def sidecar_from_row(row: Mapping[str, str | None]) -> Sidecar:
    """A row of texts: an inner field has a dot in its column's name (`pitch_mm.across`); None is no value.

    Raises `BadInput` (schema, time_range).
    """
    fields = _nested(row)
    try:
        found = msgspec.convert(fields, Sidecar, strict=False)
    except msgspec.ValidationError as error:
        path, what = explain(error, fields)
        raise BadInput("schema", f"{path}: {what}") from None
    return _checked(found)


def sidecars_from_csv(value: bytes) -> Iterator[Sidecar | BadInput]:
    """One for each row, in order: what it says, or why it cannot be read (`row N: ...`).

    UTF-8, comma or semicolon, first row the names. Raises `BadInput` where the file is no such table.
    """
    for number, row in csv_rows(value):
        try:
            yield sidecar_from_row(row)
        except BadInput as error:
            yield BadInput(error.reason, f"row {number}: {error.detail}")


def csv_rows(value: bytes) -> Iterator[tuple[int, dict[str, str | None]]]:
    """The rows of a CSV file by column name, each with its number in the file, the names' own being 1.

    Raises `BadInput` (value_missing, too_large, not_utf8, schema).
    """
    text = _text(value)
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    try:
        names = [name.strip() for name in next(reader, [])]  # of a byte order mark alone nothing is left
        _check_names(names)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, _row(names, cells, reader.line_num)
    except csv.Error as error:
        raise BadInput(
            "schema", f"row {reader.line_num}: expected CSV, got a row that is none: {error}"
        ) from None


def _text(value: bytes) -> str:
    if not value.strip():
        raise BadInput("value_missing", "expected CSV, got nothing")
    if len(value) > MAX_CSV_BYTES:
        raise BadInput("too_large", f"expected at most {MAX_CSV_BYTES} bytes of CSV, got {len(value)}")
    try:
        return value.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("not_utf8", f"expected CSV in UTF-8, got other bytes from {error.start} on") from None


def _check_names(names: list[str]) -> None:
    if len(names) > MAX_COLUMNS:
        raise BadInput("schema", f"row 1: expected at most {MAX_COLUMNS} columns, got {len(names)}")
    twice = {name for name in names if name and names.count(name) > 1}
    if twice:
        raise BadInput("schema", f"row 1: expected each column once, got {len(twice)} name(s) more than once")


def _row(names: list[str], cells: list[str], number: int) -> dict[str, str | None]:
    if len(cells) > len(names):
        raise BadInput("schema", f"row {number}: expected at most {len(names)} cells, got {len(cells)}")
    return {name: cell.strip() or None for name, cell in zip(names, cells, strict=False) if name}


def _nested(row: Mapping[str, str | None]) -> dict[str, object]:
    """The texts where their fields lie; a column of another name is not ours."""
    fields: dict[str, object] = {}
    for name, text in row.items():
        outer, _, inner = name.partition(".")
        if text is None:
            continue
        if not inner:
            fields.setdefault(outer, text)
        elif outer in INNER:
            group = fields.setdefault(outer, {})
            if isinstance(group, dict):
                group[inner] = text
    return fields


def _checked(found: Sidecar) -> Sidecar:
    _check_views(found)
    return found if found.time is None else replace(found, time=in_utc(found.time, "$.time"))


def _check_views(found: Sidecar) -> None:
    if found.view and found.views and found.view > found.views:
        raise BadInput("schema", f"$.view: expected at most {found.views} ($.views), got {found.view}")
    if found.parcel_id is not None and found.parcel_id.startswith(RESERVED_PREFIX):
        raise BadInput(
            "parcel_id_reserved", f"$.parcel_id: expected an id that does not begin with {RESERVED_PREFIX!r}"
        )
