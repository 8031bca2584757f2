"""`screener review feedback`: what people found, with its scans, as a training set."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from screener.config import Config

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group("feedback")
def command() -> None:
    """Make training sets of scans whose parcels people have cleared or found something in.

    \b
    screener review feedback export --hub east --scanner xray-3 --by ann --out sets/xray-3
    screener lab adapt --scans sets/xray-3/scans --outcomes sets/xray-3/outcomes.jsonl --out xray-3.onnx
    """


@command.command()
@click.option("--hub", required=True, metavar="NAME", help="The hub that the scanner stands in.")
@click.option("--scanner", required=True, metavar="NAME", help="The scanner, as its scans name it.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="An empty folder, or one where an export was cut.",
)
@click.option(
    "--by", required=True, metavar="NAME", help="The supervisor for whom it is made: only what he may see."
)
@click.option("--since", type=DAY, metavar="DAY", help="First day of arrival, in UTC. Default: a year ago.")
@click.option("--until", type=DAY, metavar="DAY", help="The day after the last, in UTC. Default: today.")
@click.pass_obj
def export(
    config: Config,
    *,
    hub: str,
    scanner: str,
    out: Path,
    by: str,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write the scans of a scanner's parcels with what is known of them, as `screener lab adapt` reads them.

    In it are parcels in which something was found, opened ones with nothing in them, and those let go since
    the alert was wrong; none for training, nothing personal, no parcel ids. Each scan's SHA-256 is checked.
    The same command goes on where it was cut. The manifest says of each scan why it was selected.
    """
    from screener.cli import compose, terminal, workstation
    from screener.review.feedback import export as exporting
    from screener.review.feedback.export import Wanted
    from screener.review.feedback.views import Place

    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    last = until.replace(tzinfo=UTC) if until else day
    first = since.replace(tzinfo=UTC) if since else last - timedelta(days=365)
    if first >= last:
        raise click.UsageError("expected --since before --until")
    with ExitStack() as stack:
        service = compose.open_review(config, stack)
        who = workstation.account(service.engine, by)
        wanted = Wanted(Place(hub, scanner), first, last)
        with terminal.progress() as bar:
            task = bar.add_task("parcels", total=None)
            done = exporting.export(
                service, who, wanted, out, lambda count: bar.update(task, completed=count)
            )
    for name, count in sorted(done.scans.items()):
        click.echo(f"{name}: {count}")
    for name, count in sorted(done.left_out.items()):
        terminal.note(f"left out, {name}: {count}")
    click.echo(f"{out / exporting.MANIFEST}: SHA-256 {done.digest}")
