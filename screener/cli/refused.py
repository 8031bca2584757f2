"""`screener review refused`: messages that the workstation could not read."""

from __future__ import annotations

from contextlib import ExitStack

import click

from screener.cli import exits
from screener.config import Config


@click.command("refused")
@click.option("--again", is_flag=True, help="Take them again, as after an upgrade that can read them.")
@click.pass_context
def command(ctx: click.Context, *, again: bool) -> None:
    """Show the messages that the workstation could not read, each with its place in the log and why.

    A flagged parcel among them is one that nobody looks at. With --again those that can be read now are
    taken in and leave the list; what the log no longer has stays on it. The exit code is 1 while any is left.

    \b
    screener review refused
    screener review refused --again
    """
    from screener.cli import compose, terminal
    from screener.review import database, refusals
    from screener.review.background import kept

    config: Config = ctx.obj
    with ExitStack() as stack:
        service = compose.open_review(config, stack)
        with database.reading(service.engine) as connection:
            left = refusals.listed(connection)
        if again:
            log = stack.enter_context(compose.open_log(config, "review"))
            taken = [one for one in left if refusals.again(service, log, one, kept)]
            click.echo(f"{len(taken)} of {len(left)} taken")
            left = tuple(one for one in left if one not in taken)
    rows = [(str(one.partition), str(one.offset), terminal.moment(one.at), one.why) for one in left]
    terminal.results().print(terminal.table(["where", "offset", "since", "why"], rows, right=["offset"]))
    ctx.exit(exits.FAILED if left else exits.OK)
