"""How long a reviewer waits for the next parcel: many at once, 100,000 parcels waiting, on both databases.

    .venv/bin/python -m bench.review_queue [--parcels N] [--reviewers N] [--seconds S]

Every reviewer is a thread that takes the next parcel, thinks, and closes it, as the workstation's own
threads do: one transaction that claims and records, one that closes and records. `paced` reviewers think for
three seconds on average, which is belt speed; `pressed` ones do not think at all. Some see every hub, some
one, some filter by courier or kind, some are another agency's and see what was handed to it. At the end every
claim is counted: none was given twice, none is missing. Both databases wait for the disk.
Writes a table to the terminal and `bench/review_queue.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, delete, func, insert, select, text, update

from screener.contracts import examples
from screener.contracts.reading import encode
from screener.review import audit, claims, database, flagging, queue, search
from screener.review.audit import Deed
from screener.review.parcels import Item
from screener.review.queue import Due, Filters
from screener.review.rights import EVERY, Grant, Reviewer, Role
from screener.review.schema import action, handover, parcel, person
from screener.review.schema import audit as record
from tests.review.postgres import Postgres

HOME, AWAY = "tobacco", "police"
HUBS = tuple(f"hub-{number:02}" for number in range(20))
COURIERS = ("sf", "ems", "yto", "zto", "sto", "jd", "best", "deppon")
LEASE_S = 300.0
NOW = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
GOODS = ("茶叶 两盒", "女装 连衣裙", "手机配件", "books and toys", "电子烟 配件", "工艺品 摆件", "奶粉 罐装")


@dataclass(frozen=True, slots=True)
class Desk:
    """A reviewer and what he asks for."""

    who: Reviewer
    filters: Filters


@dataclass
class Taken:
    """What the reviewers of one run were given and how long each waited, in ms."""

    items: list[int] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """One line of the table."""

    database: str
    load: str
    parcels: int
    reviewers: int
    taken: int
    per_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    most_ms: float
    twice: int
    lost: int
    machine_load: float


def fill(engine: Engine, parcels: int, reviewers: int) -> list[Desk]:
    """Parcels that wait, as the intake writes them, and people with their desks."""
    dice = random.Random(7)
    with database.writing(engine) as connection:
        names = [{"name": f"r{n}", "shown": f"R {n}", "made_at": NOW} for n in range(reviewers + 1)]
        connection.execute(insert(person), names)
    for start in range(0, parcels, 2000):
        with database.writing(engine) as connection:
            rows = [_row(dice, number) for number in range(start, min(start + 2000, parcels))]
            connection.execute(insert(parcel), rows)
            said = enumerate((search.normal(str(row["search"])) for row in rows), start + 1)
            search.learn(connection, dict(said))
    _hand_over(engine, parcels)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return [_desk(number) for number in range(reviewers)]


def _row(dice: random.Random, number: int) -> dict[str, object]:
    """A tenth lies on the belt and a third was drawn by chance, which all have one priority."""
    hub, parcel_id = dice.choice(HUBS), f"P-{number:07}"
    decided_at = NOW - timedelta(seconds=dice.randrange(7 * 86_400))
    decision = replace(examples.DECISION, hub=hub, parcel_id=parcel_id, decided_at=decided_at)
    manifest = replace(
        examples.MANIFEST_EVIDENCE,
        hub=hub,
        parcel_id=parcel_id,
        courier=dice.choice(COURIERS) if number % 1000 else "rare",
        waybill=f"SF{dice.randrange(10**12):012}",
        contents=(replace(examples.MANIFEST_EVIDENCE.contents[0], text=dice.choice(GOODS)),),
    )
    flagged = replace(
        examples.FLAGGED,
        decision=decision,
        manifest=manifest,
        priority=1.0 if dice.random() < 0.33 else dice.uniform(1.0, 9.0),
        due_at=NOW + timedelta(minutes=dice.uniform(-30, 60)) if dice.random() < 0.1 else None,
    )
    columns = flagging.columns(flagged, manifest, timedelta(days=7))
    kinds = ("cigarettes", "loose_tobacco", "e_cigarettes")
    own = {"hub": hub, "parcel_id": parcel_id, "flagged": encode(flagged) + os.urandom(4096)}
    return columns | own | {"kind": kinds[number % 3]}


def _hand_over(engine: Engine, parcels: int) -> None:
    """One of 200 parcels was handed to another agency."""
    with database.writing(engine) as connection:
        given = range(1, parcels + 1, 200)
        rows = [
            {
                "parcel": number,
                "revision": 1,
                "kind": "refer",
                "details": "{}",
                "by": 1,
                "at": NOW,
                "stands_at": NOW,
            }
            for number in given
        ]
        connection.execute(insert(action), rows)
        offers = [
            {"parcel": number, "action": at + 1, "agency": AWAY, "changed_at": NOW}
            for at, number in enumerate(given)
        ]
        connection.execute(insert(handover), offers)


def _desk(number: int) -> Desk:
    """Of ten: four see all, two one hub, one three hubs, one filters by courier, one by kind; one is away."""
    investigator, place = Role.INVESTIGATOR, number % 10
    grants = {
        4: (Grant(investigator, HUBS[number % 20], HOME),),
        5: (Grant(investigator, HUBS[(number * 3) % 20], HOME),),
        6: tuple(Grant(investigator, hub, HOME) for hub in HUBS[3:6]),
        9: (Grant(investigator, EVERY, AWAY),),
    }.get(place, (Grant(investigator, EVERY, HOME),))
    filters = {
        7: Filters(courier="rare" if number > 40 else "sf"),
        8: Filters(kind="e_cigarettes", tip=False),
    }.get(place, Filters())
    return Desk(Reviewer(number + 1, f"r{number}", "zh", grants), filters)


def work(engine: Engine, desks: Sequence[Desk], seconds: float, think_s: float) -> Taken:
    """All reviewers at once for so long; what they got."""
    taken, lock, until = Taken(), threading.Lock(), time.monotonic() + seconds
    began = time.monotonic()

    def now() -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - began)

    def review(desk: Desk) -> None:
        dice = random.Random(desk.who.person)
        time.sleep(dice.uniform(0, think_s))
        while time.monotonic() < until:
            wait_ms, item = _take(engine, desk, now())
            with lock:
                taken.waits_ms.append(wait_ms)
            if item is None:
                return
            with lock:
                taken.items.append(item.id)
            time.sleep(dice.expovariate(1 / think_s) if think_s else 0)
            _close(engine, desk, now(), item)
            with lock:
                taken.closed += 1

    threads = [threading.Thread(target=review, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return taken


def _take(engine: Engine, desk: Desk, now: datetime) -> tuple[float, Item | None]:
    started = time.perf_counter()
    with database.writing(engine) as connection:
        item = claims.take_next(connection, desk.who, HOME, now, desk.filters, lease_s=LEASE_S)
    return (time.perf_counter() - started) * 1000, item


def _close(engine: Engine, desk: Desk, now: datetime, item: Item) -> None:
    with database.writing(engine) as connection:
        mine = update(parcel).where(parcel.c.id == item.id, parcel.c.claimed_by == desk.who.person)
        done = connection.execute(
            mine.values(state="closed", claimed_by=None, lease_until=None, version=parcel.c.version + 1)
        )
        assert done.rowcount == 1, f"parcel {item.id} was no longer {desk.who.name}'s"
        audit.record(connection, Deed(now, desk.who.name, "release", item.key))


def lost(engine: Engine, taken: Taken) -> int:
    """How many more or fewer claims were recorded than handed out, and closed than the reviewers closed."""
    with database.reading(engine) as connection:
        claimed = connection.scalar(select(func.count()).select_from(record).where(record.c.what == "claim"))
        closed = connection.scalar(select(func.count()).select_from(parcel).where(parcel.c.state == "closed"))
        assert list(audit.breaks(audit.entries(connection))) == []
    return abs((claimed or 0) - len(taken.items)) + abs((closed or 0) - taken.closed)


def figures(name: str, load: str, size: tuple[int, int], seconds: float, taken: Taken) -> Figures:
    waits = sorted(taken.waits_ms)

    def at(share: float) -> float:
        return round(waits[min(len(waits) - 1, int(share * len(waits)))], 1)

    twice = sum(times - 1 for times in Counter(taken.items).values())
    per_s = round(len(taken.items) / seconds, 1)
    waited = (at(0.5), at(0.95), at(0.99), at(1.0))
    return Figures(
        name, load, *size, len(taken.items), per_s, *waited, twice, 0, round(os.getloadavg()[0], 1)
    )


@contextmanager
def sqlite() -> Iterator[Engine]:
    with TemporaryDirectory(prefix="screener-queue-") as folder:
        engine = database.opened(f"sqlite:///{Path(folder) / 'review.db'}")
        database.upgrade(engine)
        yield engine
        engine.dispose()


@contextmanager
def postgresql() -> Iterator[Engine]:
    server = Postgres(durable=True)
    server.start()
    try:
        where = server.url("postgres").replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute("CREATE DATABASE review")
        engine = database.opened(server.url("review"))
        database.upgrade(engine)
        yield engine
        engine.dispose()
    finally:
        server.stop()


def timed(engine: Engine, desks: Sequence[Desk], rounds: int = 9) -> dict[str, float]:
    """The middle time in ms of each list, alone: pages, counters, searches."""
    who = desks[0].who
    asked: dict[str, Callable[[], object]] = {}
    with database.reading(engine) as connection:
        some = connection.scalar(select(parcel.c.waybill).where(parcel.c.id == 5)) or ""
        for name, filters in {
            "page": Filters(),
            "page, open": Filters(state="open"),
            "page, a rare courier": Filters(courier="rare"),
            "page, overdue by law": Filters(state="open", due=Due.OVERDUE),
            "page, search 茶叶": Filters(q="茶叶"),
            "page, search a waybill's fragment": Filters(q=some[3:9]),
            "page, search of what is not there": Filters(q="zzzqqq"),
        }.items():
            asked[name] = lambda filters=filters: queue.page(connection, who, HOME, NOW, filters)  # type: ignore[misc]
        asked["counters"] = lambda: queue.counters(connection, who, HOME, NOW)
        asked["counters of one hub"] = lambda: queue.counters(connection, desks[4].who, HOME, NOW)
        asked["counters of another agency"] = lambda: queue.counters(connection, desks[9].who, HOME, NOW)
        asked["barcode"] = lambda: search.by_barcode(connection, who, HOME, some)
        return {name: _middle_ms(ask, rounds) for name, ask in asked.items()}


def _middle_ms(ask: Callable[[], object], rounds: int) -> float:
    took = []
    for _ in range(rounds):
        started = time.perf_counter()
        ask()
        took.append((time.perf_counter() - started) * 1000)
    return round(sorted(took)[len(took) // 2], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    lines: list[Figures] = []
    lists: dict[str, dict[str, float]] = {}
    for name, opened in (("sqlite", sqlite), ("postgresql", postgresql)):
        if asked.only in {None, name}:
            with opened() as engine:
                started = time.perf_counter()
                desks = fill(engine, asked.parcels, asked.reviewers)
                print(f"{name}: filled in {time.perf_counter() - started:.0f} s")
                lists[name] = timed(engine, desks)
                print(lists[name])
                lines += _runs(engine, name, desks, asked.parcels, asked.seconds)
    said = {"cores": os.cpu_count(), "next": [asdict(one) for one in lines]}
    if asked.only is None:
        Path(__file__).with_suffix(".json").write_text(
            json.dumps(said | {"lists_ms": lists}, indent=1) + "\n"
        )
    _show(lines, lists)


def _runs(
    engine: Engine, name: str, desks: Sequence[Desk], parcels: int, seconds: float
) -> Iterator[Figures]:
    for load, think_s in (("paced", 3.0), ("pressed", 0.0)):
        _again(engine)
        taken = work(engine, desks, seconds, think_s)
        found = figures(name, load, (parcels, len(desks)), seconds, taken)
        line = Figures(**(asdict(found) | {"lost": lost(engine, taken)}))
        print(line)
        yield line


def _again(engine: Engine) -> None:
    """As it was after the filling."""
    with database.writing(engine) as connection:
        touched = update(parcel).where(parcel.c.state == "closed")
        connection.execute(touched.values(state="waiting"))
        connection.execute(update(parcel).where(parcel.c.claimed_by.is_not(None)).values(claimed_by=None))
        connection.execute(delete(record))


def _show(lines: Sequence[Figures], lists: dict[str, dict[str, float]]) -> None:
    table = Table(title="The next parcel")
    for name in Figures.__dataclass_fields__:
        table.add_column(name)
    for line in lines:
        table.add_row(*(str(value) for value in asdict(line).values()))
    others = Table("ms", *lists, title="Lists, one alone")
    for name in next(iter(lists.values())):
        others.add_row(name, *(str(found[name]) for found in lists.values()))
    console = Console()
    console.print(table)
    console.print(others)


if __name__ == "__main__":
    main()
