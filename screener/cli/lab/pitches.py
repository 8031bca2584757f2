"""The options that say how large the pixels of given scans are."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click

Command = Callable[..., Any]


def pitch_options(usual: str) -> Callable[[Command], Command]:
    """`--pitch-mm` with the help `usual`, and `--pitch NAME=MM` for single folders."""
    of_all = click.option(
        "--pitch-mm",
        type=click.FloatRange(0.02, 20),
        default=0.9,
        show_default=True,
        metavar="MM",
        help=usual,
    )
    of_one = click.option(
        "--pitch",
        "pitches",
        multiple=True,
        metavar="NAME=MM",
        callback=check_pitches,
        help="Size of a pixel in the folder NAME; give it again for more.",
    )
    return lambda command: of_all(of_one(command))


def check_pitches(_ctx: click.Context, _param: click.Parameter, texts: Sequence[str]) -> dict[str, float]:
    """NAME=MM as a dictionary."""
    found = {}
    for text in texts:
        name, _, pitch = text.partition("=")
        if not name or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", pitch):
            raise click.BadParameter(f"expected NAME=MM like scanner-a=0.9, got {text!r}")
        found[name] = float(pitch)
    return found
