"""See the package."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.faults import faults, traffic, verdict
from bench.faults.feeding import Feeder, fed
from bench.faults.installation import PATIENCE_S, installed
from bench.faults.points import Points
from bench.faults.reading import Watcher, wait_for
from bench.faults.worker import BUGS
from bench.faults.workers import Fleet
from bench.gateway.disks import small_disk
from bench.gateway.link import LinkedBroker
from screener.core import policy
from screener.scoring.model import Model

RECOVERY_S = 180.0
"""Nothing decided for so long after a fault was mended is a violation."""

AHEAD = 200
"""So many parcels may be under way."""

MIXED = 4

SHORT = (
    *("killed after offsets", "zombie", "broker killed in commit", "link silent"),
    *("backlog", "bad model", "killed in commit"),
)
"""What a short run has, in about two minutes: each aims at another protection."""


@dataclass
class Course:
    """What has befallen so far: faults by name with the seconds until decisions came again."""

    had: list[tuple[str, float]] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)


def main() -> int:
    arguments = _arguments()
    console = Console()
    with ExitStack() as stack:
        folder = arguments.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        folder.mkdir(parents=True, exist_ok=True)
        began_s = time.monotonic()
        found, course, ends = _run(arguments, folder, console, stack)
        _print(console, found, course, ends, took_s=time.monotonic() - began_s)
    violations = (*course.stuck, *found.violations)
    for violation in violations:
        console.print(f"[red]{violation}", highlight=False)
    console.print("[red]not as it must be" if violations else "[green]nothing lost, nothing twice")
    return int(bool(violations))


def _run(
    arguments: argparse.Namespace, folder: Path, console: Console, stack: ExitStack
) -> tuple[verdict.Account, Course, dict[int, int]]:
    disks = _disks(arguments, folder, stack)
    broker = _broker(folder, disks, stack) if arguments.log == "kafka" else None
    site = installed(
        folder,
        traffic.HUBS,
        log=disks.get("log") or folder / "log",
        evidence=disks.get("evidence") or folder / "evidence",
        kafka=(broker.bootstrap, broker.linked_bootstrap) if broker else None,
    )
    at = Points(folder / "points")
    at.withdraw()
    fleet = Fleet(site, folder / "points", arguments.bug)
    with site.log() as log:
        watcher = Watcher(log)
        progress = folder / "fed"
        feeder = Feeder(
            log, progress, arguments.parcels, arguments.seed, ahead=AHEAD, decided=lambda: watcher.decided
        )
        rig = faults.Rig(
            fleet,
            at,
            random.Random(arguments.seed),
            broker,
            broker.link if broker else None,
            disks,
            lambda on: feeder.flooding.set() if on else feeder.flooding.clear(),
        )
        fleet.start()
        watcher.start()
        feeder.start()
        try:
            play = Play(arguments, rig, watcher, feeder, folder / "course.json")
            course = _course(play, console)
            faults.mend(rig)
            if not course.stuck and not _reached(play, arguments.parcels, lambda _: None):
                course.stuck.append(f"in the end {arguments.parcels - watcher.decided} parcels still wait")
            time.sleep(PATIENCE_S / 2)  # revisions that nobody should make
        finally:
            feeder.stop()
            fleet.stop()
            watcher.stop()
        sent = traffic.parcels(fed(progress), arguments.seed)
        rules, model = policy.read(folder / "policy.toml"), Model.load(folder / "tiny.onnx")
        found = verdict.account(log, sent, rules, model, watcher)
    return found, course, dict(fleet.ends)


@dataclass(frozen=True, slots=True)
class Play:
    """A run under way: what may break, who feeds and who watches, and where the course is kept."""

    arguments: argparse.Namespace
    rig: faults.Rig
    watcher: Watcher
    feeder: Feeder
    kept: Path

    @property
    def decided(self) -> int:
        return self.watcher.decided

    @property
    def over(self) -> bool:
        """Whether all that was to be fed is decided."""
        return not self.feeder.is_alive() and self.decided >= self.feeder.fed


def _course(play: Play, console: Console) -> Course:
    """One fault after another, evenly over the traffic, each with the time until decisions came again."""
    course = _earlier(play.kept)
    chosen = _chosen(play.arguments.only, play.rig)
    step = play.arguments.parcels / (play.arguments.faults + 1)
    with console.status("starting") as status:
        while len(course.had) < play.arguments.faults and not play.over:
            if not _reached(play, int(step * (len(course.had) + 1)), status.update):
                course.stuck.append(f"nothing decided for {RECOVERY_S:.0f} s at {play.decided} parcels")
                break
            name, fault = next(chosen)
            status.update(
                f"{play.decided} of {play.arguments.parcels} parcels; {len(course.had) + 1}: {name}"
            )
            took_s = _befallen(play, fault)
            if took_s is None:
                course.stuck.append(f"after {name}: nothing decided for {RECOVERY_S:.0f} s")
                break
            course.had.append((name, round(took_s, 1)))
            console.print(f"{play.decided:7d} parcels  {name}: {took_s:.1f} s", highlight=False)
            play.kept.write_text(json.dumps(asdict(course)))
    return course


def _earlier(kept: Path) -> Course:
    """What befell an earlier part of this run."""
    if not kept.exists():
        return Course()
    earlier = json.loads(kept.read_text())
    return Course([(name, took_s) for name, took_s in earlier["had"]], earlier["stuck"])


def _befallen(play: Play, fault: faults.Fault) -> float | None:
    """Seconds from the end of a fault until half of what was under way is decided; None where it is not."""
    fault(play.rig)
    faults.mend(play.rig)
    half = (play.decided + play.feeder.fed) // 2
    return wait_for(lambda: play.decided >= half, RECOVERY_S)


def _reached(play: Play, due: int, told: Callable[[str], None]) -> bool:
    """Wait for so many decisions; whether they go on coming."""
    while play.decided < due and not play.over:
        before = play.decided
        told(f"{before} parcels decided, next fault at {due}")
        if wait_for(partial(_moved, play, before), RECOVERY_S) is None:
            return False
    return True


def _moved(play: Play, before: int) -> bool:
    return play.decided > before or play.over


def _chosen(only: Sequence[str] | None, rig: faults.Rig) -> Iterator[tuple[str, faults.Fault]]:
    """Each kind once before any comes again, one in `MIXED` of them together with another."""
    known = faults.possible(rig)
    wanted = {name: known[name] for name in (only or known)}
    while True:
        for name in rig.rng.sample(sorted(wanted), len(wanted)):
            other = rig.rng.choice(sorted(wanted))
            if not only and other != name and rig.rng.random() < 1 / MIXED:
                yield f"{name} + {other}", faults.together(wanted[name], wanted[other])
            else:
                yield name, wanted[name]


def _disks(arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> dict[str, Path]:
    """Small file systems for the log and the evidence, where we may mount them and the run need not go on."""
    found = {}
    for name, size_mib in (("log", arguments.disk_mib), ("evidence", 64)):
        if arguments.disks and stack.enter_context(small_disk(folder / name, size_mib)):
            found[name] = folder / name
    return found if len(found) == 2 else {}


def _broker(folder: Path, disks: dict[str, Path], stack: ExitStack) -> LinkedBroker:
    broker = LinkedBroker((disks.get("log") or folder / "log") / "kafka")
    stack.callback(broker.close)
    broker.start()
    return broker


def _print(
    console: Console, found: verdict.Account, course: Course, ends: dict[int, int], *, took_s: float
) -> None:
    table = Table("what", "figure", show_header=False)
    for what, figure in (
        ("messages of hubs", found.inputs),
        ("parcels", found.parcels),
        ("decisions", found.decisions),
        ("of these later revisions", found.revisions),
        ("dead letters", found.letters),
        ("parcels that still wait", found.waiting),
        ("faults", len(course.had)),
        ("workers ended, by exit code", dict(sorted(ends.items()))),
        ("minutes", round(took_s / 60, 1)),
    ):
        table.add_row(what, str(figure))
    console.print(table)
    recovered = Table("fault", "times", "recovered after s: median", "longest")
    for name in sorted({name for name, _ in course.had}):
        times = [took_s for other, took_s in course.had if other == name]
        recovered.add_row(name, str(len(times)), f"{statistics.median(times):.1f}", f"{max(times):.1f}")
    console.print(recovered)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description="Traffic under fire.")
    parser.add_argument("--log", choices=("kafka", "sqlite"), default="kafka")
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--faults", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="faults of this name alone; give it again for more")
    parser.add_argument("--break", dest="bug", choices=sorted(BUGS), default="none", help="put a bug in")
    parser.add_argument("--folder", type=Path, help="where it lies; a run that was cut off goes on")
    parser.add_argument("--disks", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--disk-mib", type=int, default=3000)
    parser.add_argument("--short", action="store_true", help="a few faults, in under three minutes")
    given = parser.parse_args()
    if given.short:
        given.only = [name for name in SHORT if given.log == "kafka" or name in faults.ANYWHERE]
        given.parcels, given.faults, given.disk_mib = 1_000, len(given.only), 700
    return given


if __name__ == "__main__":
    raise SystemExit(main())
