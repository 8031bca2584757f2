"""How whole and how clean rings come out of the workstation's groups, and how fast a large graph opens.

    python -m bench.network_graph city              # rings among strangers and shops: seeds of the verdict
    python -m bench.network_graph city --choose     # the seeds that the rules were chosen on
    python -m bench.network_graph year --parcels 60000 --worlds 2
    python -m bench.network_graph pages --ties 100000
    python -m bench.network_graph browser --ties 100000    # in Chromium, from the address to the drawn graph

Results are added to `bench/network_graph.json`. `year` also tells how many rings could be had at all: those
whose own parcels, without anybody else's, hang together to 80 %.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from typing import Final

import msgspec
import psutil
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, func, select, update

from bench.networks import city
from screener.config import Config, ImageLimits, ReviewSettings
from screener.contracts import topics
from screener.contracts.reading import encode
from screener.contracts.wire import Tie
from screener.core import policy
from screener.core.facts import facts_of
from screener.core.judgement import Stance, decide, usual_threshold
from screener.core.networks.communities import communities, wide_nodes
from screener.core.networks.graph import Graph
from screener.core.networks.note import TieNote, noted
from screener.core.parcel import milliseconds
from screener.core.policy import Networks, Policy
from screener.core.ties import tie_of
from screener.evidence.store import EvidenceStore
from screener.imaging.sandbox import Sandbox
from screener.lab.year.columns import Kind
from screener.lab.year.notes import parcel
from screener.lab.year.response import SHIPPED, Measured, Response, hypothetical
from screener.lab.year.settings import FITTING_WORLDS, VERDICT_WORLDS, WorldSettings, smaller
from screener.lab.year.stream import licences, scanned_ms
from screener.lab.year.world import World, quiet
from screener.review import database
from screener.review.following import Stretch
from screener.review.networks import drawing, follow, grouping, listing
from screener.review.networks.listing import Filters
from screener.review.networks.tables import tie
from screener.review.rights import Grant, Role
from screener.review.service import Service
from screener.stream.port import Partition, Record
from tests.cli.rings import strangers
from tests.review.web.conftest import CHROMIUM
from tests.review.web.e2e import workstation
from tests.review.web.e2e.screenshots import served
from tests.review.web.e2e.workstation import Watched
from tests.stages.world import RING

RESULTS: Final = Path(__file__).with_suffix(".json")
POLICY: Final = Path("configs/policy.toml")
CHOICE_SEEDS: Final = (11,)
VERDICT_SEEDS: Final = (901, 902, 903, 904, 905)
LEAST: Final = 20
WHOLE, STRANGERS = 0.8, 0.1

Keys = set[str]


def main() -> int:
    """Runs what is asked for, prints it and adds it to the results."""
    given = _parser().parse_args()
    settings = policy.read(POLICY)
    found: dict[str, object]
    if given.what == "city":
        found = _cities(CHOICE_SEEDS if given.choose else VERDICT_SEEDS, settings)
    elif given.what == "year":
        worlds = FITTING_WORLDS if given.choose else VERDICT_WORLDS
        found = _years(worlds[: given.worlds], given.parcels, given.area, settings)
    elif given.what == "pages":
        found = _pages(given.ties, settings)
    else:
        found = _browser(given.ties, settings)
    name = " ".join([given.what, *(["chosen on"] if given.choose else [])])
    print(msgspec.json.format(msgspec.json.encode(found)).decode())
    _keep(name, found)
    return 0


def good(groups: Iterable[Keys], rings: Mapping[str, Keys]) -> tuple[int, int]:
    """Of the rings of `LEAST` ties or more, how many lie whole and clean in one group, and how many are."""
    home: dict[str, list[int]] = defaultdict(list)
    known = list(groups)
    for place, group in enumerate(known):
        for key in group:
            home[key].append(place)
    large = [own for own in rings.values() if len(own) >= LEAST]
    return sum(_is_good(known, home, own) for own in large), len(large)


def _is_good(groups: Sequence[Keys], home: Mapping[str, Sequence[int]], own: Keys) -> bool:
    places = {place for key in own for place in home.get(key, ())}
    shares = [(len(groups[place] & own), len(groups[place])) for place in places]
    return any(met >= WHOLE * len(own) and size - met <= STRANGERS * size for met, size in shares)


def components(notes: Sequence[TieNote], settings: Policy) -> list[Keys]:
    """The groups as they were: connected components over shared identities."""
    graph = Graph(settings.file.networks, notes)
    return [{one.key for one in graph.ties_of(anchor)} for anchor in graph.anchors()]


def parted(notes: Sequence[TieNote], settings: Policy) -> list[Keys]:
    """The groups of the workstation: communities."""
    wide = wide_nodes(notes, settings.file.networks.hub_from)
    return [{one.key for one in found.ties} for found in communities(notes, wide)]


def _cities(seeds: Sequence[int], settings: Policy) -> dict[str, object]:
    """Rings with customers of shops among their receivers, of several seeds."""
    before, after, count = 0, 0, 0
    for seed in seeds:
        towns = city(Random(seed))
        notes = [noted(one) for some in towns.values() for one in some]
        rings = {
            name: {f"{one.hub}/{one.parcel_id}" for one in some}
            for name, some in towns.items()
            if name != "strangers"
        }
        before += good(components(notes, settings), rings)[0]
        found, all_rings = good(parted(notes, settings), rings)
        after, count = after + found, count + all_rings
    return {"seeds": list(seeds), "rings": count, "components": before, "communities": after}


def _years(worlds: Sequence[WorldSettings], parcels: int, area: float, settings: Policy) -> dict[str, object]:
    """The simulated year: rings by half, since all change their ways in the middle of it."""
    measured = msgspec.json.decode(SHIPPED.read_bytes(), type=Measured)
    response = Response.of(hypothetical(measured, area) if area else measured)
    lines = [_year(smaller(world, parcels), response, settings) for world in worlds]
    return {"parcels": parcels, "area": area or "measured", "worlds": lines}


def _year(world: WorldSettings, response: Response, settings: Policy) -> dict[str, object]:
    rings: dict[str, Keys] = defaultdict(set)
    halves: dict[str, Keys] = defaultdict(set)
    notes = []
    for note, ring, day in _ties(world, response, settings):
        notes.append(note)
        if ring is not None:
            rings[ring].add(note.key)
            halves[f"{ring} {day >= world.break_day}"].add(note.key)
    own = set().union(*rings.values())
    alone = components([note for note in notes if note.key in own], settings)
    groups = parted(notes, settings)
    return {
        "world": world.name,
        "ties": len(notes),
        **{
            f"{name} {what}": " of ".join(map(str, good(found, truth)))
            for name, truth in (("rings", rings), ("halves", halves))
            for what, found in (("found", groups), ("at most", alone))
        },
    }


def _ties(
    settings: WorldSettings, response: Response, chosen: Policy
) -> Iterator[tuple[TieNote, str | None, int]]:
    """The ties of a year in which nothing is opened, each with its ring and its day."""
    world = World.make(settings)
    table, lists = quiet(world), licences(world)
    stance = Stance(chosen, usual_threshold(chosen), {})
    start: int | None = None
    for row, view in enumerate(response.views(table, response.to(table), scanned_ms(table))):
        one = parcel(settings.seed, row, table[row], view)
        facts = facts_of(one, lists, float(table["draw"][row]), view.arrived_ms)
        said = tie_of(one, facts, decide(one, facts, stance, view.arrived_ms), chosen)
        start = one.arrived_ms if start is None else start
        if said is not None:
            of_ring = int(table["kind"][row]) == Kind.RING
            ring = str(table["ring"][row]) if of_ring else None
            yield noted(said), ring, (one.arrived_ms - start) // 86_400_000


def _pages(count: int, settings: Policy) -> dict[str, object]:
    """What it takes to take ties in, to group them, and to ask for the list and for the largest group."""
    ties = _many(count)
    with tempfile.TemporaryDirectory() as folder:
        engine = database.opened(f"sqlite:///{folder}/review.db")
        database.upgrade(engine)
        taking = _timed(lambda: _take(engine, ties))
        grouped = _timed(lambda: grouping.group(engine, settings.file.networks.hub_from))
        asked = _asked(engine, settings)
        engine.dispose()
    return {"ties": count, "take_in_s": taking, "group_s": grouped, **asked}


def _many(count: int) -> list[Tie]:
    """Rings and shops, and strangers among them."""
    rest = strangers(count, 3 * count, Random(2), first=2_000_000)
    return list(islice((one for some in (*city(Random(1)).values(), rest) for one in some), count))


def _browser(count: int, settings: Policy) -> dict[str, object]:
    """Seconds in Chromium from the address to what is drawn: list, largest group, all as one group."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(ImageLimits()) as sandbox:
        url = f"sqlite:///{folder}/review.db"
        engine = database.opened(url)
        database.upgrade(engine)
        _take(engine, _many(count))
        grouping.group(engine, settings.file.networks.hub_from)
        config = Config(review=ReviewSettings(database=url))
        store = EvidenceStore.open(f"{folder}/evidence")
        service = Service(config, engine, lambda: datetime.now(UTC), RING, store, sandbox)
        with served(service) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
            found = _opened(service, browser, address)
            browser.close()
        engine.dispose()
    return {"ties": count, "load": round(os.getloadavg()[0], 1), **found}


def _opened(service: Service, browser: Browser, address: str) -> dict[str, object]:
    watched = workstation.browse(browser, address)
    workstation.enter(service, watched, "ann", [Grant(Role.SUPERVISOR)])
    watched.open("/queue")  # scripts and styles of every page are known then
    with database.reading(service.engine) as connection:
        largest = listing.listed(connection, tie.c.id.is_not(None), Filters())[0].id
    found: dict[str, object] = {
        "list": _drawn(watched, "/networks", "tr[data-row]"),
        "largest": _drawn(watched, f"/networks/{largest}", "#graph[data-nodes]"),
    }
    with database.writing(service.engine) as connection:
        connection.execute(update(tie).values(circle=largest))
    return found | {"all_as_one_group": _drawn(watched, f"/networks/{largest}", "#graph[data-nodes]")}


def _drawn(watched: Watched, path: str, what: str) -> dict[str, list[float]]:
    """Three times until the picture stands: by the clock, and what server and browser used of processors."""
    painted = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

    def visit() -> None:
        watched.page.goto(watched.origin + path, wait_until="load", timeout=120_000)
        watched.page.wait_for_selector(what, state="attached", timeout=120_000)
        watched.page.evaluate(painted)

    seen: dict[str, list[float]] = {"seconds": [], "server_cpu_s": [], "browser_cpu_s": []}
    for _ in range(3):
        before = time.process_time(), _cpu_of_children_s()
        seen["seconds"].append(_timed(visit))
        seen["server_cpu_s"].append(round(time.process_time() - before[0], 3))
        seen["browser_cpu_s"].append(round(_cpu_of_children_s() - before[1], 3))
    return seen


def _cpu_of_children_s() -> float:
    """What the browser has used so far, with all of its processes."""
    return sum(sum(one.cpu_times()[:2]) for one in psutil.Process().children(recursive=True))


def _take(engine: Engine, ties: Sequence[Tie]) -> None:
    where = Partition(topics.TIES, 0)
    records = [
        Record(where, place, milliseconds(one.at), one.parcel_id.encode(), encode(one))
        for place, one in enumerate(ties)
    ]
    for start in range(0, len(records), follow.BATCH):
        some = records[start : start + follow.BATCH]
        with database.writing(engine) as connection:
            stretch = Stretch(where, start, some, start + len(some))
            follow.take(connection, stretch, Networks(window_days=90), lambda: datetime.now(UTC))


def _asked(engine: Engine, settings: Policy) -> dict[str, object]:
    """Seconds for each question of the two pages."""
    everything = tie.c.id.is_not(None)
    with database.reading(engine) as connection:
        shown = listing.listed(connection, everything, Filters())
        of_largest = tie.c.circle == shown[0].id
        rows = [one.id for one in shown]
        return {
            "groups": connection.scalar(select(func.count(tie.c.circle.distinct()))),
            "list_s": _timed(lambda: listing.listed(connection, everything, Filters())),
            "weeks_s": _timed(lambda: listing.weeks(connection, everything, rows)),
            "routes_s": _timed(lambda: listing.routes(connection, tie.c.circle.is_not(None))),
            "graph_of_largest_s": _timed(lambda: drawing.drawn(connection, of_largest)),
            "graph_of_all_s": _timed(lambda: drawing.drawn(connection, everything)),
            "stands_out_s": _timed(
                lambda: drawing.pointed_out(connection, of_largest, settings.file.networks, 400.0)
            ),
        }


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def _keep(name: str, found: dict[str, object]) -> None:
    known = msgspec.json.decode(RESULTS.read_bytes()) if RESULTS.exists() else {}
    RESULTS.write_bytes(msgspec.json.format(msgspec.json.encode(known | {name: found}), indent=2) + b"\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.network_graph")
    parser.add_argument("what", choices=("city", "year", "pages", "browser"))
    parser.add_argument("--choose", action="store_true", help="the seeds that the rules were chosen on")
    parser.add_argument("--parcels", type=int, default=1_000_000, help="of a world's year")
    parser.add_argument("--worlds", type=int, default=len(VERDICT_WORLDS))
    parser.add_argument("--area", type=float, default=0.0, help="0: the response as measured")
    parser.add_argument("--ties", type=int, default=100_000)
    return parser


if __name__ == "__main__":
    sys.exit(main())
