"""`screener hub token`: a bearer token for the HTTP gateway."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("token")
@click.argument("hub")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="Where its hash is added; the token itself is kept nowhere.",
)
@click.option("--note", help="Whose it is, for those who read the file.")
def command(hub: str, token_file: Path, note: str | None) -> None:
    """Make a token by which HUB's systems come in at `screener hub serve`, and print it once.

    A hub may have several: give out a new one, then remove the block of the old one from the file. A
    running gateway sees both within seconds.

    \b
    screener hub token east --token-file tokens.toml --note "sorter, hall 3"
    """
    from screener.cli.topics import check_hub_names
    from screener.hub.http import tokens

    check_hub_names(click.get_current_context(), command.params[0], [hub])
    click.echo(tokens.add(token_file, hub, note))
