"""`screener simulate`: a courier hub's traffic, with all that goes wrong in it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.topics import check_hub_names
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.cli.cargo import Run
    from screener.hub.parcel import TrafficParcel
    from screener.hub.traffic import Departure
    from screener.stream.port import Log

SHARE = click.FloatRange(0, 1)


def _hub_name(ctx: click.Context, param: click.Parameter, name: str) -> str:
    return check_hub_names(ctx, param, [name])[0]


@click.command("simulate")
@click.option(
    "--hub", default="h1", show_default=True, metavar="NAME", callback=_hub_name, help="The hub that sends."
)
@click.option(
    "--parcels",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many parcels. Default: 100; with --scans, all of its images.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Everything is drawn from it; parcel ids carry the time of the start besides.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Parcels a second; 0 is as fast as they can be made.",
)
@click.option(
    "--scans",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Send the images in this folder and below (JPEG, PNG, TIFF), one parcel each, not simulated ones.",
)
@click.option(
    "--pitch-mm",
    type=click.FloatRange(0.03, 4.0),
    default=0.75,
    show_default=True,
    help="Size of a pixel of those images on the object.",
)
@click.option("--over", type=SHARE, default=0.05, show_default=True, help="Share of parcels over the limit.")
@click.option("--duplicates", type=SHARE, default=0.0, help="Share with one message sent twice.")
@click.option("--late", type=SHARE, default=0.0, help="Share whose scan or manifest comes late.")
@click.option(
    "--late-by",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    metavar="N",
    help="Late and second messages come up to N parcels later.",
)
@click.option("--missing", type=SHARE, default=0.0, help="Share whose scan or manifest never comes.")
@click.option("--corrupt", type=SHARE, default=0.0, help="Share with one message that breaks the contract.")
@click.option("--no-barcode", type=SHARE, default=0.0, help="Share whose scan names no parcel.")
@click.option(
    "--truth",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write one JSON line a parcel: what it holds, what was sent of it, what befell it.",
)
@click.option(
    "--create-topics/--no-create-topics", default=False, help="Make the topics that are missing first."
)
@click.pass_obj
def command(
    config: Config,
    *,
    hub: str,
    parcels: int | None,
    seed: int,
    rate: float,
    scans: Path | None,
    pitch_mm: float,
    over: float,
    duplicates: float,
    late: float,
    late_by: int,
    missing: float,
    corrupt: float,
    no_barcode: float,
    truth: Path | None,
    create_topics: bool,
) -> None:
    """Send a courier hub's traffic: simulated parcels, or the images of a folder.

    Each parcel is a manifest (made-up people, plausible goods) and one or two scans. At most one mishap
    befalls a parcel, so the shares may sum to 1 at most. Messages are published outside of
    transactions, as a hub would.

    \b
    screener simulate --create-topics --parcels 50
    screener simulate --hub east --rate 5 --late 0.05 --missing 0.02 --corrupt 0.02 --truth truth.jsonl
    screener simulate --scans scans/ --pitch-mm 0.75
    """
    from screener.cli import cargo, compose, terminal
    from screener.hub.dispatch import dispatch
    from screener.hub.traffic import Mix, traffic

    mix = Mix(duplicates, late, missing, corrupt, no_barcode, late_by)
    run = cargo.Run(hub, seed, datetime.now(UTC), rate, over)
    with ExitStack() as stack:
        count, source = _source(run, parcels, scans, pitch_mm)
        log = stack.enter_context(compose.open_log(config))
        _require_topics(log, config, hub, create_topics)
        told = Told(_truth_file(stack, truth), stack.enter_context(_bar(count)))
        publisher = stack.enter_context(log.publisher())
        began_s = time.monotonic()
        dispatch(publisher, traffic(source, mix, seed), rate=rate, told=told)
    took_s = time.monotonic() - began_s
    terminal.note(
        f"{compose.describe_log(config)}: hub {hub} sent {told.parcels} parcels in {told.messages} messages, "
        f"{told.malformed} of them malformed, in {took_s:.1f} s"
    )


class Told:
    """Is told of departures once they are durable: counts them, writes the truth, moves the bar."""

    def __init__(self, write: Callable[[bytes], object], advance: Callable[[], None]) -> None:
        self._write = write
        self._advance = advance
        self.parcels = self.messages = self.malformed = 0

    def __call__(self, departure: Departure) -> None:
        from screener.hub.sent import line

        self.messages += len(departure.messages)
        if departure.sent is not None:
            self.parcels += 1
            self.malformed += departure.sent.malformed
            self._write(line(departure.sent))
            self._advance()


def _source(
    run: Run, parcels: int | None, scans: Path | None, pitch_mm: float
) -> tuple[int, Iterator[TrafficParcel]]:
    """How many parcels there are, and the parcels."""
    from screener.cli import cargo

    if scans is None:
        count = parcels or 100
        return count, cargo.simulated_parcels(run, count)
    files = cargo.files_in(scans)[:parcels]
    return len(files), cargo.parcels_of_files(run, files, pitch_mm)


def _require_topics(log: Log, config: Config, hub: str, create: bool) -> None:
    """Raises `BadConfig` unless the hub's topics are there, or may be made."""
    from screener.cli.topics import wanted
    from screener.stages import topology

    existing = log.topics()
    if create:
        log.create(wanted(existing, config.log, [hub]))
        return
    missing = [spec.name for spec in topology.hub_specs(hub, config.log) if spec.name not in existing]
    if missing:
        raise BadConfig(
            f"hub {hub}: {', '.join(missing)} missing; `screener topics create --hub {hub}`, "
            "or `screener simulate --create-topics`"
        )


def _truth_file(stack: ExitStack, path: Path | None) -> Callable[[bytes], object]:
    if path is None:
        return lambda _: None
    return stack.enter_context(path.open("wb")).write


@contextmanager
def _bar(count: int) -> Iterator[Callable[[], None]]:
    """A progress bar of `count` steps; what it gives moves it by one."""
    from screener.cli import terminal

    with terminal.progress() as progress:
        task = progress.add_task("parcels sent", total=count)
        yield lambda: progress.advance(task)
