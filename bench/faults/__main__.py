"""See the package."""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.faults import course as course_
from bench.faults import desk_laws, faults, old, traffic, verdict
from bench.faults.course import RECOVERY_S, Course, Play
from bench.faults.faults import WORKERS
from bench.faults.feeding import Feeder, Send, Traffic, Way, by_log
from bench.faults.front import Desk, Gateways
from bench.faults.installation import PATIENCE_S, Places, installed
from bench.faults.points import Points, Restore
from bench.faults.reading import Watcher
from bench.faults.worker import BUGS
from bench.faults.workers import DESK, FLEET, GATEWAYS, Fleet, end_what_was_left
from bench.gateway.disks import small_disk
from bench.gateway.link import LinkedBroker
from screener.core import policy
from screener.errors import ScreenerError
from screener.scoring.model import Model
from screener.stream.port import Log
from tests.system.site import Site

AHEAD = 800
"""So many parcels may be under way."""

SHORT = (
    *("killed after offsets", "zombie", "outage", "link cut in commit", "backlog"),
    *("broker killed in commit", "bad model"),
    *("gateway killed in commit", "desk killed in commit"),
)
"""What a short run has: each aims at another protection."""

FRONTS = {"gateways": GATEWAYS, "review": DESK}
DISKS_MIB = {"evidence": 256, "front": 2048}


@dataclass
class Result:
    """What was found in the end; `desk` is None without a workstation."""

    account: verdict.Account
    course: Course
    desk: desk_laws.Figures | None
    restores: list[Restore]
    violations: list[str] = field(default_factory=list)


def main() -> int:
    arguments = _arguments()
    console = Console()
    with ExitStack() as stack:
        folder = (arguments.folder or Path(tempfile.mkdtemp(prefix="faults-"))).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if left := end_what_was_left(folder):
            console.print(f"ended {left} processes that an earlier part of this run had left")
        try:
            result = _run(arguments, folder, console, stack)
        except ScreenerError as error:  # such as a transaction that never ends
            return _failed(console, [str(error)], folder)
    _print(console, result)
    if result.violations:
        return _failed(console, result.violations, folder)
    console.print("[green]nothing lost, nothing twice")
    if not arguments.folder:
        shutil.rmtree(folder)
    return 0


def _failed(console: Console, violations: Sequence[str], folder: Path) -> int:
    for violation in violations:
        console.print(f"[red]{violation}", highlight=False)
    console.print(f"[red]not as it must be[/]; what was done and said is in {folder}", highlight=False)
    return 1


@dataclass(frozen=True, slots=True)
class Scene:
    """The installation under fire, with what stands before it and behind it."""

    log: Log
    site: Site
    gateways: Gateways | None
    desk: Desk | None


def _run(arguments: argparse.Namespace, folder: Path, console: Console, stack: ExitStack) -> Result:
    disks = _disks(arguments, folder, stack)
    broker = _broker(folder, disks, stack) if arguments.log == "kafka" else None
    places = Places(
        folder=folder,
        log=disks.get("log") or folder / "log",
        evidence=disks.get("evidence") or folder / "evidence",
        front=disks.get("front") or folder / "front",
        kafka=(broker.bootstrap, broker.linked_bootstrap) if broker else None,
    )
    hubs = (*traffic.HUBS, *(traffic.GATEWAYS if "gateways" in arguments.parts else ()))
    site = installed(places, hubs, review="review" in arguments.parts, patience_s=arguments.patience)
    front = tuple(stage for part in arguments.parts for stage in FRONTS[part])
    fleet = Fleet(site, folder / "points", arguments.bug, front, arguments.workers)
    with site.log() as log:
        gateways = Gateways.opened(places, site) if "gateways" in arguments.parts else None
        scene = Scene(log, site, gateways, Desk(site) if "review" in arguments.parts else None)
        old.fill(log, arguments.state, folder, console.print)
        watcher = Watcher(log)
        feeder = _feeder(arguments, scene, hubs, watcher)
        kept = folder / "course.json"
        rig = faults.Rig(
            fleet,
            Points(folder / "points", arguments.at),
            {stage: Points(fleet.points_of(stage)) for stage in front if stage != "judge"},
            course_.chance(arguments.seed, Course.read(kept)),
            broker,
            broker.link if broker else None,
            disks,
            feeder.flood,
            arguments.patience,
        )
        play = Play(arguments.parcels, arguments.faults, rig, watcher, feeder, kept, arguments.recovery)
        return _played(play, arguments.only, console, scene)


def _played(play: Play, only: Sequence[str] | None, console: Console, scene: Scene) -> Result:
    faults.mend(play.rig)
    play.rig.fleet.start()
    play.watcher.start()
    play.feeder.start()
    if scene.gateways:
        scene.gateways.listener.start()
    try:
        with console.status("starting") as status:
            course = course_.run(play, only, status.update, _teller(console))
            unsettled = [] if course.stuck else _unsettled(scene, status.update, play.recovery_s)
            time.sleep(play.rig.patience_s / 2)  # revisions that nobody should make
    finally:
        play.feeder.stop()
        hung = play.rig.fleet.stop(play.recovery_s)
        play.watcher.stop()
        if scene.gateways:
            scene.gateways.listener.stop()
    course.stuck += [f"a process of {stage} did not end when it was asked to" for stage in hung]
    course.ends = dict(Counter(course.ends) + play.rig.fleet.ends)
    play.keep(course)
    with console.status("reading everything again"):
        return _judged(play, course, scene, unsettled)


def _unsettled(scene: Scene, told: course_.Told, patience_s: float) -> list[str]:
    """Wait until gateways and workstation have done their part; what they do not come to."""
    parts = [part for part in (scene.gateways, scene.desk) if part is not None]
    return [what for part in parts for what in part.settled(scene.log, told, patience_s)]


def _judged(play: Play, course: Course, scene: Scene, unsettled: Sequence[str]) -> Result:
    """Hold everything against what was sent."""
    fed = list(play.feeder.parcels())
    hubs = sorted({hub for way in play.feeder.ways for hub in way.hubs})
    folder, log, gateways, desk = scene.site.folder, scene.log, scene.gateways, scene.desk
    rules, model = policy.read(folder / "policy.toml"), Model.load(folder / "tiny.onnx")
    known = verdict.Known(rules, model, play.rig.patience_s)
    found = verdict.account(log, fed, hubs, known, play.watcher)
    figures, at_desk = desk.violations(log) if desk else (None, [])
    at_gateways = list(gateways.violations(log, fed)) if gateways else []
    violations = [*course.stuck, *unsettled, *found.violations, *at_gateways, *at_desk]
    return Result(found, course, figures, play.rig.points.restores(), violations)


def _feeder(arguments: argparse.Namespace, scene: Scene, hubs: tuple[str, ...], watcher: Watcher) -> Feeder:
    """A way for the hubs that speak Kafka, and one for each gateway, each with its share under way."""
    sent = Traffic(arguments.parcels, arguments.seed, hubs)
    senders: list[tuple[tuple[str, ...], Send]] = [(traffic.HUBS, by_log(scene.log))]
    if scene.gateways:
        senders += [((hub,), send) for hub, send in scene.gateways.ways().items()]
    return Feeder(
        [
            Way(
                own,
                sent,
                send,
                scene.site.folder / f"fed-{'-'.join(own)}",
                ahead=arguments.ahead * len(own) // len(hubs),
                decided=watcher.decided_of,
            )
            for own, send in senders
        ]
    )


def _disks(arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Path]:
    """Small file systems, where we may mount them; in files where the run may have to go on."""
    found = {}
    sizes = {"log": arguments.disk_mib, **DISKS_MIB}
    for name, size_mib in sizes.items():
        image = folder / f"{name}.img" if arguments.folder else None
        if arguments.disks and stack.enter_context(small_disk(folder / name, size_mib, image)):
            found[name] = folder / name
    return found if len(found) == len(sizes) else {}


def _broker(folder: Path, disks: dict[str, Path], stack: ExitStack) -> LinkedBroker:
    broker = LinkedBroker((disks.get("log") or folder / "log") / "kafka")
    stack.callback(broker.close)
    broker.start()
    return broker


def _teller(console: Console) -> course_.Told:
    """Prints a line that stays."""
    return lambda line: console.print(line, highlight=False, markup=False)


def _print(console: Console, result: Result) -> None:
    table = Table("what", "figure", show_header=False)
    for what, figure in _figures(result):
        table.add_row(what, str(figure))
    console.print(table)
    recovered = Table("fault", "times", "recovered after s: median", "longest")
    for name in sorted({name for name, _ in result.course.had}):
        times = [took_s for other, took_s in result.course.had if other == name]
        recovered.add_row(name, str(len(times)), f"{statistics.median(times):.1f}", f"{max(times):.1f}")
    console.print(recovered)


def _figures(result: Result) -> Iterator[tuple[str, object]]:
    found, course, desk = result.account, result.course, result.desk
    yield "messages of hubs", found.inputs
    yield "parcels", found.parcels
    yield "decisions", found.decisions
    yield "of these later revisions", found.revisions
    yield "dead letters", found.letters
    yield "parcels that still wait", found.waiting
    if desk is not None:
        yield "flagged messages at the workstation, of parcels", f"{desk.flagged}, {desk.parcels}"
        yield "moves of the judge", desk.moves
        yield "messages told of them, and told again after a crash", f"{desk.told}, {desk.told_again}"
    yield "faults, of kinds", f"{course.kinds.total()}, {len(course.kinds)}"
    yield "processes ended, by exit code", dict(sorted(course.ends.items()))
    yield from _restored(result.restores)
    yield "minutes", round(course.took_s / 60, 1)


def _restored(restores: Sequence[Restore]) -> Iterator[tuple[str, object]]:
    """The restores of a decider, by far the largest state."""
    of_decide = [one for one in restores if one.stage == "decide"]
    if of_decide:
        most = max(of_decide, key=lambda one: one.rows)
        text = f"{len(of_decide)}, {most.rows}, {most.took_s:.1f}, {most.rss_mib:.0f}"
        yield "restores of a decider; of the largest rows, seconds, resident MiB", text


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description="Traffic under fire.")
    parser.add_argument("--log", choices=("kafka", "sqlite"), default="kafka")
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ahead", type=int, default=AHEAD, help="so many parcels may be under way")
    parser.add_argument("--only", action="append", help="faults of this name alone; give it again for more")
    parser.add_argument("--at", choices=WORKERS, default="", help="whom a fault at a place befalls")
    parser.add_argument("--break", dest="bug", choices=sorted(BUGS), default="none", help="put a bug in")
    parser.add_argument(
        "--with",
        dest="parts",
        type=_parts,
        help="gateways,review or nothing; default both, and nothing with --only or --break",
    )
    parser.add_argument(
        "--state", type=int, default=0, help="so many old parcels lie in the state of [decide]"
    )
    parser.add_argument(
        "--workers", type=lambda text: tuple(text.split(",")), default=FLEET, help="score,decide,..."
    )
    parser.add_argument("--patience", type=float, default=PATIENCE_S, help="the policy's, in seconds")
    parser.add_argument("--recovery", type=float, default=RECOVERY_S, help="seconds until a halt is one")
    parser.add_argument("--folder", type=Path, help="where it lies; a run that was cut off goes on")
    parser.add_argument("--disks", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--disk-mib", type=int, default=8000)
    parser.add_argument("--short", action="store_true", help="a few faults, in under three minutes")
    given = parser.parse_args()
    if given.parts is None:
        given.parts = () if given.only or given.bug != "none" else tuple(FRONTS)
    if given.short:
        given.only = [name for name in SHORT if given.log == "kafka" or name in faults.ANYWHERE]
        given.parcels, given.faults, given.disk_mib, given.ahead = 3_000, len(given.only), 700, 60
    return given


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(part for part in text.split(",") if part)
    if unknown := set(parts) - set(FRONTS):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(FRONTS)}, got {', '.join(unknown)}")
    return parts


if __name__ == "__main__":
    raise SystemExit(main())
