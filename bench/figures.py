"""The figures of a simulated year, on both databases: how fast they are kept and how long they take.

    .venv/bin/python -m bench.figures [--parcels N] [--copies N] [--only sqlite|postgresql]

A verdict world's parcels are decided by the pure core, and what it holds is opened and told as the world has
it, on an embedded log. The ledger follows that log; its figures must equal those recomputed from the log.
Then the year is copied, the copies shared out to eight couriers, and all of it to the year before, so that
the tables are as large as those of busy hubs; the figures of that year are timed, the first time (`cold`:
nothing was estimated yet) and again (`warm`, the middle of five). Writes a table to the terminal and
`bench/figures.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from sqlalchemy import Connection, Engine, func, select, text

from bench.review_queue import postgresql, sqlite
from screener.config import LogSettings
from screener.contracts import cloudevents, topics
from screener.contracts.reading import encode
from screener.contracts.wire import Action, Decision, Inspection
from screener.core import judgement, policy
from screener.core.judgement import Stance
from screener.lab.year.response import Response
from screener.lab.year.settings import VERDICT_WORLDS, smaller
from screener.lab.year.stream import Passing, licences, passing
from screener.lab.year.world import World, quiet
from screener.review import database
from screener.review.ledger import figures, follow
from screener.review.ledger.measures import Measure
from screener.review.ledger.recomputing import recomputed
from screener.review.ledger.spans import Span
from screener.review.ledger.tables import AMOUNTS, CELL, COUNTS, daily, decided
from screener.review.rights import Grant, Reviewer, Role
from screener.stages.topology import internal_specs
from screener.stream.port import Message
from screener.stream.sqlite import Sqlite
from tests.review.flags import clock
from tests.review.ledger.seeding import message

HOME: Final = "tobacco"
TIME_ZONE: Final = "Asia/Shanghai"
YEAR: Final = Span(since=date(2025, 1, 1), until=date(2026, 1, 1), by="month")
"""The simulated year is 2025."""

ORIGINS: Final = ("genuine", "counterfeit", "smuggled", "mixed", "unknown")
CHUNK: Final = 1000
ROUNDS: Final = 5
COURIERS: Final = 8

SEES_ALL: Final = Reviewer(1, "all", "zh", (Grant(Role.SUPERVISOR),))
SEES_ONE: Final = Reviewer(2, "one", "zh", (Grant(Role.SUPERVISOR, "north"),))
AWAY: Final = Reviewer(3, "away", "zh", (Grant(Role.READER, agency="police"),))


@dataclass(frozen=True, slots=True)
class Line:
    """What was measured on one database."""

    database: str
    followed: int
    records_per_s: float
    records_per_cpu_s: float
    equal: bool
    parcels: int
    day_sums: int
    machine_load: float
    cold_ms: dict[str, float]
    warm_ms: dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--parcels", type=int, default=20_000, help="of the simulated year")
    parser.add_argument("--copies", type=int, default=50, help="how often the year is there in the end")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    asked = parser.parse_args()
    with TemporaryDirectory(prefix="screener-figures-") as folder, _log(Path(folder), asked.parcels) as log:
        opened = {"sqlite": sqlite, "postgresql": postgresql}
        lines = []
        for name in [asked.only] if asked.only else opened:
            with opened[name]() as engine:
                lines.append(_measured(engine, name, log, asked.copies))
            print(lines[-1])
    if asked.only is None:
        said = {"cores": os.cpu_count(), "figures": [asdict(one) for one in lines]}
        Path(__file__).with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n")
    _show(lines)


# --- the year on a log ----------------------------------------------------------------------------


def _log(folder: Path, parcels: int) -> Sqlite:
    """A log with the decisions and inspections of so many parcels of a simulated year."""
    log = Sqlite(folder / "log.db")
    wanted = {topics.DECISIONS, topics.OUTCOMES}
    log.create([one for one in internal_specs(LogSettings(partitions=4)) if one.name in wanted])
    year = _year(parcels)
    with log.publisher() as publisher:
        for _ in track(range(0, parcels, CHUNK), "the year"):
            publisher.publish([one for _ in range(CHUNK) for one in next(year, ())])
    return log


def _year(parcels: int) -> Iterator[list[Message]]:
    """What is told of each parcel: its decision and, where it was held, what was found."""
    rules, response = policy.read(Path("configs/policy.toml")), Response.read()
    world = World.make(smaller(VERDICT_WORLDS[0], parcels))
    table = quiet(world)
    stance = Stance(rules, judgement.usual_threshold(rules), {})
    dice = random.Random(8)
    for one in islice(passing(world.settings, table, response, rules, licences(world)), parcels):
        yield _told(one, table[one.row], stance, dice)


def _told(one: Passing, truth: np.void, stance: Stance, dice: random.Random) -> list[Message]:
    at_ms = one.parcel.arrived_ms + 3000
    decision = judgement.decide(one.parcel, one.facts, stance, at_ms)
    told = [message(topics.DECISIONS, cloudevents.DECISION, decision.parcel_id, encode(decision))]
    if decision.action is Action.HOLD:
        found = encode(_inspection(decision, truth, dice))
        told.append(message(topics.OUTCOMES, cloudevents.INSPECTION, decision.parcel_id, found))
    return told


def _inspection(decision: Decision, truth: np.void, dice: random.Random) -> Inspection:
    over, sticks, tobacco_g = bool(truth["illegal"]), int(truth["sticks"]), float(truth["tobacco_g"])
    return Inspection(
        inspection_id=f"bench.{decision.parcel_id}",
        hub=decision.hub,
        parcel_id=decision.parcel_id,
        revision=decision.revision,
        inspected_at=decision.decided_at,
        sticks=sticks,
        tobacco_g=round(tobacco_g, 3),
        e_cigarettes=int(truth["e_cigarettes"]),
        over_limit=over,
        quality="right" if over else "wrong",
        origin=dice.choice(ORIGINS),
        leaf_g=dice.choice((0.0, round(tobacco_g / 2, 3))),
        value_cny=round(0.9 * sticks + 0.3 * tobacco_g, 2),
    )


# --- what is measured -----------------------------------------------------------------------------


def _measured(engine: Engine, name: str, log: Sqlite, copies: int) -> Line:
    began, began_cpu = time.perf_counter(), time.process_time()
    followed = follow.catch_up(engine, log, TIME_ZONE, clock)
    took_s, took_cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
    with database.reading(engine) as connection:
        equal = figures.series(connection, SEES_ALL, HOME, YEAR) == recomputed(log, YEAR, ZoneInfo(TIME_ZONE))
    _copy(engine, copies)
    with database.reading(engine) as connection:
        parcels, days = (
            connection.scalar(select(func.count()).select_from(one)) or 0 for one in (decided, daily)
        )
        cold, warm = _timed(connection)
    rates = round(followed / took_s), round(followed / took_cpu_s)
    return Line(name, followed, *rates, equal, parcels, days, round(os.getloadavg()[0], 1), cold, warm)


def _copy(engine: Engine, copies: int) -> None:
    """The year again for other couriers, all of it for the year before, and the sums of all days."""
    own = [column.name for column in decided.c if column.name not in {"id", "parcel_id", "courier", "day"}]
    same = ", ".join(own)
    grown = "INSERT INTO decided (parcel_id, courier, day, {same}) SELECT {changed}, {same} FROM decided{of}"
    sums = ", ".join(f"SUM(CASE WHEN {name} THEN 1 ELSE 0 END)" for name in COUNTS[1:-1])
    both = "SUM(CASE WHEN standing AND found THEN 1 ELSE 0 END)"
    later = "CASE WHEN why = 'none' THEN selected_why ELSE '' END"
    cells = ", ".join(CELL[:-1])
    with database.writing(engine) as connection:
        changed = f"parcel_id || '-' || i, 'courier ' || (i % {COURIERS}), day"
        again = f", (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies - 1})"
        of = f"{again} SELECT i FROM n) AS n"
        connection.execute(text(grown.format(same=same, changed=changed, of=of)))
        changed = "parcel_id || '-before', courier, day - 10000"
        connection.execute(text(grown.format(same=same, changed=changed, of="")))
        connection.execute(text("DELETE FROM daily"))
        connection.execute(
            text(
                f"INSERT INTO daily ({', '.join((*CELL, *COUNTS, *AMOUNTS))})"
                f" SELECT {cells}, {later}, COUNT(*), {sums}, {both},"
                f" {', '.join(f'SUM({name})' for name in AMOUNTS)} FROM decided GROUP BY {cells}, {later}"
            )
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _timed(connection: Connection) -> tuple[dict[str, float], dict[str, float]]:
    """The times of figures in ms: nothing estimated yet, and again."""
    by_day = Span(since=date(2025, 12, 1), until=date(2026, 1, 1), by="day")
    one_hub = Span(since=YEAR.since, until=YEAR.until, by="month", hub="south", kind="cigarettes")
    asked: dict[str, Callable[[], object]] = {
        "year by month": lambda: figures.series(connection, SEES_ALL, HOME, YEAR),
        "month by day": lambda: figures.series(connection, SEES_ALL, HOME, by_day),
        "year, one hub and kind": lambda: figures.series(connection, SEES_ALL, HOME, one_hub),
        "year, who sees one hub": lambda: figures.series(connection, SEES_ONE, HOME, YEAR),
        "year, another agency": lambda: figures.series(connection, AWAY, HOME, YEAR),
        "choices": lambda: figures.choices(connection, SEES_ALL, HOME),
    }
    for one in (Measure.SCREENED, Measure.HELD, Measure.FOUND, Measure.GENUINE):
        asked[f"behind {one.name.lower()}"] = lambda one=one: figures.behind(  # type: ignore[misc]
            connection, SEES_ALL, HOME, one, YEAR
        )
    figures.forget()
    cold = {name: _ms(ask) for name, ask in asked.items()}
    warm = {name: sorted(_ms(ask) for _ in range(ROUNDS))[ROUNDS // 2] for name, ask in asked.items()}
    return cold, warm


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return round((time.perf_counter() - began) * 1000, 1)


def _show(lines: list[Line]) -> None:
    table = Table("figures, ms", *(f"{one.database} {word}" for one in lines for word in ("cold", "warm")))
    for name in lines[0].cold_ms:
        table.add_row(name, *(str(some[name]) for one in lines for some in (one.cold_ms, one.warm_ms)))
    Console().print(table)
    for one in lines:
        equal = "equal" if one.equal else "UNLIKE"
        print(f"{one.database}: {one.followed:,} records followed, {one.records_per_s:,} a second")
        print(f"  ({one.records_per_cpu_s:,} a second of this process); figures {equal} those of the log")
        print(f"  then {one.parcels:,} parcels, {one.day_sums:,} sums of days; load {one.machine_load}")


if __name__ == "__main__":
    main()
