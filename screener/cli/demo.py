"""`screener demo`: the whole way of some simulated parcels, through a pipeline of its own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from screener.cli import exits
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from rich.console import Console

    from screener.cli.cargo import Run
    from screener.demo.ledger import Ledger
    from screener.demo.reckoning import Reckoned
    from screener.demo.running import Stand
    from screener.demo.workers import Workers
    from screener.hub.sent import Sent
    from screener.hub.traffic import Departure
    from screener.stream.port import Log

HUB = "demo-"
PICTURE, WORDS, DESK_WORDS = "flagged.png", "run.log", "review.log"
MOST_PICTURES = 6
SEED = 99
"""Chosen for its 200 parcels: 12 over the limit, and some of every mishap. No model was asked."""

PLAIN_EVERY_S = 5.0
LOOK_S = 0.5


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the summary, without the workstation.")
@click.option(
    "--browser/--no-browser",
    default=True,
    help="Open the workstation in a browser of this machine.",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Folder for log, keys, settings and pictures; that of an earlier demo is emptied first.",
)
@click.option("--parcels", type=click.IntRange(min=1), default=200, show_default=True, help="How many.")
@click.option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=SEED, show_default=True, help="For the traffic."
)
@click.pass_context
def command(ctx: click.Context, *, once: bool, browser: bool, folder: Path, parcels: int, seed: int) -> None:
    """Send simulated parcels through the whole pipeline, and show what became of them.

    Makes an installation in a folder (keys, settings, the embedded log), starts `screener run` on it,
    and sends a hub's traffic: clean parcels, some with tobacco within the limit and over it, second and
    late messages, missing halves, scans without a barcode, messages that break the contract. Then it
    shows what was flagged and why, what was missed and falsely flagged against the known truth, the
    dead letters and the throughput, and names a picture of the top flagged scans.

    The investigators' workstation opens at once and fills while the parcels flow; it stays after the
    summary until Ctrl-C. The password of its people is printed, and is another one each time.

    Ends with exit code 0 if every parcel was decided exactly once, every malformed message became exactly
    one dead letter, and the workstation took in every flagged parcel.

    \b
    screener demo
    screener demo --once                   no workstation: summary and exit code
    screener demo --parcels 50 --seed 7
    screener --log kafka demo              on a broker that serves demos alone
    """
    from screener.cli import cargo, compose, terminal
    from screener.demo.desk import not_taken, open_accounts
    from screener.demo.folder import fresh
    from screener.demo.installation import SETTINGS, install
    from screener.demo.workers import Workers

    config: Config = ctx.obj
    start = datetime.now(UTC)
    run = cargo.Run(f"{HUB}{start:%Y%m%d-%H%M%S}", seed, start, over=0.06)
    with ExitStack() as stack:
        place = stack.enter_context(fresh(folder))
        settings = install(place, _with_log(config, os.environ), start.date())
        log = stack.enter_context(compose.open_log(settings))
        _make_topics(log, settings, run.hub)
        words = f"hub {run.hub}, {compose.describe_log(settings)}"
        terminal.note(f"{words}; the workers write to {folder / WORDS}")
        desk = None if once else stack.enter_context(_open_desk(settings, place, browser=browser))
        if desk is None:
            open_accounts(settings, _language(os.environ))
        workers = stack.enter_context(Workers(place / SETTINGS, place / WORDS))
        seen = _observe(log, workers, run, parcels)
        missing = not_taken(settings, log, run.hub, set(seen.ledger.flagged))
        complaints = _show(seen, settings, place, missing)
        if desk is not None:
            _stay(desk)
    ctx.exit(exits.FAILED if complaints else exits.OK)


@contextmanager
def _open_desk(config: Config, place: Path, *, browser: bool) -> Iterator[Workers]:
    """The workstation as a process of its own, where it is and how to sign in said on stderr."""
    from screener.demo.desk import PEOPLE, free_port, open_accounts
    from screener.demo.installation import SETTINGS
    from screener.demo.workers import Workers

    password = open_accounts(config, _language(os.environ))
    port = free_port(config.review.port)
    opening = ["--open"] if browser and _has_browser(os.environ) else []
    arguments = ["review", "--port", str(port), "--metrics-port", "0", *opening]
    with Workers(place / SETTINGS, place / DESK_WORDS, arguments, name="the workstation") as desk:
        click.secho(f"workstation at http://127.0.0.1:{port}", err=True, bold=True)
        click.secho(f"sign in as {', '.join(PEOPLE)} with the password {password}", err=True, bold=True)
        yield desk


def _stay(desk: Workers) -> None:
    """Until Ctrl-C, or the end of the workstation. Raises `Unavailable`."""
    from screener.cli import terminal

    terminal.note("the workstation stays open; Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        while True:
            desk.check()
            time.sleep(LOOK_S)


def _language(env: Mapping[str, str]) -> str:
    """The language of whoever started it, as the environment tells."""
    named = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    return "zh" if named.startswith("zh") else "en"


def _has_browser(env: Mapping[str, str]) -> bool:
    """Whether a browser would have a window: one in this terminal would take it from the demo."""
    return sys.platform in {"darwin", "win32"} or bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What was sent, what came out, and how long that took."""

    accounts: Sequence[Sent]
    ledger: Ledger
    took_s: float


def _with_log(config: Config, env: Mapping[str, str]) -> Config:
    """Kafka only where this call names it: no demo by accident on the broker of the settings file."""
    named = bool(env.get("SCREENER_LOG") or env.get("KAFKA_BOOTSTRAP_SERVERS"))
    if config.log.kind == "kafka" and not named:
        return replace(config, log=replace(config.log, kind="sqlite"))
    return config


def _make_topics(log: Log, config: Config, hub: str) -> None:
    """Raises `BadConfig` on a log that serves other hubs: the demo's workers would decide their parcels."""
    from screener.cli.topics import wanted
    from screener.stages import topology

    existing = log.topics()
    if others := [name for name in topology.hubs_in(existing) if not name.startswith(HUB)]:
        raise BadConfig(
            f"log.kafka: expected a broker for demos alone, got one with the hub(s) {', '.join(others[:5])}; "
            "the demo would decide their parcels with its own keys and policy: use another, or no `--log`"
        )
    log.create(wanted(existing, config.log, [hub]))


def _observe(log: Log, workers: Workers, run: Run, parcels: int) -> Seen:
    """Send the traffic and follow it to its end, then stop the workers and hear what they said last."""
    from screener.demo import running
    from screener.demo.ledger import TOPICS, Ledger

    ledger, stop = Ledger(run.hub), Event()
    accounts: list[Sent] = []
    took_s = 0.0
    with log.follow(TOPICS, from_start=False) as follower, ThreadPoolExecutor(1) as sender:
        try:
            sending = sender.submit(_send, log, run, parcels, accounts, stop)
            with _shown_progress(parcels) as show:
                stands = running.follow_to_the_end(follower, ledger, accounts, sending, check=workers.check)
                for stand in stands:
                    show(stand)
                    took_s = stand.heard_after_s
        finally:
            stop.set()
        workers.stop()
        running.drain(follower, ledger)
    return Seen(accounts, ledger, took_s)


def _send(log: Log, run: Run, parcels: int, accounts: list[Sent], stop: Event) -> None:
    from screener.cli import cargo
    from screener.hub.dispatch import dispatch, steadily
    from screener.hub.traffic import Mix, traffic

    mix = Mix(duplicates=0.04, late=0.04, missing=0.03, corrupt=0.06, no_barcode=0.02)
    source = takewhile(lambda _: not stop.is_set(), cargo.simulated_parcels(run, parcels))

    def told(departure: Departure) -> None:
        if departure.sent is not None:
            accounts.append(departure.sent)

    with log.publisher() as publisher:
        dispatch(publisher, traffic(source, mix, run.seed), due_s=steadily(0), told=told)


@contextmanager
def _shown_progress(parcels: int) -> Iterator[Callable[[Stand], None]]:
    """Live bars on a terminal, a line now and then elsewhere."""
    from screener.cli import terminal

    bars = terminal.progress()
    if bars.disable:
        yield _Lines()
        return
    sent = bars.add_task("parcels sent", total=parcels)
    checked = bars.add_task("messages checked", total=None)
    decided = bars.add_task("parcels decided", total=None)

    def show(stand: Stand) -> None:
        bars.update(sent, completed=stand.sent)
        read = f"messages checked ({stand.scored} scans scored, {stand.rejected} dead letters)"
        bars.update(checked, completed=stand.checked, total=stand.to_check, description=read)
        found = f"parcels decided ({stand.held} held)"
        bars.update(decided, completed=stand.decided, total=stand.to_decide, description=found)

    with bars:
        yield show


class _Lines:
    """Progress where nobody sees bars move."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def __call__(self, stand: Stand) -> None:
        from screener.cli import terminal

        if stand.seconds >= self._next_s:
            self._next_s = stand.seconds + PLAIN_EVERY_S
            terminal.note(
                f"{stand.seconds:3.0f} s: {stand.sent} parcels sent, {stand.scored} scans scored, "
                f"{stand.decided} of {stand.to_decide} decided, {stand.held} held, "
                f"{stand.rejected} dead letters"
            )


def _show(seen: Seen, config: Config, place: Path, missing: Collection[str]) -> list[str]:
    """Print the whole account; what is not there exactly once."""
    from screener.cli import cargo, terminal
    from screener.core import policy
    from screener.demo import reckoning, report

    console = terminal.results()
    ledger = seen.ledger
    reckoned = reckoning.reckon(seen.accounts, ledger)
    found = report.flagged(reckoned, ledger)
    for table in (
        report.flagged_table(found),
        report.gaps_table(reckoned),
        report.confusion_table(reckoned),
    ):
        console.print(table)
    console.print(*report.verdict_lines(reckoned), sep="\n", soft_wrap=True)
    console.print()
    console.print(report.letters_table(ledger))
    patience_s = policy.read(Path(config.decide.policy)).file.patience_s
    rates = report.throughput_lines(seen.accounts, ledger, seen.took_s, patience_s, cargo.cpus())
    console.print(report.outcomes_text(ledger), *rates, sep="\n", soft_wrap=True)
    _draw(found, ledger, config, place, console)
    complaints = list(reckoning.complaints(seen.accounts, ledger))
    complaints += [f"{name}: flagged, but not in the workstation as it should be" for name in sorted(missing)]
    console.print(_conclusion(seen, complaints), *complaints[:20], sep="\n", soft_wrap=True)
    return complaints


def _draw(found: Sequence[Reckoned], ledger: Ledger, config: Config, place: Path, console: Console) -> None:
    from screener.demo import gallery, report
    from screener.evidence.store import EvidenceStore

    exhibits = report.exhibits(found, ledger, MOST_PICTURES)
    if not exhibits:
        console.print("Picture: none, since nothing was held for its load")
        return
    gallery.draw(exhibits, EvidenceStore.open(config.evidence.url).get, place / PICTURE)
    console.print(
        f"Picture: the top {len(exhibits)} flagged scans with their maps: {_short(place / PICTURE)}"
    )


def _short(path: Path) -> str:
    """The path from here, where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _conclusion(seen: Seen, complaints: Sequence[str]) -> str:
    if complaints:
        return f"[bold red]Not all is there exactly once[/]: {len(complaints)} complaint(s)"
    malformed = sum(sent.malformed for sent in seen.accounts)
    return (
        f"[bold green]Every one of {len(seen.accounts)} parcels was decided exactly once, "
        f"and each of {malformed} malformed messages is exactly one dead letter[/]"
    )
