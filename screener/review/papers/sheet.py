"""Tables for spreadsheet programs: XLSX and CSV, in which no text is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Font  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.writer.excel import ExcelWriter  # type: ignore[import-untyped]

Value = str | int | float | bool | date | datetime | None
Table = tuple[Sequence[str], Iterable[Sequence[Value]]]
"""The names of columns, and the rows."""

MOST_CHARACTERS: Final = 32_767
"""Of one cell of XLSX."""

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_IN_NAME: Final = re.compile(r"[\[\]:*?/\\]")
_SAME_TIME: Final = datetime(2000, 1, 1)
"""The format has times without a zone."""


def workbook(sheets: Mapping[str, Table]) -> bytes:
    """An XLSX file with a sheet for each table; equal tables give equal bytes."""
    made = Workbook(write_only=True)
    for name, (header, rows) in sheets.items():
        sheet = made.create_sheet(_NOT_IN_NAME.sub(" ", name)[:31])
        sheet.freeze_panes = "A2"
        for place, title in enumerate(header, 1):
            sheet.column_dimensions[get_column_letter(place)].width = max(12, min(40, 2 * len(title)))
        sheet.append([_titled(sheet, title) for title in header])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
    made.properties.created = made.properties.modified = _SAME_TIME
    made.properties.creator = "screener"
    return _same_times(_written(made))


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    """A CSV file in UTF-8 that spreadsheet programs take for it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(one) for one in header])
    writer.writerows([_plain(one) for one in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _titled(sheet: object, title: str) -> WriteOnlyCell:
    cell = _text(sheet, title)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: object, value: Value) -> Value | WriteOnlyCell:
    """Texts are marked as such; times lose their zone, which the format has not, and are written as text."""
    if isinstance(value, datetime):
        return _text(sheet, _when(value))
    return _text(sheet, value) if isinstance(value, str) else value


def _text(sheet: object, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)[:MOST_CHARACTERS])
    cell.data_type = "s"  # otherwise what begins with = would be a formula
    return cell


def _plain(value: Value) -> str | int | float | None:
    if isinstance(value, datetime):
        return _when(value)
    if isinstance(value, (date, bool)):
        return str(value)
    return _harmless(value) if isinstance(value, str) else value


def _harmless(text: str) -> str:
    """A CSV has no types: an apostrophe makes a text of what would be a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _when(at: datetime) -> str:
    return at.isoformat(sep=" ", timespec="seconds")


def _written(made: Workbook) -> bytes:
    out = io.BytesIO()
    # Workbook.save() would put the present time in.
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        ExcelWriter(made, archive).write_data()
    return out.getvalue()


def _same_times(written: bytes) -> bytes:
    """The same archive, all of whose members are as old."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            member = zipfile.ZipInfo(one.filename, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(member, old.read(one))
    return out.getvalue()
