"""`screener topics`: create, check and list the topics of the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from screener.cli import exits
from screener.cli.grants import check_principals, grant_parts
from screener.config import Config, LogSettings

if TYPE_CHECKING:
    from screener.stream.port import Log, Partition, TopicSpec

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def check_hub_names(_ctx: click.Context, _param: click.Parameter, names: Sequence[str]) -> Sequence[str]:
    """The names, if each can be the last part of a topic."""
    from screener.contracts.wire import HubName

    for name in names:
        try:
            msgspec.convert(name, HubName)
        except msgspec.ValidationError:
            wanted = "a letter or digit, then up to 63 letters, digits, _ or -"
            raise click.BadParameter(f"expected {wanted}, got {name!r}") from None
    return names


def hubs_option(text: str) -> Callable[[Decorated], Decorated]:
    """`--hub NAME`, any number of times; `text` is its help."""
    return click.option("--hub", "hubs", multiple=True, metavar="NAME", callback=check_hub_names, help=text)


@click.group("topics")
def command() -> None:
    """Create, check and list the topics of the log.

    Each courier hub has three topics of its own: it writes `parcels.manifests.HUB` and
    `parcels.scans.HUB`, and reads `parcels.verdicts.HUB`. All other topics exist once.

    \b
    screener topics create --hub east --hub north
    screener topics check
    """


@command.command()
@hubs_option("A courier hub to make topics for; give it again for more hubs.")
@click.option(
    "--partitions",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Partitions of each topic. Default: log.partitions and log.hub_partitions of the settings.",
)
@click.option("--acls", is_flag=True, help="Grant each part of Screener its least rights: docs/rights.md.")
@click.option(
    "--principal",
    "principals",
    multiple=True,
    metavar="PART=User:NAME",
    callback=check_principals,
    help="Who a part is, where it is not `User:screener.PART`; give it again for more parts.",
)
@click.option(
    "--passwords",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Make a SCRAM-SHA-512 user for each part that has none, its password in the file DIR/PART.",
)
@click.pass_obj
def create(
    config: Config,
    hubs: Sequence[str],
    partitions: int | None,
    *,
    acls: bool,
    principals: dict[str, str],
    passwords: Path | None,
) -> None:
    """Create the topics that are missing; those that exist are left alone.

    Names every topic that it made. A topic that exists with another number of partitions is refused
    (exit code 78) and nothing is created: state lies by partition, so that number never changes. A hub on
    a cluster with rights is better let in by `screener hub add`.

    \b
    screener topics create --hub east         Screener's topics and one hub's
    screener topics create --hub north        later: one more hub
    screener topics create --acls --passwords secrets/kafka
    screener --log sqlite:log.db topics create --hub east
    """
    from screener.cli import compose, terminal

    settings = _with_partitions(config.log, partitions)
    with compose.open_log(config) as log:
        existing = log.topics()
        specs = wanted(existing, settings, hubs)
        log.create(specs)
    made = [spec for spec in specs if spec.name not in existing]
    for spec in made:
        click.echo(f"created {spec.name} ({spec.partitions} partitions)")
    terminal.note(f"{compose.describe_log(config)}: {len(made)} created, {len(specs) - len(made)} were there")
    if settings != config.log:
        terminal.note(
            f"set log.partitions and log.hub_partitions to {partitions} in the settings file: "
            "workers check what is there against them"
        )
    if acls:
        grant_parts(config, principals, passwords)
    elif principals or passwords:
        raise click.UsageError("--principal and --passwords belong to --acls")


@command.command()
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: `ok`, and `problems` with `topic` and `text`."
)
@click.pass_context
def check(ctx: click.Context, as_json: bool) -> None:
    """Say what must be mended before workers start.

    Ends with exit code 0 if every topic is as it must be, and with 1 if not.

    \b
    screener topics check && screener run
    """
    from screener.cli import compose, terminal
    from screener.stages import topology

    config: Config = ctx.obj
    with compose.open_log(config) as log:
        found = topology.problems(log, config.log)
        count = len(log.topics())
    if as_json:
        listed = [{"topic": problem.topic, "text": problem.text} for problem in found]
        terminal.json_line({"ok": not found, "problems": listed})
    elif found:
        terminal.results().print(
            terminal.table(["topic", "what to do"], [(problem.topic, problem.text) for problem in found])
        )
    else:
        click.echo(f"{compose.describe_log(config)}: all {count} topics are as they must be")
    ctx.exit(exits.FAILED if found else exits.OK)


@command.command("list")
@click.option("--records", is_flag=True, help="Count the offsets that each topic holds, which takes a while.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each topic, one a line.")
@click.pass_obj
def list_(config: Config, records: bool, as_json: bool) -> None:
    """List the topics of the log: partitions, how long records are kept, and how many there are.

    \b
    screener topics list --records
    """
    from screener.cli import compose, terminal

    with compose.open_log(config) as log:
        rows = [_row(log, name, count, records) for name, count in sorted(log.topics().items())]
    if as_json:
        for row in rows:
            terminal.json_line(row)
        return
    columns = ["topic", "partitions", "kept", *(["records"] if records else [])]
    cells = [[_shown(row, column) for column in columns] for row in rows]
    terminal.results().print(terminal.table(columns, cells, right=("partitions", "kept", "records")))


@command.command()
@click.argument("stage", required=False, type=click.Choice(["decide", "tally", "network", "drift"]))
@click.option("--since", metavar="TIME", help="Where it begins: a time, or 90m, 2h, 7d ago. Default: all.")
@click.option("--yes", is_flag=True, help="Do it; without this it only says what it would do.")
@click.pass_obj
def anew(config: Config, stage: str | None, since: str | None, *, yes: bool) -> None:
    """Let a stage forget all and do its work again; without STAGE make anew all that lies by partition.

    Stop the stage's workers first: while its group has members nothing is done (exit code 78). STAGE loses
    its state and reads what its input still holds from --since on: [decide] then decides parcels anew, and
    hubs get verdicts again with revision 1. Without STAGE, evidence, sightings, looks and the states of
    [decide], [tally] and [drift] are deleted and made again with log.partitions of the settings: for another
    number of partitions, once everything is drained (docs/operations.md).

    \b
    screener topics anew tally --since 7d --yes
    screener topics anew --yes
    """
    from screener.cli.hub.opened import open_administration
    from screener.cli.replay import parse_since
    from screener.stages import anew as beginning

    at = parse_since(click.get_current_context(), click.Option(["--since"]), since)
    if stage is None and at is not None:
        raise click.UsageError("--since belongs to a STAGE")
    names = beginning.BY_PARCEL if stage is None else (beginning.WORKS[stage].state,)
    for name in names:
        click.echo(f"{'deleted and made anew' if yes else 'would delete and make anew'}: {name}")
    if not yes:
        return
    with open_administration(config) as opened:
        if stage is None:
            beginning.repartition(opened.log, opened.administration, config.log)
            return

        def begin(place: Partition) -> int:
            time_ms = None if at is None else round(at.timestamp() * 1000)
            return opened.log.start(place) if time_ms is None else opened.administration.since(place, time_ms)

        for place, offset in beginning.begin(
            opened.log, opened.administration, config.log, stage, begin
        ).items():
            click.echo(f"{place} is read from {offset} on")


def wanted(existing: Mapping[str, int], settings: LogSettings, hubs: Sequence[str]) -> list[TopicSpec]:
    """Screener's own topics, those of the named hubs, and what other hubs of the log still lack."""
    from screener.stages import topology

    others = [hub for hub in topology.hubs_in(existing) if hub not in hubs]
    missing = [
        spec for hub in others for spec in topology.hub_specs(hub, settings) if spec.name not in existing
    ]
    named = [spec for hub in dict.fromkeys(hubs) for spec in topology.hub_specs(hub, settings)]
    own = topology.internal_specs(settings)
    kept = [spec for spec in own if spec.name not in existing or spec.name not in topology.FREE]
    return [*kept, *named, *missing]


def _with_partitions(settings: LogSettings, partitions: int | None) -> LogSettings:
    if partitions is None:
        return settings
    return msgspec.structs.replace(settings, partitions=partitions, hub_partitions=partitions)


def _row(log: Log, name: str, partitions: int, records: bool) -> dict[str, object]:
    from screener.stream.port import Partition

    spec = log.describe(name)
    row: dict[str, object] = {
        "topic": name,
        "partitions": partitions,
        "compacted": spec is not None and spec.compacted,
        "retention_ms": None if spec is None else spec.retention_ms,
    }
    if records:
        places = [Partition(name, number) for number in range(partitions)]
        row["records"] = sum(log.end(place) - log.start(place) for place in places)
    return row


def _shown(row: Mapping[str, object], column: str) -> str:
    if column != "kept":
        return str(row[column])
    if row["compacted"]:
        return "last of each key"
    return "for ever" if row["retention_ms"] is None else _duration(int(str(row["retention_ms"])))


def _duration(milliseconds: int) -> str:
    hours = milliseconds / 3_600_000
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} h"
