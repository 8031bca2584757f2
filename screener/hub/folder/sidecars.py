"""What is said of an image beside it: a JSON file, a CSV file of one row, or a row of a table of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from screener.errors import BadInput
from screener.hub.exports.sidecar import MAX_CSV_BYTES, Sidecar, sidecar_from_json, sidecars_from_csv
from screener.hub.folder.watching import Seen, Signature


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file that speaks of several images by their names, and what is wrong with its other rows."""

    seen: Seen
    rows: Mapping[str, Sidecar]
    faults: Sequence[str]

    @property
    def images(self) -> list[Path]:
        """The images it speaks of: they lie in its folder."""
        return [self.seen.path.with_name(name) for name in self.rows]


class Tables:
    """The tables of a folder, each read once as long as nobody writes to it."""

    def __init__(self) -> None:
        self._read: dict[Path, tuple[Signature, Table]] = {}

    def update(self, seen: Sequence[Seen]) -> dict[Path, str]:
        """Read what is new among these; which of them cannot be read now, and why."""
        read, unread = {}, {}
        for one in seen:
            try:
                read[one.path] = (one.signature, self._table(one))
            except OSError as error:
                unread[one.path] = error.strerror or type(error).__name__
        self._read = read
        return unread

    def all(self) -> list[Table]:
        return [table for _, table in self._read.values()]

    def row(self, image: Path) -> Sidecar | None:
        """What a table says of an image, or None where none speaks of it."""
        beside = (table for table in self.all() if table.seen.path.parent == image.parent)
        return next((table.rows[image.name] for table in beside if image.name in table.rows), None)

    def _table(self, seen: Seen) -> Table:
        signature, table = self._read.get(seen.path, (None, None))
        if table is not None and signature == seen.signature:
            return Table(seen, table.rows, table.faults)
        return _read(seen)


def _read(seen: Seen) -> Table:
    try:
        found = list(sidecars_from_csv(_content(seen, MAX_CSV_BYTES)))
    except BadInput as error:
        return Table(seen, {}, [str(error)])
    rows = {one.file: one for one in found if isinstance(one, Sidecar) and one.file}
    faults = [str(one) for one in found if isinstance(one, BadInput)]
    if any(isinstance(one, Sidecar) and not one.file for one in found):
        faults.append("schema: rows without the name of an image in the column `file`")
    return Table(seen, rows, faults)


def beside(seen: Seen, image: Path) -> Sidecar:
    """What a file beside an image says of it. Raises `BadInput`, `OSError`."""
    content = _content(seen, MAX_CSV_BYTES)
    if seen.path.suffix.lower() == ".json":
        said = sidecar_from_json(content)
    else:
        said = _only(list(sidecars_from_csv(content)))
    if said.file is not None and said.file != image.name:
        raise BadInput("schema", "the sidecar, $.file: expected the name of the image, got another name")
    return said


def _only(rows: Sequence[Sidecar | BadInput]) -> Sidecar:
    if len(rows) != 1:
        raise BadInput("schema", f"the sidecar: expected one row beneath the names, got {len(rows)}")
    if isinstance(rows[0], BadInput):
        raise rows[0]
    return rows[0]


def _content(seen: Seen, max_bytes: int) -> bytes:
    with seen.path.open("rb") as file:
        return file.read(max_bytes + 1)
