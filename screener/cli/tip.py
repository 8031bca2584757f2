"""`screener review tip`: parcels for training, made of scans that people have cleared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING

import click

from screener.config import Config
from screener.errors import BadInput

if TYPE_CHECKING:
    from screener.cli.tipmaking import Maker

LOADS = "3 cartons,5 cartons,10 cartons,40 packs,600 loose sticks,6 kg cut tobacco"


@click.group("tip")
def command() -> None:
    """Make parcels for training: fictional loads over real scans (threat image projection).

    They are slipped in among real parcels at the rate of review.tip_rate, told right after the decision,
    counted for each person, and known to nobody else. See docs/tip.md.

    \b
    screener review tip make --count 50
    screener review tip show
    screener review tip end
    """


@command.command()
@click.option(
    "--count", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many to make."
)
@click.option("--loads", default=LOADS, show_default=True, metavar="LOAD,...", help="What to lay over.")
@click.option(
    "--clean",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    metavar="SHARE",
    help="Of them are scans as they were: without those nobody could give a false alarm.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all draws.")
@click.pass_obj
def make(config: Config, *, count: int, loads: str, clean: float, seed: int) -> None:
    """Lay loads over the scans of parcels that people at this workstation have cleared.

    Taken are closed parcels in which nothing was found or whose alert was wrong; each load is laid over every
    view, in the scanner's own colours, sharpness and noise, and the model judges the result as it would a
    real one. Numbers, times and people are made up when somebody is given one. Nothing is written to any
    topic. No parcel is used twice for the same load. Needs no PyTorch.
    """
    from screener.cli import terminal
    from screener.cli.tipmaking import Maker
    from screener.review.fiction import planning

    names = tuple(name.strip() for name in loads.split(",") if name.strip())
    with ExitStack() as stack:
        maker = Maker.opened(config, stack, seed)
        without = round(count * clean)
        with terminal.progress() as bar:
            task = bar.add_task("parcels", total=count)
            kept = 0
            for chosen, quota in ((planning.AS_IT_IS, without), (names, count - without)):
                for _ in islice(_made(maker, chosen), quota):
                    kept += 1
                    bar.advance(task)
    terminal.note(f"{kept} parcels for training made of the scans of {len(maker.sources)} that were cleared")
    if kept < count:
        terminal.note("for more of them other parcels have to be cleared first, or name other loads")


@command.command()
@click.pass_obj
def show(config: Config) -> None:
    """Say how many lie ready, and how many were answered."""
    from sqlalchemy import func, select

    from screener.cli import workstation
    from screener.review import database
    from screener.review.fiction import library
    from screener.review.fiction.tables import result

    with workstation.opened(config) as engine, database.reading(engine) as connection:
        stock = library.stock(connection)
        answered = connection.scalar(select(func.count()).select_from(result))
    click.echo(f"ready: {stock.loaded} with a load, {stock.clean} without; answered: {answered}")


@command.command()
@click.pass_obj
def end(config: Config) -> None:
    """Put away all that lie ready: nobody is given them any more. What was answered stays."""
    from datetime import UTC, datetime

    from screener.cli import workstation
    from screener.review import database
    from screener.review.fiction import library

    with workstation.opened(config) as engine, database.writing(engine) as connection:
        count = library.end(connection, workstation.console(), datetime.now(UTC))
    click.echo(f"{count} parcels for training put away")


def _made(maker: Maker, loads: Sequence[str]) -> Iterator[int]:
    """One after the other, as long as there are sources that take a load."""
    from screener.cli import terminal
    from screener.review.fiction import planning

    for source, load in planning.pairs(maker.sources, maker.used, loads, maker.seed):
        try:
            number = maker.make(source, load)
        except BadInput as error:
            terminal.note(f"{source.flagged.decision.parcel_id}: left out, {error}")
        else:
            if number is not None:
                yield number
