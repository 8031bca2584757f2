"""A folder of scans, sidecars and manifests, read as `screener hub publish` does; nothing is moved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from screener.errors import BadInput
from screener.hub.check.facts import Place
from screener.hub.check.witness import Witness
from screener.hub.exports.sidecar import MAX_CSV_BYTES, Sidecar
from screener.hub.folder import sidecars
from screener.hub.folder.bundles import Bundle, sort
from screener.hub.folder.large import MOST_INLINE_BYTES, Shelter
from screener.hub.folder.manifests import ManifestWriter
from screener.hub.folder.scans import Occasion, ScanWriter
from screener.hub.folder.settings import FolderSettings
from screener.hub.folder.sidecars import Tables
from screener.hub.folder.watching import Seen, Watch
from screener.stream.port import Message, Partition, Record


def read_folder(settings: FolderSettings, witness: Witness, most: int) -> None:
    """Take in so many images at most, the oldest first, and all manifests. Raises `Unavailable`."""
    folder = Path(settings.folders.watch)
    aside = [folder / settings.folders.sent, folder / settings.folders.refused]
    found = sort(Watch(folder, aside).look(), settings)
    tables = Tables()
    tables.update(found.tables)
    writer = ScanWriter(settings, Shelter(None, "", MOST_INLINE_BYTES))
    for seen in found.manifests:
        _take_manifests(ManifestWriter(settings), seen, witness)
    for bundle in found.bundles[:most]:
        _take_image(writer, bundle, tables, witness)


def _take_manifests(writer: ManifestWriter, seen: Seen, witness: Witness) -> None:
    place = Place(seen.path.name)
    try:
        with seen.path.open("rb") as file:
            rows = writer.read(file.read(MAX_CSV_BYTES + 1), seen.signature.written())
    except BadInput as error:
        witness.refuse(place, error, of_scan=False)
        return
    for row in rows.bad:
        reason, _, detail = row.why.partition(": ")[2].partition(": ")
        where = Place(f"{seen.path.name}:{row.number}")
        witness.refuse(where, BadInput(reason, detail), of_scan=False)
    for record in _records(list(rows.good.values()), seen):
        witness.take(record, place)


def _take_image(writer: ScanWriter, bundle: Bundle, tables: Tables, witness: Witness) -> None:
    image = bundle.image
    place = Place(image.path.name)
    occasion = Occasion(image.path.name, 1, image.signature)
    try:
        message = writer.message(image.path, _said(bundle, tables), f"file-{image.path.name}", occasion)
    except BadInput as error:
        witness.refuse(place, error, of_scan=True)
        return
    for record in _records([message], image):
        witness.take(record, place)


def _said(bundle: Bundle, tables: Tables) -> Sidecar | None:
    if bundle.sidecar is not None:
        return sidecars.beside(bundle.sidecar, bundle.image.path)
    return tables.row(bundle.image.path)


def _records(messages: list[Message], seen: Seen) -> Iterator[Record]:
    """As the log would hold them if they had been sent when the file was written."""
    at_ms = seen.signature.mtime_ns // 1_000_000
    for message in messages:
        yield Record(Partition(message.topic, 0), 0, at_ms, message.key, message.value, message.headers)
