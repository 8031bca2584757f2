"""`screener review model`: offer an adapted model to those who switch it on."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from screener.config import Config


@click.group("model")
def command() -> None:
    """Offer adapted models; a supervisor sees what would have changed, and switches one on.

    \b
    screener review model offer xray-3.onnx --hub east --scanner xray-3 --by ann
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--hub", required=True, metavar="NAME", help="The hub that the scanner stands in.")
@click.option("--scanner", required=True, metavar="NAME", help="The scanner, as its scans name it.")
@click.option(
    "--by",
    required=True,
    metavar="NAME",
    help="The supervisor who offers it; another one has to switch it on.",
)
@click.pass_obj
def offer(config: Config, *, file: Path, hub: str, scanner: str, by: str) -> None:
    """Offer FILE with its card for a scanner.

    It is checked against its card and run once in a process of its own. The running workstation then scores
    the scans of the last month with it, and shows what would have changed at /models.
    """
    from screener.cli import compose, workstation
    from screener.review.feedback import offers
    from screener.review.feedback.views import Place

    with ExitStack() as stack:
        service = compose.open_review(config, stack)
        who = workstation.account(service.engine, by)
        told_by = workstation.console().name
        number = offers.offer(service, who, Place(hub, scanner), file, told_by=told_by)
    click.echo(f"offer {number}: see /models/{number} in the workstation")
