"""`screener simulate`: courier hubs' traffic, with all that goes wrong in it; or a recording of some."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from screener.cli.topics import check_hub_names
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.cli.cargo import Run, ScanFile
    from screener.cli.timetable import Timetable
    from screener.hub.parcel import TrafficParcel
    from screener.hub.profile import Profile
    from screener.hub.traffic import Departure
    from screener.stream.port import Log

SHARE = click.FloatRange(0, 1)

PER_HOUR = 1200.0
"""Parcels an hour that a hub scans in the mean, where nobody says: one scanner, well used."""

OF_A_REPLAY = frozenset({"replay_from", "hubs", "speed", "start", "prefix", "create_topics"})
"""The options that a replay has; all others speak of parcels that are made."""


def _start(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    """A time; UTC where it does not say."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected 2026-11-30T06:00+08:00, got {text!r}") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


def _prefix(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str | None:
    """The beginning of an id, short enough to leave room for one."""
    if text is not None and not (0 < len(text) <= 20 and text.isascii() and text.replace("-", "0").isalnum()):
        raise click.BadParameter(f"expected 1 to 20 letters, digits or -, got {text!r}")
    return text


@click.command("simulate")
@click.option(
    "--hub",
    "hubs",
    multiple=True,
    metavar="NAME",
    callback=check_hub_names,
    help="The hub that sends; give it again for more. Default: h1; of a replay, the hub that was recorded.",
)
@click.option(
    "--parcels",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many parcels of all hubs. Default: 100; with --hours or --scans, all there are.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**31 - 1),
    default=1,
    show_default=True,
    help="Everything is drawn from it; ids and times carry the time of the start besides.",
)
@click.option(
    "--start",
    metavar="TIME",
    callback=_start,
    help="The time at which the play begins, and its hour of the day. Default: now, in UTC.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="Parcels a second of all hubs together; 0 is as fast as they can be made.",
)
@click.option(
    "--profile",
    metavar="DAY",
    help="Each hub's day, in place of --rate: `day` (three shifts with peaks), `flat`, or a file with 24 "
    "lines HOUR,PARCELS. Parcels come by chance within the hour.",
)
@click.option(
    "--per-hour",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help=f"Scale the profile to a mean of N parcels an hour. Default: {PER_HOUR:g}; a file as it is.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    metavar="H",
    help="With --profile: play so many hours of the day.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    help="With --profile or --replay-from: so many times faster; 60 plays an hour in a minute.",
)
@click.option(
    "--pool",
    type=click.IntRange(min=1),
    metavar="N",
    help="Make N parcels once (with --scans: read N images) and send them again and again under new ids.",
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
@click.option(
    "--tips",
    type=SHARE,
    default=0.0,
    help="Share with a load laid over a clean parcel's scan (threat image projection); --truth alone tells.",
)
@click.option(
    "--rings",
    type=SHARE,
    default=0.0,
    help="Share sent by rings: many parcels within the limit, to the same person under several names.",
)
@click.option(
    "--ring-size",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    metavar="N",
    help="Parcels of one ring at each hub, in the mean.",
)
@click.option(
    "--rescans", type=SHARE, default=0.0, help="Share scanned once more later, as it lay or turned."
)
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
    "--replay-from",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Play what `screener hub record` has recorded, in its own time, as new parcels; needs its key.",
)
@click.option(
    "--prefix",
    metavar="TEXT",
    callback=_prefix,
    help="With --replay-from: what all ids then begin with. Default: R, the second of the start, and a dash.",
)
@click.option(
    "--create-topics/--no-create-topics", default=False, help="Make the topics that are missing first."
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    hubs: Sequence[str],
    parcels: int | None,
    seed: int,
    start: datetime | None,
    rate: float,
    profile: str | None,
    per_hour: float | None,
    hours: float | None,
    speed: float,
    pool: int | None,
    scans: Path | None,
    pitch_mm: float,
    over: float,
    tips: float,
    rings: float,
    ring_size: int,
    rescans: float,
    duplicates: float,
    late: float,
    late_by: int,
    missing: float,
    corrupt: float,
    no_barcode: float,
    truth: Path | None,
    replay_from: Path | None,
    prefix: str | None,
    create_topics: bool,
) -> None:
    """Send courier hubs' traffic: simulated parcels, the images of a folder, or a recording.

    Each parcel is a manifest (made-up people, plausible goods) and one or two scans. At most one mishap
    befalls a parcel, so the shares from --rescans to --no-barcode may sum to 1 at most; so may --over and
    --tips with the 0.08 that hold a little. Messages are published outside of transactions, as a hub would.
    The same seed, start and options send the same bytes. --truth tells everything that was sent.

    A replay's parcels are new ones: ids get a prefix, times are moved. Sped up, it meets the same
    patience of the policy in less time.

    \b
    screener simulate --create-topics --parcels 50
    screener simulate --hub east --rate 5 --late 0.05 --missing 0.02 --corrupt 0.02 --truth truth.jsonl
    screener simulate --scans scans/ --pitch-mm 0.75
    screener simulate --hub east --hub west --profile day --speed 60 --hours 24 --pool 200
    screener simulate --rate 40 --parcels 24000 --pool 100 --rings 0.1 --tips 0.02 --truth truth.jsonl
    screener hub record east --since 1h --out east.rec
    screener simulate --replay-from east.rec --hub test --speed 10 --create-topics
    """
    from screener.cli import cargo
    from screener.hub.rings import Rings
    from screener.hub.traffic import Mix, traffic

    config: Config = ctx.obj
    began = start or datetime.now(UTC)
    if replay_from is not None:
        _refuse_others(ctx)
        _replay(config, replay_from, hubs, prefix, began, speed, create_topics)
        return
    if prefix is not None:
        raise click.UsageError("--prefix belongs to --replay-from")
    if tips and scans is not None:
        raise click.UsageError("--tips is for simulated parcels; `screener lab insert` lays loads over files")
    day = _profile(profile, per_hour, rate=rate, hours=hours, speed=speed)
    runs = [
        cargo.Run(hub, seed, began, rate, over, place, tips, Rings(rings, ring_size))
        for place, hub in enumerate(dict.fromkeys(hubs) or ("h1",))
    ]
    cargo.check_shares(runs[0])
    pace = Pace(runs, rate, day, speed, hours, parcels)
    mix = Mix(duplicates, late, missing, corrupt, no_barcode, late_by, rescans, pace.step_s)

    def play() -> Play:
        made, table, count = _made(pace, pool, scans, pitch_mm)
        return Play(traffic(made, mix, seed), table.due_s, count)

    _send(config, [run.hub for run in runs], play, truth, create_topics)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast which hubs send, and how many parcels at most."""

    runs: Sequence[Run]
    rate: float
    day: Profile | None
    speed: float
    hours: float | None
    most: int | None

    @property
    def step_s(self) -> float:
        """From parcel to parcel, in the mean."""
        if self.day is not None:
            return 3600 / (self.day.mean * len(self.runs) * self.speed)
        return 1 / self.rate if self.rate else 0.0

    def timetable(self, default: int | None) -> Timetable:
        from screener.cli.timetable import Timetable, by_profile, steady

        if self.day is None:
            return Timetable(steady(self.runs, self.rate), self.most or default)
        slots = by_profile(self.runs, self.day, self.speed, self.hours)
        return Timetable(slots, self.most or (default if self.hours is None else None))


@dataclass(frozen=True, slots=True)
class Play:
    """What leaves, when each step is due, and how many parcels there will be where that is known."""

    departures: Iterable[Departure]
    due_s: Callable[[int], float]
    count: int | None = None


def _made(
    pace: Pace, pool: int | None, scans: Path | None, pitch_mm: float
) -> tuple[Iterator[TrafficParcel], Timetable, int | None]:
    """The parcels in order, their timetable, and how many they are where that is known."""
    from screener.cli import cargo

    files = [] if scans is None else cargo.files_in(scans)
    most = 100 if scans is None else len(files)
    if scans is not None and pool is None:
        pace = replace(pace, most=min(most, pace.most or most))
    table = pace.timetable(most)
    count = pace.most or (most if pace.hours is None else None)
    return _parcels(pace, table, pool, files, pitch_mm), table, count


def _parcels(
    pace: Pace, table: Timetable, pool: int | None, files: Sequence[ScanFile], pitch_mm: float
) -> Iterator[TrafficParcel]:
    from screener.cli import cargo
    from screener.cli.pool import drawn_parcels, filed_pool, painted_pool

    if pool is not None:
        stocks = filed_pool(files[:pool], pitch_mm) if files else painted_pool(pace.runs[0], pool)
        return drawn_parcels(table, stocks)
    return cargo.filed_parcels(table, files, pitch_mm) if files else cargo.painted_parcels(table)


def _profile(
    name: str | None, per_hour: float | None, *, rate: float, hours: float | None, speed: float
) -> Profile | None:
    """The day of each hub; None where none is asked for."""
    from screener.hub import profile

    if name is None:
        if per_hour is not None or hours is not None or speed != 1:
            raise click.UsageError("--per-hour, --hours and --speed belong to --profile")
        return None
    if rate:
        raise click.UsageError("expected --rate or --profile, got both")
    if name in profile.NAMED:
        return profile.NAMED[name].scaled(per_hour or PER_HOUR)
    if not Path(name).is_file():
        raise click.BadParameter(f"expected day, flat or a file, got {name!r}", param_hint="--profile")
    day = profile.read(Path(name))
    return day if per_hour is None else day.scaled(per_hour)


def _refuse_others(ctx: click.Context) -> None:
    given = [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name not in OF_A_REPLAY
        and ctx.get_parameter_source(parameter.name or "") is ParameterSource.COMMANDLINE
    ]
    if given:
        raise click.UsageError(f"{', '.join(given)}: a replay sends what was recorded, no other parcels")


def _replay(  # noqa: PLR0917 (the options of a replay, in their order)
    config: Config,
    path: Path,
    hubs: Sequence[str],
    prefix: str | None,
    start: datetime,
    speed: float,
    create_topics: bool,
) -> None:
    from screener.cli import compose, terminal
    from screener.hub.recording import tape
    from screener.hub.recording.replaying import Replay

    if len(hubs) > 1:
        raise click.UsageError("a recording is of one hub: expected --hub once at most")
    label, messages = tape.read(path, compose.open_keys(config))
    hub = hubs[0] if hubs else label.hub
    replay = Replay(label.hub, hub, prefix or f"R{int(start.timestamp()):x}-", start, speed)
    length = (label.until - label.since) / timedelta(seconds=speed)
    terminal.note(f"{path}: hub {label.hub} from {terminal.moment(label.since)}, {length:.0f} s to play")
    _send(config, [hub], lambda: Play(replay.departures(messages), replay.due_s), None, create_topics)
    terminal.note(f"hub {hub}: all ids begin with {replay.prefix}")


def _send(
    config: Config, hubs: Sequence[str], play: Callable[[], Play], truth: Path | None, create_topics: bool
) -> None:
    """Send a play, which is made once the log is there: a pool may take minutes to paint."""
    from screener.cli import compose, terminal
    from screener.hub.dispatch import dispatch

    with ExitStack() as stack:
        log = stack.enter_context(compose.open_log(config))
        _require_topics(log, config, hubs, create_topics)
        made = play()
        told = Told(_truth_file(stack, truth), stack.enter_context(_bar(made.count)))
        publisher = stack.enter_context(log.publisher())
        began_s = time.monotonic()
        dispatch(publisher, made.departures, due_s=made.due_s, told=told)
    took_s = time.monotonic() - began_s
    who = f"hub{'s' if len(hubs) > 1 else ''} {', '.join(hubs)}"
    what = (
        f"{told.parcels} parcels in {told.messages} messages" if told.parcels else f"{told.messages} messages"
    )
    per_min = f"{(told.parcels or told.messages) / max(took_s, 1e-3) * 60:.0f} a minute"
    terminal.note(
        f"{compose.describe_log(config)}: {who} sent {what}, "
        f"{told.malformed} of them malformed, in {took_s:.1f} s ({per_min})"
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


def _require_topics(log: Log, config: Config, hubs: Sequence[str], create: bool) -> None:
    """Raises `BadConfig` unless the hubs' topics are there, or may be made."""
    from screener.cli.topics import wanted
    from screener.stages import topology

    existing = log.topics()
    if create:
        log.create(wanted(existing, config.log, hubs))
        return
    for hub in hubs:
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
def _bar(count: int | None) -> Iterator[Callable[[], None]]:
    """A progress bar of `count` steps, if that is known; what it gives moves it by one."""
    from screener.cli import terminal

    with terminal.progress() as progress:
        task = progress.add_task("parcels sent", total=count)
        yield lambda: progress.advance(task)
