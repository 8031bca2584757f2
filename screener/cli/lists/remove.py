"""`screener lists remove`: entries that count no more."""

from __future__ import annotations

from collections.abc import Sequence

import click

from screener.cli import exits
from screener.cli.lists.entering import KINDS
from screener.cli.lists.opened import open_lists


@click.command("remove")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.pass_context
def remove(ctx: click.Context, kind: str, ids: Sequence[str]) -> None:
    """Remove entries by their ids, as `screener lists show` tells them.

    Decisions that were made stay: a parcel that is held stays held until a human clears it. Ends with exit
    code 1 if an id is on no list; the others are removed all the same.
    """
    from screener.core import entering
    from screener.core.entries import topic_of_kind
    from screener.stages.lists import read_whole, removal

    topic = topic_of_kind(entering.KINDS[kind])
    with open_lists(ctx.obj) as log:
        there = read_whole(log, entering.KINDS[kind])
        found = [one for one in dict.fromkeys(ids) if one in there]
        with log.publisher() as publisher:
            publisher.publish([removal(topic, one) for one in found])
    for one in found:
        click.echo(f"removed {one} from {topic}")
    unknown = [one for one in ids if one not in there]
    for one in unknown:
        click.echo(f"{one}: not on {topic}", err=True)
    ctx.exit(exits.FAILED if unknown else exits.OK)
