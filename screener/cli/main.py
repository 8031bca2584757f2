"""The root command: settings, logging, and how errors end a command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from screener import __version__, config
from screener.cli import exits
from screener.cli.lazy import LazyGroup
from screener.errors import BadConfig, Halt, ScreenerError, Unavailable

COMMANDS = {
    "run": "screener.cli.run",
    "topics": "screener.cli.topics",
    "hub": "screener.cli.hub",
    "simulate": "screener.cli.simulate",
    "score": "screener.cli.score",
    "watch": "screener.cli.watch",
    "networks": "screener.cli.networks",
    "replay": "screener.cli.replay",
    "stats": "screener.cli.stats",
    "policy": "screener.cli.policy",
    "review": "screener.cli.review",
    "audit": "screener.cli.audit",
    "doctor": "screener.cli.doctor",
    "keys": "screener.cli.keys",
    "lists": "screener.cli.lists",
    "demo": "screener.cli.demo",
    "lab": "screener.cli.lab",
    "contracts": "screener.cli.contracts",
}
"""Command name to the module whose attribute `command` it is; imported when it is called."""


@click.command(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Settings file (TOML). Default: $SCREENER_CONFIG, else configs/screener.toml where it exists.",
)
@click.option(
    "--log",
    "log_choice",
    metavar="LOG",
    help="Which log: `kafka`, or `sqlite:PATH` for the embedded one. Goes before the settings file.",
)
@click.version_option(__version__, prog_name="screener")
@click.pass_context
def cli(ctx: click.Context, config_path: Path | None, log_choice: str | None) -> None:
    """Find likely tobacco in the X-ray scans of courier parcels, and say how much.

    \b
    Begin here:
      screener demo                     the whole way of 200 simulated parcels
      screener score scan.png           judge files, without any log
      screener doctor                   is everything in place?
    """

    # Into the environment, so that the workers which `run` starts read the same.
    if log_choice:
        os.environ["SCREENER_LOG"] = log_choice
    if config_path:
        os.environ["SCREENER_CONFIG"] = str(config_path)
    ctx.obj = config.load(config_path)


def main() -> None:
    """Run a command; our own errors end it with one line and an exit code that says what to do."""
    try:
        cli(prog_name="screener")
    except BadConfig as error:
        _end(error, exits.BAD_CONFIG)
    except Unavailable as error:
        _end(error, exits.UNAVAILABLE)
    except Halt as error:
        _end(error, exits.HALTED)
    except ScreenerError as error:
        _end(error, exits.FAILED)


def _end(error: ScreenerError, code: int) -> None:
    click.secho(f"screener: {error}", fg="red", err=True)
    sys.exit(code)
