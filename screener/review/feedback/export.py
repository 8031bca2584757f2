"""A training set for one scanner: the stored scans of parcels whose contents people know.

A parcel at a time: its files are written, then its rows, and where one was cut the next call goes on. The
folder is whole when `export.json` is there, which is written last. Names of files lead nowhere: they are
keyed hashes, and the key lies in the database alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from screener.contracts.wire import FlaggedScan
from screener.errors import BadConfig, BadInput
from screener.review import acts, audit, database, parcels
from screener.review.audit import Deed
from screener.review.errors import Hidden
from screener.review.feedback.known import OPEN, known_of
from screener.review.feedback.lines import Line, Outcome, line_of, truth_of
from screener.review.feedback.tables import training_export, training_scan
from screener.review.feedback.views import Place, arrived, check_may, of_scanner
from screener.review.feedback.written import written
from screener.review.pictures import unpacked
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel
from screener.review.service import Service
from screener.scoring.placing import sha256_of, write

SCANS: Final = "scans"
HEAD: Final = "export.json"
MANIFEST: Final = "manifest.jsonl"
BEGUN: Final = "begun.json"

SAID: Final = (
    "Scans that were selected are no sample of all parcels: most are here since a model or a person"
    " suspected them. Those with `drawn` were selected by chance, too, and stand for `weight` parcels each:"
    " figures that are to hold for all parcels are made of these alone, with their weights. Parcels that"
    " passed unseen have no stored scan. Where `opened` is false a person let the parcel go by its picture."
)

LEFT_OUT: Final = {"image_damaged": "damaged"}


class Begun(msgspec.Struct, frozen=True):
    """Which export a folder holds."""

    uuid: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is exported: a scanner, and the parcels that arrived from `since` to before `until`."""

    place: Place
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it: scans by what is known of them, and those left out by why."""

    number: int
    scans: dict[str, int]
    left_out: dict[str, int]
    digest: str


def export(
    service: Service,
    who: Reviewer,
    wanted: Wanted,
    folder: Path,
    told: Callable[[int], object] = lambda _: None,
) -> Exported:
    """Export into a folder, or go on where it was cut; `told` hears after each parcel how many were passed.

    Raises `Hidden` where this person switches no models, `BadConfig` where the folder holds something else.
    """
    run = _begun(service, who, wanted, folder)
    if run.done_at is None:
        for count, _ in enumerate(_passed(service, who, run, folder), start=1):
            told(count)
    return _ended(service, who, run.id, folder)


def _begun(service: Service, who: Reviewer, wanted: Wanted, folder: Path) -> Row[Any]:
    check_may(who, wanted.place, service.settings.agency)
    said = folder / BEGUN
    if said.exists():
        return _found(service, who, wanted, said)
    if folder.exists() and any(folder.iterdir()):
        raise BadConfig(f"{folder}: expected an empty folder or one that an export was begun in")
    number = uuid.uuid4()
    write(said, msgspec.json.encode(Begun(str(number))))
    return _insert(service, who, wanted, str(number))


def _found(service: Service, who: Reviewer, wanted: Wanted, said: Path) -> Row[Any]:
    try:
        number = msgspec.json.decode(said.read_bytes(), type=Begun).uuid
    except msgspec.DecodeError as error:
        raise BadConfig(f"{said}: {error}; name another folder") from error
    with database.reading(service.engine) as connection:
        row = _row(connection, training_export.c.uuid == number)
    if row is None:  # it was cut before the database knew of it
        return _insert(service, who, wanted, number)
    same = (wanted.place.hub, wanted.place.scanner, wanted.since, wanted.until, who.person)
    if (row.hub, row.scanner, row.since, row.until, row.person) != same:
        raise BadConfig(
            f"{said.parent}: holds the export of another scanner, period or person; name another folder"
        )
    return row


def _insert(service: Service, who: Reviewer, wanted: Wanted, number: str) -> Row[Any]:
    now = service.clock()
    row = {
        "hub": wanted.place.hub,
        "scanner": wanted.place.scanner,
        "since": wanted.since,
        "until": wanted.until,
        "person": who.person,
        "at": now,
        "uuid": number,
        "secret": secrets.token_bytes(32),
        "passed": 0,
    }
    with database.writing(service.engine) as connection:
        connection.execute(insert(training_export).values(row))
        made = _row(connection, training_export.c.uuid == number)
        assert made is not None
        period = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat()}
        deed = Deed(now, who.name, "begin_training_export", wanted.place.key, {"export": made.id, **period})
        audit.record(connection, deed)
    return made


def _row(connection: Connection, condition: Any) -> Row[Any] | None:
    return connection.execute(select(training_export).where(condition)).first()


# --- parcel by parcel -------------------------------------------------------------------------------


def _passed(service: Service, who: Reviewer, run: Row[Any], folder: Path) -> Iterator[int]:
    """Each parcel once, in the order of their rows, whatever was done before."""
    place, at = Place(run.hub, run.scanner), run.passed
    seen = parcels.visible(who, Verb.SWITCH, service.settings.agency)
    query = select(parcel.c.id).where(arrived(place, run.since, run.until), seen)
    while True:
        with database.reading(service.engine) as connection:
            item_id = connection.scalar(query.where(parcel.c.id > at).order_by(parcel.c.id).limit(1))
        if item_id is None:
            return
        _export_one(service, run, place, folder, item_id)
        at = item_id
        yield item_id


def _export_one(service: Service, run: Row[Any], place: Place, folder: Path, item_id: int) -> None:
    with database.reading(service.engine) as connection:
        known = known_of(acts.timeline(connection, item_id), service.clock())
        flagged = None if known.known == OPEN else parcels.flagged_of(connection, item_id)
    rows = []
    if flagged is not None:
        selection = flagged.decision.selection
        source = _name(run.secret, "parcel", item_id)
        for number, one in of_scanner(flagged, place):
            name = _name(run.secret, "view", item_id, number)
            rows.append(
                _written(service, folder / SCANS, one, name)
                | {"number": number, "known": known.known, "about": (one, known, selection, source)}
            )
    with database.writing(service.engine) as connection:
        if rows:
            connection.execute(insert(training_scan), [_kept(run.id, item_id, row) for row in rows])
        still = training_export.c.id == run.id
        connection.execute(update(training_export).where(still).values(passed=item_id))


def _written(service: Service, folder: Path, one: FlaggedScan, name: str) -> dict[str, Any]:
    """The file of a view, or why there is none."""
    try:
        pixels = unpacked(service, one)
    except Hidden:
        return {"left_out": "gone"}
    except BadInput as error:
        return {"left_out": LEFT_OUT.get(error.reason, "unreadable")}
    data, suffix = written(pixels)
    write(folder / f"{name}{suffix}", data)
    return {
        "file": f"{name}{suffix}",
        "sha256": hashlib.sha256(data).hexdigest(),
        "length": len(data),
    }


def _kept(export_id: int, item_id: int, row: dict[str, Any]) -> dict[str, Any]:
    one, known, selection, source = row["about"]
    own = {"export": export_id, "parcel": item_id, "number": row["number"], "known": row["known"]}
    if "left_out" in row:
        return own | {"file": None, "left_out": row["left_out"], "line": "{}"}
    line = line_of(
        one,
        known,
        selection,
        file=row["file"],
        source=source,
        sha256=row["sha256"],
        length=row["length"],
    )
    return own | {"file": row["file"], "left_out": None, "line": msgspec.json.encode(line).decode()}


def _name(secret: bytes, *said: object) -> str:
    return hmac.new(secret, repr(said).encode(), "sha256").hexdigest()[:24]


# --- the end ----------------------------------------------------------------------------------------


def _ended(service: Service, who: Reviewer, export_id: int, folder: Path) -> Exported:
    """The lists beside the scans, then the record, and last the head."""
    with database.reading(service.engine) as connection:
        run = _row(connection, training_export.c.id == export_id)
        assert run is not None
        place = Place(run.hub, run.scanner)
        _write_lines(folder / MANIFEST, (msgspec.json.encode(one) for one in _lines(connection, export_id)))
        truths = (truth_of(one, place.key) for one in _lines(connection, export_id))
        _write_lines(folder / SCANS / "truth.jsonl", (msgspec.json.encode(one) for one in truths))
        opened = (
            Outcome(file=one.file, load=one.load) for one in _lines(connection, export_id) if one.opened
        )
        _write_lines(folder / "outcomes.jsonl", (msgspec.json.encode(one) for one in opened))
        scans, left_out = _counts(connection, export_id)
    digest = sha256_of(folder / MANIFEST)
    done = Exported(export_id, scans, left_out, digest)
    if run.done_at is None:
        _record(service, who, run, done)
    write(folder / HEAD, _head(run, done))
    return done


def _record(service: Service, who: Reviewer, run: Row[Any], done: Exported) -> None:
    now = service.clock()
    with database.writing(service.engine) as connection:
        open_ones = (training_export.c.id == run.id, training_export.c.done_at.is_(None))
        ended = update(training_export).where(*open_ones).values(done_at=now, digest=done.digest)
        if connection.execute(ended).rowcount:
            details: audit.Details = {
                "export": run.id,
                "scans": sum(done.scans.values()),
                "left_out": sum(done.left_out.values()),
                "manifest_sha256": done.digest,
            }
            deed = Deed(now, who.name, "export_training_set", f"{run.hub}/{run.scanner}", details)
            audit.record(connection, deed)


def _head(run: Row[Any], done: Exported) -> bytes:
    said = {
        "hub": run.hub,
        "scanner": run.scanner,
        "since": run.since,
        "until": run.until,
        "scans": done.scans,
        "left_out": done.left_out,
        "manifest": MANIFEST,
        "manifest_sha256": done.digest,
        "about": SAID,
        "adapt": f"screener lab adapt --scans {SCANS} --outcomes outcomes.jsonl --out FILE.onnx",
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=2) + b"\n"


def _lines(connection: Connection, export_id: int) -> Iterator[Line]:
    """In the order of their names, which says nothing of when they came."""
    there = (training_scan.c.export == export_id, training_scan.c.file.is_not(None))
    query = select(training_scan.c.line).where(*there).order_by(training_scan.c.file)
    with connection.execute(query.execution_options(yield_per=500)) as found:
        for text in found.scalars():
            yield msgspec.json.decode(text, type=Line)


def _counts(connection: Connection, export_id: int) -> tuple[dict[str, int], dict[str, int]]:
    columns = (training_scan.c.known, training_scan.c.left_out, func.count())
    query = select(*columns).where(training_scan.c.export == export_id).group_by(*columns[:2])
    scans: dict[str, int] = {}
    left_out: dict[str, int] = {}
    for known, why, count in connection.execute(query):
        into, name = (scans, known) if why is None else (left_out, why)
        into[name] = into.get(name, 0) + count
    return scans, left_out


def _write_lines(path: Path, lines: Iterator[bytes]) -> None:
    """Line by line into a file that appears when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
    fresh.replace(path)
