"""Personal data after its key is gone: nowhere in what Screener keeps, whatever kind of place it is.

What a hub wrote lies on the hub's own topics as it wrote it, until their retention: these are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, select

from screener.config import DeadLetterLimits
from screener.contracts import topics
from screener.contracts.wire import ManifestEvidence, Party
from screener.errors import ScreenerError
from screener.review import intake, search
from screener.sealing.keys import Kind, fresh
from screener.sealing.parties import party_aad, unseal_party
from screener.sealing.ring import KeyRing
from screener.stream.port import Log
from screener.stream.sqlite import Sqlite
from tests.contract.polling import everything
from tests.review.flags import SETTINGS, clock
from tests.stages.world import CLEAN, OVER, RING, World, manifest_of, scan_of

SENDER = Party(
    name="欧阳静如", phone="+86 139 5711 2468", address="株洲市芦淞区月光路77号3栋1204室", region="CN-43"
)
RECEIVER = Party(name="Wilhelmina Quartz", phone="13657934680", address="918 Peppercorn Lane", region="CN-11")
WRITTEN = (
    "欧阳静如",
    "Wilhelmina",
    "Quartz",
    "13957112468",
    "5711 2468",
    "13657934680",
    "月光路",
    "Peppercorn",
)
"""What nobody may find: as it was written, and as it is compared."""

FORMS = ("utf-8", "utf-16-le", "gb18030")


@dataclass(frozen=True)
class Place:
    """Somewhere that bytes are kept."""

    name: str
    content: bytes


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with Sqlite(tmp_path / "log.db") as opened:
        yield opened


def test_nobody_finds_a_name_a_number_or_an_address_in_what_is_kept(
    tmp_path: Path,
    log: Log,
    engine: Engine,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World.build(log, tmp_path)
    _traffic(world)
    intake.catch_up(engine, log, SETTINGS, clock, also=search.keep)
    told = capsys.readouterr()
    places = [
        *_topics(log),
        *_tables(engine),
        *_files(tmp_path / "evidence"),
        Place("log lines", (caplog.text + told.out + told.err).encode()),
    ]
    assert len(world.flagged()) >= 2
    assert len(world.records(topics.REJECTED)) >= 2
    assert _found(places) == set()
    assert _found(_topics(log, hubs=True)) >= {"欧阳静如", "Quartz"}, "the search finds what is there"


def test_without_its_key_nobody_reads_what_was_sealed_with_it(tmp_path: Path, log: Log) -> None:
    world = World.build(log, tmp_path)
    _traffic(world)
    later = [fresh(Kind.SEAL, "2026-12"), fresh(Kind.LINK, "1"), fresh(Kind.DRAW, "1")]
    destroyed = KeyRing.of(later, "test")
    sealed = [one.manifest for one in world.flagged() if one.manifest is not None]
    assert sealed
    for manifest in sealed:
        assert _read(manifest, RING) == [SENDER.name, RECEIVER.name]
        with pytest.raises(ScreenerError):
            _read(manifest, destroyed)


def _traffic(world: World) -> None:
    """A parcel that is held, one that passes, one without a scan, and messages that break the contract."""
    people: dict[str, Any] = {"consignor": SENDER, "consignee": RECEIVER}
    broken, wrong = manifest_of("P-broken", **people), manifest_of("P-wrong", **people)
    assert broken.value
    assert wrong.value
    cut = replace(broken, value=broken.value[:-40])
    wrong = replace(wrong, value=wrong.value.replace(b'"swift"', b"17"))
    world.publish(
        [
            *(manifest_of("P-held", **people), scan_of("P-held", OVER)),
            *(manifest_of("P-passed", **people), scan_of("P-passed", CLEAN)),
            manifest_of("P-unscanned", **people),
            *(cut, wrong),
        ]
    )
    world.finish(world.score(DeadLetterLimits(hub_share=1.0, worker_share=1.0)), None)
    world.finish(world.decide())
    world.finish(world.tally())
    world.finish(world.decide())
    world.finish(world.network())


def _found(places: Iterable[Place]) -> set[str]:
    """What of `WRITTEN` stands in one of these, in whatever encoding."""
    return {
        text
        for place in places
        for text in WRITTEN
        if any(text.encode(form) in place.content for form in FORMS)
    }


def _topics(log: Log, *, hubs: bool = False) -> Iterator[Place]:
    """Every record of every topic but what hubs wrote, or of that alone: key, value and headers."""
    for topic in log.topics():
        of_hub = topics.hub_of(topic) is not None and not topic.startswith(topics.VERDICTS)
        if of_hub != hubs:
            continue
        for record in everything(log, topic):
            headers = b"\n".join(name.encode() + b": " + (value or b"") for name, value in record.headers)
            yield Place(topic, b"\n".join((record.key or b"", record.value or b"", headers)))


def _tables(engine: Engine) -> Iterator[Place]:
    """The files of SQLite as they are; of PostgreSQL every value of every table."""
    if engine.url.database and engine.dialect.name == "sqlite":
        database = Path(engine.url.database)
        yield from _files(database.parent, database.name)
        return
    known = MetaData()
    known.reflect(engine)
    with engine.connect() as connection:
        for table in known.sorted_tables:
            for row in connection.execute(select(table)):
                for value in row:
                    yield Place(table.name, _bytes(value))


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def _files(folder: Path, name: str = "") -> Iterator[Place]:
    for path in folder.rglob(f"{name}*"):
        if path.is_file():
            yield Place(str(path), path.read_bytes())


def _read(manifest: ManifestEvidence, ring: KeyRing) -> list[str]:
    ends = (("consignor", manifest.consignor), ("consignee", manifest.consignee))
    return [unseal_party(one, ring, party_aad(manifest.parcel_id, role)).name for role, one in ends]
