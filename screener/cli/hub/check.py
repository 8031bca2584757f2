"""`screener hub check`: what is wrong or doubtful in what a hub sends, and how to mend it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from screener.cli import exits
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from rich.table import Table

    from screener.hub.check.facts import Stretch
    from screener.hub.check.report import Report
    from screener.hub.check.witness import Witness
    from screener.stream.port import Log, Partition, Record

POLL_S = 1.0
TOLD_EVERY_S = 5.0


def _hub_name(ctx: click.Context, param: click.Parameter, name: str | None) -> str | None:
    from screener.cli.topics import check_hub_names

    return None if name is None else check_hub_names(ctx, param, [name])[0]


@click.command("check")
@click.option("--hub", metavar="NAME", callback=_hub_name, help="Read this hub's topics.")
@click.option(
    "--folder",
    "settings_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="SETTINGS",
    help="Read files instead, as `screener hub publish --settings SETTINGS` would; nothing is moved or sent.",
)
@click.option(
    "--last",
    type=click.IntRange(min=1, max=200_000),
    default=10_000,
    show_default=True,
    metavar="N",
    help="So many messages of each topic, the latest; images with --folder.",
)
@click.option(
    "--since",
    "since_min",
    type=click.FloatRange(min=0),
    metavar="MINUTES",
    help="Of these, what came in the last so many minutes.",
)
@click.option("--follow", is_flag=True, help="Watch what comes from now on; Ctrl-C ends it with the report.")
@click.option(
    "--images",
    type=click.IntRange(min=4),
    default=200,
    show_default=True,
    metavar="N",
    help="Look at so many images of each scanner at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--html",
    "html_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the report with sample scans as one HTML file. It shows no names.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    hub: str | None,
    settings_path: Path | None,
    last: int,
    since_min: float | None,
    follow: bool,
    images: int,
    as_json: bool,
    html_path: Path | None,
) -> None:
    """Say what is wrong or doubtful in what a hub sends, and how to mend it.

    Reads the topics outside of any group, so it disturbs nobody. All rules are in docs/checks.md. The exit
    code is 0 if the hub is ready, 1 if it is not.

    \b
    screener hub check --hub east
    screener hub check --hub east --follow
    screener hub check --hub east --since 60 --html report.html
    screener hub check --folder gateway.toml
    """
    from screener.evidence.references import References
    from screener.hub.check.lens import Lens
    from screener.hub.check.report import report
    from screener.hub.check.witness import Turns, Witness

    config: Config = ctx.obj
    if (hub is None) == (settings_path is None):
        raise click.UsageError("expected --hub or --folder, one of the two")
    limits = config.score.images
    with Lens(limits) as lens:
        witness = Witness(hub or "", lens.look, References(limits).fetch, Turns(images))
        if settings_path is not None:
            _read_files(settings_path, witness, last)
        elif follow:
            _follow(config, witness)
        else:
            _read_topics(config, witness, last, since_min)
    stretch = witness.stretch(timed=settings_path is None)
    found = report(stretch)
    if html_path is not None:
        _write_html(html_path, found, stretch, witness)
    _print(found, as_json=as_json)
    ctx.exit(exits.OK if found.ready else exits.FAILED)


def _read_files(path: Path, witness: Witness, most: int) -> None:
    from screener.config import read_toml
    from screener.hub.check.files import read_folder
    from screener.hub.folder.settings import FolderSettings, check

    settings = check(read_toml(path, FolderSettings))
    witness.hub = settings.hub
    read_folder(settings, witness, most)


def _read_topics(config: Config, witness: Witness, last: int, since_min: float | None) -> None:
    from screener.cli import compose

    since = None if since_min is None else datetime.now(UTC) - timedelta(minutes=since_min)
    with compose.open_log(config) as log:
        for partition, start, end in _stretches(log, _topics(log, witness.hub), last):
            witness.read(_since(log.read(partition, start, end), since))


def _since(records: Iterator[Record], since: datetime | None) -> Iterator[Record]:
    first_ms = 0 if since is None else since.timestamp() * 1000
    return (record for record in records if record.timestamp_ms >= first_ms)


def _topics(log: Log, hub: str) -> Mapping[str, int]:
    """The hub's input topics and their partitions. Raises `BadConfig` where one is missing."""
    from screener.contracts import topics

    existing = log.topics()
    wanted = (topics.manifests(hub), topics.scans(hub))
    if missing := [name for name in wanted if name not in existing]:
        raise BadConfig(f"hub {hub}: {', '.join(missing)} missing; `screener hub add {hub}` makes them")
    return {name: existing[name] for name in wanted}


def _stretches(log: Log, topics: Mapping[str, int], last: int) -> Iterator[tuple[Partition, int, int]]:
    """The last so many offsets of each topic, in equal parts from its partitions."""
    from screener.stream.port import Partition

    for topic, count in topics.items():
        for number in range(count):
            partition = Partition(topic, number)
            end = log.end(partition)
            yield partition, max(log.start(partition), end - -(-last // count)), end


def _follow(config: Config, witness: Witness) -> None:
    """Take in what comes, and tell of each new kind of finding once, until Ctrl-C."""
    from screener.cli import compose, terminal

    told: set[str] = set()
    with compose.open_log(config) as log:
        names = tuple(_topics(log, witness.hub))
        with log.follow(names, from_start=False) as follower, suppress(KeyboardInterrupt):
            terminal.note(f"watching {', '.join(names)} on {compose.describe_log(config)}; Ctrl-C ends it")
            next_s = time.monotonic() + TOLD_EVERY_S
            while True:
                witness.read(follower.poll(POLL_S))
                if time.monotonic() >= next_s:
                    _tell_new(witness, told)
                    next_s = time.monotonic() + TOLD_EVERY_S


def _tell_new(witness: Witness, told: set[str]) -> None:
    from screener.cli import terminal
    from screener.hub.check.report import report

    found = report(witness.stretch())
    for finding in found.findings:
        if finding.code not in told:
            told.add(finding.code)
            text = f"{finding.level.value}: {finding.code}: {finding.says} {finding.figures} {finding.mend}"
            terminal.notes().print(text, style="red" if finding.level.value == "wrong" else "yellow")
    terminal.note(f"{found.summary.manifests} manifests, {found.summary.scans} scans so far")


def _write_html(path: Path, found: Report, stretch: Stretch, witness: Witness) -> None:
    from screener.cli import terminal
    from screener.hub.check.page import html

    path.write_text(html(found, stretch, witness.thumbnails, datetime.now(UTC)))
    terminal.note(f"wrote {path}")


def _print(found: Report, *, as_json: bool) -> None:
    from screener.cli import terminal

    if as_json:
        click.echo(msgspec.json.encode(found))
        return
    console = terminal.results()
    console.print(_summary(found))
    if found.findings:
        console.print(_table(found))
    console.print(_verdict(found), style="bold green" if found.ready else "bold red")


def _summary(found: Report) -> str:
    summary = found.summary
    rate = f", {summary.parcels_a_minute:.1f} passes a minute" if summary.parcels_a_minute else ""
    return (
        f"hub {summary.hub}: {summary.manifests} manifests, {summary.scans} scans of "
        f"{len(summary.scanners)} scanner(s), {summary.refused} refused, {summary.paired} of "
        f"{summary.parcels} parcels with both, {summary.looked} images looked at{rate}"
    )


def _table(found: Report) -> Table:
    from rich.text import Text

    from screener.cli import terminal

    rows = [
        (
            Text(finding.level.value, style="red" if finding.level.value == "wrong" else "yellow"),
            finding.code,
            f"{finding.count}/{finding.of}",
            f"{finding.about + ': ' if finding.about else ''}{finding.says} {finding.figures}".strip(),
            finding.mend,
            "\n".join(map(str, finding.examples)),
        )
        for finding in found.findings
    ]
    return terminal.table(("level", "finding", "count", "what", "how to mend", "for example"), rows)


def _verdict(found: Report) -> str:
    if found.ready:
        return f"ready{', with doubts' if found.findings else ''}"
    few = "" if found.findings else ": ten manifests and ten scans at least are needed to say so"
    return f"not ready{few}"
