"""`screener lab evaluate`: figures of a model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from screener.config import Config


def check_pitches(_ctx: click.Context, _param: click.Parameter, texts: Sequence[str]) -> dict[str, float]:
    """NAME=MM as a dictionary."""
    found = {}
    for text in texts:
        name, _, pitch = text.partition("=")
        if not name or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", pitch):
            raise click.BadParameter(f"expected NAME=MM like scanner-a=0.9, got {text!r}")
        found[name] = float(pitch)
    return found


@click.command()
@click.argument("model", metavar="[MODEL]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--clean",
    type=click.IntRange(min=20),
    default=400,
    show_default=True,
    metavar="N",
    help="Simulated parcels without a load.",
)
@click.option(
    "--each",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    metavar="N",
    help="Simulated parcels of each load.",
)
@click.option(
    "--scans",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Ordinary scans besides: a folder of folders, one for each scanner, none known to hold tobacco.",
)
@click.option(
    "--pitch-mm",
    type=click.FloatRange(0.02, 20),
    default=0.9,
    show_default=True,
    metavar="MM",
    help="Size of a pixel of those scans.",
)
@click.option(
    "--pitch",
    "pitches",
    multiple=True,
    metavar="NAME=MM",
    callback=check_pitches,
    help="Size of a pixel in the folder NAME; give it again for more.",
)
@click.option("--record", is_flag=True, help="Write the figures into the model's card.")
@click.pass_obj
def evaluate(
    config: Config,
    *,
    model: Path | None,
    clean: int,
    each: int,
    scans: Path | None,
    pitch_mm: float,
    pitches: Mapping[str, float],
    record: bool,
) -> None:
    """Measure MODEL on simulated parcels that it has never seen, and on ordinary scans.

    Recall at fixed false alarm rates, how far the amounts are off, and how ordinary scans score. Without
    MODEL, the one of the settings. Needs no PyTorch.

    \b
    screener lab evaluate models/screener.onnx
    screener lab evaluate --scans real-scans/ --pitch scanner-a=0.9 --record
    """
    from screener.lab import evaluate as evaluating

    ordinary = None if scans is None else evaluating.Scans(scans, pitch_mm, pitches)
    chosen = model or Path(config.score.model)
    for figures in evaluating.evaluate(chosen, clean, each, ordinary, record):
        _show(figures)


def _show(figures: Mapping[str, Any]) -> None:
    from screener.cli import terminal

    click.echo(f"\n{figures['set']} (n = {figures['n']})")
    for note in figures.get("notes", []):
        click.echo(note)
    columns = list(figures["table"][0])
    rows = [[str(row[column]) for column in columns] for row in figures["table"]]
    terminal.results().print(terminal.table(columns, rows, right=columns[1:]))
