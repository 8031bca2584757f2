"""`screener contracts`: the documents of the contract, written from the code."""

from __future__ import annotations

from pathlib import Path

import click

from screener.cli import exits
from screener.errors import BadConfig

LANDMARK = "asyncapi.json"
"""A folder that has it is one that was written before."""


@click.command("contracts")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--check", is_flag=True, help="Write nothing; name what is out of date and end with exit code 1."
)
@click.pass_context
def command(ctx: click.Context, folder: Path, *, check: bool) -> None:
    """Write the documents of the contract into DIR, and name those that changed.

    JSON Schemas of all messages and of their headers, one AsyncAPI 3 document, and a page for people:
    what a courier hub needs to send parcels, made from the very code that checks them. A folder that
    holds other things is refused (exit code 78).

    \b
    screener contracts docs/contracts
    screener contracts docs/contracts --check
    """
    from screener.contracts import documents

    _check_folder(folder)
    changed = documents.stale(folder) if check else documents.write(folder)
    for name in changed:
        click.echo(folder / name)
    ctx.exit(exits.FAILED if check and changed else exits.OK)


def _check_folder(folder: Path) -> None:
    """Documents of kinds that are no more are removed, so the folder has to be theirs alone."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LANDMARK).exists():
        raise BadConfig(
            f"{folder}: expected an empty folder, or one with {LANDMARK}, got one with other files"
        )
