"""`screener hub remove`: a hub is let go, and no parcel of it lost without a word."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from screener.cli import exits
from screener.cli.hub.opened import check_hub_name
from screener.config import Config

if TYPE_CHECKING:
    from screener.cli.hub.opened import Opened
    from screener.hub.admission.departure import Departure
    from screener.stages.undecided import Undecided
    from screener.stream.port import Log

LOOK_S = 2.0


@click.command("remove")
@click.argument("hub", metavar="NAME", callback=check_hub_name)
@click.option("--wait", "wait_s", default=0.0, metavar="SECONDS", help="Wait so long for what is undecided.")
@click.option("--delete-topics", is_flag=True, help="Delete its topics too, with all that lies in them.")
@click.option(
    "--abandon-undecided", is_flag=True, help="Delete even what has no decision yet: it never gets one."
)
@click.option(
    "--before-retention", is_flag=True, help="Delete verdicts that the hub was promised for longer."
)
@click.option("--dry-run", is_flag=True, help="Show what there is, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    hub: str,
    wait_s: float,
    delete_topics: bool,
    abandon_undecided: bool,
    before_retention: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Let a courier hub go: its rights and password end at once, its topics stay until you say so.

    Then shows what of it has no decision yet, and waits for it where it is told to. `--delete-topics` asks
    for the hub's name, and refuses (exit code 1) while anything is undecided or a verdict is younger than
    its retention: a hub's waiting parcels are decided as long as its topics are there.

    \b
    screener hub remove east --dry-run
    screener hub remove east --wait 600
    screener hub remove east --delete-topics     days later
    """
    from screener.cli import terminal
    from screener.cli.hub.opened import open_administration
    from screener.hub.admission import departure as leave

    config: Config = ctx.obj
    with open_administration(config) as opened:
        leaving = leave.departure(opened.log, opened.access, hub)
        if leaving.is_gone:
            terminal.note(f"nothing is there of {hub}")
            return
        _show(leaving)
        if opened.why_open is not None:
            terminal.note(f"no rights to take: {opened.why_open}")
        if not dry_run:
            _shut(opened, leaving, yes=yes)
        left = _left(opened.log, hub, 0.0 if dry_run else wait_s)
        click.echo(f"undecided: {left}")
        if not delete_topics or dry_run:
            return
        if refusals := _refusals(left, leaving, abandon=abandon_undecided, early=before_retention):
            for refusal in refusals:
                click.secho(f"topics stay: {refusal}", err=True)
            ctx.exit(exits.FAILED)
        _delete(opened, leaving, yes=yes)


def _show(leaving: Departure) -> None:
    from screener.cli import terminal

    rows = [
        *(("user", name, "its password ends") for name in leaving.users),
        *(
            ("right", f"{g.right.resource} {g.right.shown}", f"{g.principal} may {g.right.operation} no more")
            for g in leaving.grants
        ),
        *(("topic", name, "stays until it is deleted") for name in leaving.topics),
    ]
    terminal.results().print(terminal.table(["what", "name", "how"], rows))


def _shut(opened: Opened, leaving: Departure, *, yes: bool) -> None:
    from screener.cli import terminal
    from screener.hub.admission import departure as leave

    if opened.access is None or not (leaving.grants or leaving.users):
        return
    if not yes:
        click.confirm(f"End the rights of {leaving.hub}?", abort=True, err=True)
    leave.shut(opened.access, leaving)
    terminal.note(f"{leaving.hub} sends and reads nothing any more")


def _left(log: Log, hub: str, wait_s: float) -> Undecided:
    """What has no decision when the waiting is over."""
    from screener.cli import terminal
    from screener.stages.undecided import undecided

    deadline_s = time.monotonic() + wait_s
    with terminal.notes().status("looking for what is undecided") as status:
        while True:
            left = undecided(log, hub)
            if left.nothing or time.monotonic() >= deadline_s:
                return left
            status.update(f"waiting: {left}")
            time.sleep(min(LOOK_S, max(0.0, deadline_s - time.monotonic())))


def _refusals(left: Undecided, leaving: Departure, *, abandon: bool, early: bool) -> list[str]:
    """Why the topics are not deleted."""
    from screener.cli.terminal import moment

    refusals = []
    if not left.nothing and not abandon:
        refusals.append(f"{left}; wait, or lose them with --abandon-undecided")
    end = leaving.verdicts_end
    if end is not None and end > datetime.now(UTC) and not early:
        refusals.append(f"the last verdict is kept until {moment(end)}; or --before-retention")
    return refusals


def _delete(opened: Opened, leaving: Departure, *, yes: bool) -> None:
    if not yes:
        typed = click.prompt(f"Type {leaving.hub} to delete {len(leaving.topics)} topics for good", err=True)
        if typed != leaving.hub:
            raise click.Abort
    opened.administration.delete(leaving.topics)
    for name in leaving.topics:
        click.echo(f"deleted {name}")
