"""From the rows of a CSV file to manifests, each row for itself."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from screener.contracts import topics
from screener.contracts.json_reading import explain
from screener.contracts.publishing import manifest_message
from screener.contracts.reading import read_manifest
from screener.contracts.wire import Manifest
from screener.errors import BadConfig, BadInput
from screener.hub.exports.sidecar import csv_rows
from screener.hub.folder.settings import FolderSettings, zone
from screener.stream.port import Message

PARTY = ("name", "phone", "address", "region")
FIELDS = (
    *("parcel_id", "waybill", "courier", "weight_g", "declared_at", "decide_by"),
    *(f"{side}.{field}" for side in ("consignor", "consignee") for field in PARTY),
    *(f"contents.{field}" for field in ("text", "hs_code", "quantity", "value.amount", "value.currency")),
    *(f"size_mm.{side}" for side in ("length", "width", "height")),
)
"""The fields of a manifest that a column may hold; the contents have one line."""

TIMES = ("declared_at", "decide_by")
FACTORS = {"kg": 1000.0, "g": 1.0, "cm": 10.0, "mm": 1.0}

Row = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row of which no manifest can be made; `number` as in the file, the names' own being 1."""

    number: int
    cells: Row
    why: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What a file holds: messages by the id of their row, and rows that make none."""

    good: Mapping[str, Message]
    bad: tuple[BadRow, ...]


class ManifestWriter:
    """Writes the messages of manifests."""

    def __init__(self, settings: FolderSettings) -> None:
        self._settings = settings
        self._zone = zone(settings.clock)
        _expect_known("columns", settings.manifests.columns)
        _expect_known("constants", settings.manifests.constants)
        self._columns = {field: settings.manifests.columns.get(field, field) for field in FIELDS}

    def read(self, content: bytes, written: datetime) -> Rows:
        """The rows of a CSV file. Raises `BadInput` where it is no such table."""
        good, bad = {}, []
        for number, cells in csv_rows(self._as_utf8(content)):
            try:
                row_id = _row_id(cells)
                good[row_id] = self._message(cells, row_id, written)
            except BadInput as error:
                bad.append(BadRow(number, cells, f"row {number}: {error.reason}: {error.detail}"))
        return Rows(good, tuple(bad))

    def _as_utf8(self, content: bytes) -> bytes:
        encoding = self._settings.manifests.encoding
        try:
            return content.decode(encoding).encode()
        except UnicodeDecodeError as error:
            raise BadInput(
                "not_utf8",
                f"expected {encoding} ([manifests] encoding), got other bytes from {error.start} on",
            ) from None

    def _message(self, cells: Row, row_id: str, written: datetime) -> Message:
        fields = self._fields(cells, written)
        try:
            manifest = msgspec.convert(fields, Manifest, strict=False)
        except msgspec.ValidationError as error:
            path, what = explain(error, fields)
            raise BadInput("schema", f"{path}: {what}") from None
        outgoing = manifest_message(manifest, event_id=f"manifest-{row_id}")
        read_manifest(outgoing.value, outgoing.headers, manifest.hub, outgoing.key)
        return Message(topics.manifests(manifest.hub), outgoing.key, outgoing.value, outgoing.headers)

    def _fields(self, cells: Row, written: datetime) -> dict[str, object]:
        """The manifest as a tree; without a column for it, the file's time is that of the declaration."""
        tree: dict[str, object] = {"hub": self._settings.hub, "declared_at": written}
        for field, text in self._texts(cells).items():
            group = tree
            *outer, last = field.split(".")
            for name in outer:
                found = group.setdefault(name, {})
                assert isinstance(found, dict)
                group = found
            group[last] = self._value(field, text)
        if "contents" in tree:
            tree["contents"] = [tree["contents"]]
        return tree

    def _texts(self, cells: Row) -> dict[str, str]:
        given = {field: cells.get(column) for field, column in self._columns.items()}
        constants = self._settings.manifests.constants
        return {field: text for field in FIELDS if (text := given[field] or constants.get(field))}

    def _value(self, field: str, text: str) -> object:
        settings = self._settings.manifests
        if field in TIMES:
            return self._time(field, text)
        if field == "weight_g":
            return _scaled(text, FACTORS[settings.weight_unit])
        if field.startswith("size_mm."):
            return _scaled(text, FACTORS[settings.size_unit])
        return text

    def _time(self, field: str, text: str) -> datetime:
        wanted = self._settings.manifests.time_format
        try:
            found = datetime.strptime(text, wanted) if wanted else datetime.fromisoformat(text)
        except ValueError:
            expected = wanted or "a time as 2026-05-01T09:30:00+08:00"
            raise BadInput("schema", f"$.{field}: expected {expected}, got another text") from None
        return found if found.tzinfo else found.replace(tzinfo=self._zone)


def as_csv(rows: tuple[BadRow, ...], encoding: str) -> bytes:
    """Bad rows as a CSV file of their own, to be mended and laid in the folder again: read as they came."""
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    text = io.StringIO()
    table = csv.writer(text)
    table.writerows([names, *([row.cells.get(name) or "" for name in names] for row in rows)])
    return text.getvalue().encode(encoding)


def _expect_known(table: str, fields: Mapping[str, str]) -> None:
    if unknown := sorted(fields.keys() - set(FIELDS)):
        raise BadConfig(
            f"$.manifests.{table}: unknown field `{unknown[0]}`; expected among {', '.join(FIELDS)}"
        )


def _row_id(cells: Row) -> str:
    """The same for the same row, in whatever file it comes again."""
    return hashlib.sha256(msgspec.json.encode(cells, order="sorted")).hexdigest()[:40]


def _scaled(text: str, factor: float) -> object:
    try:
        return float(text) * factor
    except ValueError:
        return text
