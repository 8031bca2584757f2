"""A million parcels through real workers with a stub model: does their memory stay where it is?

    python -m bench.soak --parcels 1000000 [--folder DIR] [--log kafka|sqlite]
    python -m bench.soak --parcels 1000000 --folder DIR --report     of what was sampled so far
    python -m bench.soak ... --picture docs/pictures/soak.svg

A thousand parcels a day, a thousand days: all that is remembered for a time is forgotten again many times
over. Workers are those of `screener run`, but for their clock. Ctrl-C or SIGTERM ends a run in order; the
same command goes on where it was. Ends with 1 where the median of resident memory in the last tenth of the
parcels is more than 5 % above that in the second tenth, or a worker ended by itself.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from bench.soak import memory, picture
from bench.soak.feeding import Feeder
from bench.soak.installation import installed
from bench.soak.memory import Sample
from bench.soak.workers import Workers
from deploy.kafka import broker as kafka

START_S = 900.0
"""Time for a broker to start on a machine that has other things to do."""

MOST_GROWTH = 0.05
PATIENCE = "broker.session.timeout.ms=180000\n"

EVERY_S = 10.0
LINE_EVERY = 6
"""So many samples lie between two lines of a run whose output nobody watches."""


def main() -> int:
    given = _arguments()
    console = Console()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    ends = 0
    if not given.report:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        with _broker(folder, given.log) as bootstrap:
            ends = _soaked(given, folder, bootstrap, console)
    return _reported(given, folder, console, ends)


def _soaked(given: argparse.Namespace, folder: Path, bootstrap: str | None, console: Console) -> int:
    """Feed until all is decided; how often a worker ended by itself."""
    site = installed(folder, bootstrap)
    with site.log() as log:
        feeder = Feeder(log, folder, given.parcels)
        workers = Workers(site, feeder.clock.path)
        try:
            workers.keep()
            feeder.start()
            _followed(given, folder, feeder, workers, console)
        finally:
            feeder.stop()
            workers.stop()
    return workers.ends


def _followed(
    given: argparse.Namespace, folder: Path, feeder: Feeder, workers: Workers, console: Console
) -> None:
    """Sample until the feeder ends, with a bar or, where nobody watches, a line now and then."""
    path, began_s, count = folder / "memory.csv", time.monotonic(), 0
    run = 1 + max((one.run for one in memory.read(path)), default=0) if path.exists() else 1
    first, ours = feeder.decided, _ours(folder)
    with _bar(console, given.parcels) as progress:
        while feeder.is_alive():
            feeder.join(EVERY_S)
            workers.keep()
            at_s = time.monotonic() - began_s
            processes = workers.processes() | ours
            taken = list(memory.sample(run, at_s, feeder.decided, processes))
            memory.append(path, taken)
            progress.update(progress.task_ids[0], completed=feeder.decided)
            count += 1
            if not console.is_terminal and count % LINE_EVERY == 0:
                console.print(_line(feeder.decided, (feeder.decided - first) / at_s, taken), soft_wrap=True)


def _ours(folder: Path) -> dict[str, psutil.Process]:
    """What is not under test, sampled all the same: this program, and the broker."""
    pid = kafka.running_pid(folder / "kafka")
    return {"feeder": psutil.Process()} | ({} if pid is None else {"broker": psutil.Process(pid)})


def _line(decided: int, per_s: float, taken: list[Sample]) -> str:
    sizes = ", ".join(f"{one.part} {one.rss:.0f}" for one in taken)
    return f"{time.strftime('%H:%M:%S')} {decided:,} decided, {per_s:.0f}/s; MiB: {sizes}"


@contextmanager
def _bar(console: Console, parcels: int) -> Iterator[Progress]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        progress.add_task("", total=parcels)
        yield progress


@contextmanager
def _broker(folder: Path, log: str) -> Iterator[str | None]:
    """A broker of its own for the time of the run; one that a killed run left is ended first."""
    if log == "sqlite":
        yield None
        return
    data = folder / "kafka"
    kafka.stop(data)
    kafka.START_TIMEOUT_S = START_S
    broker = PatientBroker(data)
    broker.start()
    try:
        yield broker.bootstrap
    finally:
        broker.stop()


class PatientBroker(kafka.Broker):
    """A broker that does not count itself as dead where it gets little processor time."""

    def _write(self, properties: Path, template: str, controller_port: int) -> None:
        patient = template if template == kafka.FENCING else template + PATIENCE
        super()._write(properties, patient, controller_port)


def _reported(given: argparse.Namespace, folder: Path, console: Console, ends: int) -> int:
    samples = memory.read(folder / "memory.csv")
    reached = max(one.parcels for one in samples)
    if not reached:
        console.print("[red]no parcel is decided yet")
        return 1
    found = [one for one in memory.standings(samples, reached) if one.part in picture.COLOURS]
    runs = max(one.run for one in samples)
    table = Table(title=f"{reached:,} of {given.parcels:,} parcels, {runs} run(s), {len(samples):,} samples")
    for column in ("", "second tenth, MiB", "last tenth, MiB", "growth"):
        table.add_column(column, justify="right" if column else "left")
    for one in found:
        colour = "red" if one.growth > MOST_GROWTH else "green"
        table.add_row(one.part, f"{one.early:.1f}", f"{one.late:.1f}", f"[{colour}]{one.growth:+.1%}")
    console.print(table)
    if given.picture:
        given.picture.write_text(picture.svg(samples, reached), encoding="utf-8")
    if ends:
        console.print(f"[red]{ends} times a worker ended by itself; see its log in {folder}")
    grown = not found or any(one.growth > MOST_GROWTH for one in found)
    return int(grown or ends > 0 or reached < given.parcels)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench.soak", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--parcels", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path("lab-runs/soak"), help="what is resumed")
    parser.add_argument("--log", choices=("kafka", "sqlite"), default="kafka")
    parser.add_argument("--report", action="store_true", help="run nothing; report what was sampled")
    parser.add_argument("--picture", type=Path, help="draw the memory there, as SVG")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
