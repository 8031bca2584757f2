"""`screener audit`: the workstation's record of all reads and writes, shown and held against its heads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import exits
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.review.checkpoints import Published
    from screener.review.signature import PublicKey
    from screener.review.verification import Report

SHOWN_FINDINGS = 20


@click.group("audit")
def command() -> None:
    """Check and show the record of all that people read and wrote at the workstation.

    \b
    screener audit verify --public-key /safe/place/review.ed25519.pub
    screener audit show --target changsha-1/P-4711
    """


@command.command()
@click.option(
    "--public-key",
    "key_paths",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The public half of the key that signs (PEM), from where you keep a copy; once for each key that "
    "ever signed. Default: the one beside review.checkpoint_key.",
)
@click.option(
    "--from-topic/--from-database",
    "from_topic",
    default=True,
    show_default=True,
    help="Hold the record against the heads in the topic, or only against those in the database.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object.")
@click.pass_context
def verify(ctx: click.Context, *, key_paths: Sequence[Path], from_topic: bool, as_json: bool) -> None:
    """Find rows of the record that were changed, removed, put between, or cut off at the end.

    Each row holds the hash of the row before; the hash of the last one is signed each minute and published
    to the topic screener.review.checkpoints. Whoever owns the database can write all of it anew, and still
    cannot change what was published, or sign another without the key. Rows after the last published head
    are held against their own hashes only. Changes nothing. Exit code 1 if anything was found.
    """
    from screener.cli import terminal
    from screener.review import database, verification

    config: Config = ctx.obj
    keys = _keys(config, key_paths)
    published = _published(config) if from_topic else None
    engine = database.opened(config.review.database)
    try:
        if not database.is_current(engine):
            where = engine.url.render_as_string(hide_password=True)
            raise BadConfig(f"{where}: expected the tables of this version: start `screener review` once")
        with database.reading(engine) as connection:
            report = verification.verify(connection, config.review.agency, published, keys)
    finally:
        engine.dispose()
    if as_json:
        terminal.json_line(_figures(report))
    else:
        _print(report, config, key_paths, from_topic=from_topic)
    ctx.exit(exits.OK if report.ok else exits.FAILED)


@command.command()
@click.option("--who", default="", metavar="NAME", help="Of this person.")
@click.option("--what", default="", metavar="DEED", help="Of this kind, for example reveal.")
@click.option("--target", default="", metavar="TEXT", help="About what begins so: HUB/PARCEL, person:NAME.")
@click.option("--before", type=click.IntRange(min=1), metavar="N", help="Older than row N.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    metavar="N",
    help="At most N rows.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each row, one a line.")
@click.pass_obj
def show(
    config: Config, *, who: str, what: str, target: str, before: int | None, limit: int, as_json: bool
) -> None:
    """Show rows of the record, newest first. That they were read is recorded, too."""
    import msgspec

    from screener.cli import terminal, workstation
    from screener.review import database, trail

    asked = trail.Asked(who=who, what=what, target=target, before=before)
    reader, now = workstation.console(), datetime.now(UTC)
    with workstation.opened(config) as engine:
        with database.reading(engine) as connection:
            rows = trail.rows(connection, reader, config.review.agency, asked, limit=limit)
        with database.writing(engine) as connection:
            trail.recorded(connection, reader, now, asked, rows)
    if as_json:
        for row in rows:
            terminal.json_line(msgspec.to_builtins(row) | {"details": msgspec.json.decode(row.details)})
        return
    shown = [
        (str(row.n), terminal.moment(row.at), row.who, row.what, row.target, row.details) for row in rows
    ]
    columns = ["row", "at", "who", "what", "target", "details"]
    terminal.results().print(terminal.table(columns, shown, right=["row"]))


def _keys(config: Config, paths: Sequence[Path]) -> dict[str, PublicKey]:
    from screener.review.signature import PublicKey, public_path

    wanted = paths or (public_path(Path(config.review.checkpoint_key)),)
    return {key.id: key for key in map(PublicKey.read, wanted)}


def _published(config: Config) -> Published:
    from screener.cli import compose
    from screener.review import checkpoints

    with compose.open_log(config, "audit") as log:
        return checkpoints.published(log, config.review.agency)


def _print(report: Report, config: Config, key_paths: Sequence[Path], *, from_topic: bool) -> None:
    from screener.cli import terminal

    for one in report.findings[:SHOWN_FINDINGS]:
        click.echo(f"row {one.n}: {one.what}" if one.n else one.what)
    if len(report.findings) > SHOWN_FINDINGS:
        click.echo(f"and {len(report.findings) - SHOWN_FINDINGS} more: `screener audit verify --json`")
    held = "holds" if report.ok else "does NOT hold"
    until = f"to row {report.vouched}"
    if report.vouched_at is not None:
        until += f", {terminal.moment(report.vouched_at)}"
    click.echo(f"the record {held}: {report.rows} rows, signed heads {report.heads} ({until})")
    if not from_topic:
        terminal.note("held against the database alone: whoever has its key may have written it anew")
    if not key_paths:
        kept = f"the public key is that beside {config.review.checkpoint_key}"
        terminal.note(f"{kept}: a copy that the workstation cannot reach proves more (--public-key)")


def _figures(report: Report) -> dict[str, object]:
    return {
        "ok": report.ok,
        "rows": report.rows,
        "heads": report.heads,
        "vouched": report.vouched,
        "vouched_at": report.vouched_at,
        "findings": [{"n": one.n, "what": one.what} for one in report.findings],
    }
