"""A case as a ZIP that somebody can check without us: every file with its hash, the list of them signed.

`gathered` decides what is in it in one view of the database, for one person: what he may not see is not in
it. `zipped` then sends it piece by piece: of the evidence one file at a time is in memory. Equal contents
make equal bytes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import structs
from sqlalchemy import Connection, Engine, select

from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Checkpoint, Flagged
from screener.errors import BadInput
from screener.evidence.store import address_of
from screener.review import database
from screener.review.audit import Entry
from screener.review.cases import cases, dossier, history, people
from screener.review.cases.dossier import Dossier
from screener.review.cases.files import ENDINGS
from screener.review.errors import Hidden
from screener.review.lists.rights import sees_all_tips
from screener.review.parcels import Item
from screener.review.pictures import stored
from screener.review.rights import Reviewer
from screener.review.schema import flag, photograph, scan
from screener.review.service import Service
from screener.review.signature import SigningKey, public_path

FORMAT: Final = "screener.case.v1"
HERE: Final = Path(__file__).parent
SIGNED_AT: Final = (1980, 1, 1, 0, 0, 0)
"""The time of all members: the manifest says when it was made."""

Load = Callable[[], bytes]
"""A member's content, when its turn comes. Raises `Hidden` where it is gone, `BadInput` where damaged."""

ENDS: Final[Mapping[bytes, str]] = {
    b"\x89PNG": ".png",
    b"\xff\xd8\xff": ".jpg",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
    b"RIFF": ".webp",
}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What an export holds: files at hand by name, and evidence that is fetched when its turn comes."""

    number: str
    head: Mapping[str, Any]
    at_hand: Mapping[str, bytes]
    evidence: tuple[tuple[str, Load], ...]


def gathered(
    connection: Connection,
    who: Reviewer,
    service: Service,
    now: datetime,
    case_id: int,
    *,
    reason: str | None = None,
) -> tuple[Dossier, Gathered]:
    """What `who` may see of a case, people masked, or in full where `reason` is given.

    Whoever sends it calls `recorded` first. Raises `Hidden`, and where people are asked for in full `Denied`
    and `BadInput`.
    """
    settings, ring = service.settings, service.ring
    found = dossier.of(connection, who, settings, now, case_id, ring=ring)
    rows = history.excerpt(connection, who, settings.agency, found.case)
    heads = tuple(history.vouching(connection, settings.agency, rows))
    if reason is not None:
        given = (connection, who, settings.agency, found.case)
        found = replace(found, people=people.in_full(*given, reason=reason, ring=ring))
    head = {
        "format": FORMAT,
        "case": found.case.number,
        "agency": settings.agency,
        "exported_at": now,
        "exported_by": who.name,
        "people": _shown(reason),
    }
    inside = [one.item for one in found.parcels if one.ended_at is None and one.within_reach]
    flags = _as_it_is if sees_all_tips(who, settings.agency) else without_givers
    evidence = [
        part for at, one in enumerate(inside, 1) for part in _of_parcel(connection, service, at, one, flags)
    ]
    evidence += [
        (f"files/{one.id}-{one.name}", _from_store(service, one.address, one.name)) for one in found.files
    ]
    at_hand = {"case.json": _json(told(found)), "audit.json": _json(_audit(rows, heads))}
    return found, Gathered(found.case.number, head, at_hand, tuple(evidence))


def recorded(
    connection: Connection, who: Reviewer, now: datetime, found: Dossier, *, reason: str | None
) -> None:
    """Record that `who` is sent this, and why where people are in it in full."""
    if reason is not None:
        people.revealed(connection, who, now, found.case, reason=reason, found=found.people)
    cases.record(connection, who, now, found.case, "case_export", kind="zip", people=_shown(reason))


def told(found: Dossier) -> dict[str, Any]:
    """The case as data, without what only pages need."""
    said: dict[str, Any] = msgspec.to_builtins(replace(found, history=()))
    del said["history"]
    for one in said["parcels"]:
        one["item"] = {name: one["item"][name] for name in _TOLD}
        del one["within_reach"]
    return said


_TOLD: Final = ("hub", "parcel_id", "revision", "why", "kind", "courier", "waybill", "arrived_at", "state")


def zipped(
    whole: Gathered, key: SigningKey, public_key: bytes, papers: Mapping[str, bytes]
) -> Iterator[bytes]:
    """The ZIP in pieces, `papers` among its files; the signed list of all comes last.

    Raises `Unavailable`: what was sent until then is no ZIP.
    """
    sink, files, missing = _Sink(), [], []
    own = {"check.py": "check.py", "README.txt": "readme.en.txt", "README.zh.txt": "readme.zh.txt"}
    small = {name: (HERE / source).read_bytes() for name, source in own.items()}
    small |= {**whole.at_hand, **papers, "public-key.pem": public_key}
    pieces = [*sorted((name, _given(content)) for name, content in sorted(small.items())), *whole.evidence]
    with zipfile.ZipFile(sink, "w") as made:
        for name, load in pieces:
            try:
                content = load()
            except (Hidden, BadInput) as error:
                missing.append({"name": name, "why": str(error)})
                continue
            full = name if "." in name.rpartition("/")[2] else name + _ending(content)
            files.append({"name": full, "sha256": _sha256(content), "bytes": len(content)})
            made.writestr(_member(full), content)
            yield sink.taken()
        manifest = _json({**whole.head, "key_id": key.public.id, "files": files, "missing": missing})
        signature = key.sign(manifest)
        sums = f"{_sha256(manifest)}  manifest.json\n{_sha256(signature)}  manifest.json.sig\n"
        for name, content in (
            ("manifest.json", manifest),
            ("manifest.json.sig", signature),
            ("manifest.sha256", sums.encode()),
        ):
            made.writestr(_member(name), content)
        yield sink.taken()
    yield sink.taken()


def keys(service: Service) -> tuple[SigningKey, bytes]:
    """The key that signs the record, and its public half as PEM. Raises `BadConfig`."""
    path = Path(service.settings.checkpoint_key)
    key = SigningKey.read_or_make(path)
    return key, public_path(path).read_bytes()


def _shown(reason: str | None) -> str:
    return "masked" if reason is None else "in full"


def _of_parcel(
    connection: Connection, service: Service, at: int, item: Item, shown: Callable[[bytes], bytes]
) -> Iterator[tuple[str, Load]]:
    """Decisions as `shown`, scans and photographs of a parcel as they came: all that its own page shows."""
    folder = f"parcels/{at:04d}-{_plain(item.hub)}-{_plain(item.parcel_id)}"
    flags = select(flag.c.id).where(flag.c.parcel == item.id).order_by(flag.c.at, flag.c.id)
    for number, row in enumerate(connection.scalars(flags).all(), 1):
        yield f"{folder}/decision-{number}.json", _flag(service.engine, row, shown)
    views = select(scan.c.number, scan.c.sha256).where(scan.c.parcel == item.id).order_by(scan.c.number)
    for view in connection.execute(views).all():
        where = f"scan {view.number}"
        yield f"{folder}/scan-{view.number}", _from_store(service, address_of(view.sha256), where)
    taken = select(photograph).where(photograph.c.parcel == item.id).order_by(photograph.c.id)
    for one in connection.execute(taken).all():
        name = f"{folder}/photograph-{one.id}{ENDINGS[one.content_type]}"
        yield name, _from_store(service, one.address, name)


def _flag(engine: Engine, row: int, shown: Callable[[bytes], bytes]) -> Load:
    def load() -> bytes:
        with database.reading(engine) as connection:
            value = connection.execute(select(flag.c.value).where(flag.c.id == row)).scalar_one()
        return shown(bytes(value))

    return load


def _as_it_is(value: bytes) -> bytes:
    return value


def without_givers(value: bytes) -> bytes:
    """A message that does not say who gave the tips which it meets, nor their rewards."""
    flagged = decode_internal(value, Flagged)
    if (facts := flagged.decision.facts) is None or not facts.tips:
        return value
    tips = tuple(structs.replace(one, source=None, reference=None) for one in facts.tips)
    decision = structs.replace(flagged.decision, facts=structs.replace(facts, tips=tips))
    return encode(structs.replace(flagged, decision=decision))


def _from_store(service: Service, address: str, where: str) -> Load:
    return lambda: stored(service, address, where)


def _given(content: bytes) -> Load:
    return lambda: content


def _audit(rows: Iterable[Entry], heads: Iterable[Checkpoint]) -> dict[str, Any]:
    lines = [
        [row.n, _ms(row.at), row.who, row.what, row.target, row.details, row.before, row.hash] for row in rows
    ]
    return {"rows": lines, "heads": list(heads)}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=1) + b"\n"


def _member(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, SIGNED_AT)
    made.external_attr = 0o644 << 16
    made.compress_type = zipfile.ZIP_DEFLATED if name.endswith((".json", ".txt")) else zipfile.ZIP_STORED
    return made


def _ending(content: bytes) -> str:
    return next((end for magic, end in ENDS.items() if content.startswith(magic)), ".bin")


def _plain(text: str) -> str:
    """A part of a member's name: what could be a way out of its folder is not in it."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "_" for char in text)[:60]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Sink:
    """Where a ZIP is written to that is sent on at once: it cannot go back."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, content: bytes, /) -> int:
        self._held.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nor is anything open."""

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        held, self._held = b"".join(self._held), []
        return held
