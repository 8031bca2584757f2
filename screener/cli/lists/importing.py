"""`screener lists import`: a whole list from a CSV file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import exits
from screener.cli.lists.entering import KINDS
from screener.cli.lists.opened import open_lists
from screener.config import Config
from screener.errors import BadConfig, BadInput

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.core.table import Line
    from screener.sealing.ring import KeyRing
    from screener.stream.port import Log, Message

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file changes of a list: entries by their ids, and how many stay as they are."""

    added: Mapping[str, Entry]
    changed: Mapping[str, Entry]
    removed: tuple[str, ...]
    unchanged: int


@click.command("import")
@click.argument("which", type=click.Choice([f"{kind}s" for kind in KINDS]))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE.csv")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--replace", is_flag=True, help="Remove what is on the list and not in the file.")
@click.option(
    "--encoding", default="utf-8", show_default=True, help="Of the file; Chinese tables are often gb18030."
)
@click.pass_context
def import_(
    ctx: click.Context, which: str, file: Path, *, dry_run: bool, replace: bool, encoding: str
) -> None:
    """Take a whole list from a CSV file; what is there already and equal is not written again.

    The first line names the columns: id; phone, address (of tips and licences also waybill, of tips also
    name and building), at least one of them in each line; of tips source and reference, of senders grade
    and business, of licences sticks, grams and e_cigarettes (yes or no); expires. Line shop-17 becomes the
    entries shop-17.phone and shop-17.address.

    A line that is wrong is told by its number and why, nothing of it is written, the others are taken, and
    the exit code is 1. With such lines --replace removes nothing.

    \b
    screener lists import senders senders.csv --dry-run
    screener lists import senders senders.csv --replace
    """
    from screener.cli import compose, terminal
    from screener.core import entering

    config: Config = ctx.obj
    kind = entering.KINDS[which.removesuffix("s")]
    lines = _read(file, encoding, kind, compose.open_keys(config))
    wrong = [line for line in lines if line.wrong is not None]
    for line in wrong:
        click.echo(f"{file}:{line.number}: {line.wrong}", err=True)
    with open_lists(config) as log:
        plan = _plan(log, lines, kind, replace=replace and not wrong)
        if not dry_run:
            _publish(log, kind, plan)
    would = "would be " if dry_run else ""
    click.echo(
        f"{which}: {len(lines) - len(wrong):,} lines taken, {len(wrong):,} refused; {would}"
        f"{len(plan.added):,} added, {len(plan.changed):,} changed, {len(plan.removed):,} removed, "
        f"{plan.unchanged:,} as they were"
    )
    if replace and wrong:
        terminal.note("nothing was removed: mend the lines that were refused, and import again")
    ctx.exit(exits.FAILED if wrong else exits.OK)


def _read(file: Path, encoding: str, kind: type[Entry], ring: KeyRing) -> list[Line]:
    from screener.cli import terminal
    from screener.core import table

    try:
        rows = list(table.rows(io.StringIO(_text(file, encoding), newline=""), kind))
    except BadInput as error:
        raise BadConfig(f"{file}: {error.detail}") from None
    with terminal.progress() as progress:
        lines = table.lines(rows, table.Reading(kind, ring, datetime.now(UTC)))
        return list(progress.track(lines, total=len(rows), description="reading"))


def _text(file: Path, encoding: str) -> str:
    """What is in the file. Raises `BadConfig`."""
    try:
        return file.read_bytes().decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except LookupError:
        raise BadConfig(f"--encoding: expected one that Python knows, got {encoding!r}") from None
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{file}: expected {encoding}, got other bytes from {error.start} on; try --encoding gb18030"
        ) from None


def _plan(log: Log, lines: Sequence[Line], kind: type[Entry], *, replace: bool) -> Plan:
    """`replace`: whatever the file does not have is removed; else only what its lines no longer say."""
    from screener.core.entries import alike, id_of
    from screener.stages.lists import read_whole

    there: Mapping[str, Entry] = read_whole(log, kind)
    wanted = {id_of(entry): entry for line in lines for entry in line.entries}
    spoken_of = {one for line in lines for one in line.spoken_of(kind)}
    added = {one: entry for one, entry in wanted.items() if one not in there}
    differing = {one: entry for one, entry in wanted.items() if one in there and not alike(entry, there[one])}
    removed = [one for one in there if one not in wanted and (replace or one in spoken_of)]
    return Plan(added, differing, tuple(removed), len(wanted) - len(added) - len(differing))


def _publish(log: Log, kind: type[Entry], plan: Plan) -> None:
    from screener.cli import terminal
    from screener.core.entries import topic_of_kind
    from screener.stages.lists import entry_message, removal

    topic = topic_of_kind(kind)
    written = (*plan.added.values(), *plan.changed.values())
    messages: list[Message] = [entry_message(entry) for entry in written]
    messages += [removal(topic, one) for one in plan.removed]
    with log.publisher() as publisher, terminal.progress() as progress:
        starts = range(0, len(messages), BATCH)
        for start in progress.track(starts, total=len(starts), description="writing, thousands"):
            publisher.publish(messages[start : start + BATCH])
