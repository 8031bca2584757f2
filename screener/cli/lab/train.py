"""`screener lab train` and `screener lab export`: from simulated crops to a model file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from screener.cli.lab.needs import needs_torch


@click.command()
@click.option("--run-dir", metavar="DIR", help="Where checkpoint and figures lie. Default: lab-runs/first.")
@click.option("--start", metavar="MODEL", help="Go on from this model instead of ImageNet's weights.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps of the optimiser.")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Crops a step.")
@click.option("--seed", type=click.IntRange(min=0), help="Everything is drawn from it.")
@click.option(
    "--learning-rate", type=click.FloatRange(min=0, min_open=True), metavar="RATE", help="At its highest."
)
@click.option("--crop-weight", type=click.FloatRange(min=0), metavar="W", help="Of the alarm in the loss.")
@click.option(
    "--ease-until",
    type=click.FloatRange(min=0, max=1),
    metavar="SHARE",
    help="Over this share of the run crops grow from sparse to full.",
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Processes that simulate.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads of the net.")
@click.option("--precision", type=click.Choice(["auto", "bfloat16", "float32"]), help="Of the arithmetic.")
@click.option("--device", metavar="NAME", help="PyTorch's name of the device: cpu, cuda.")
def train(**chosen: Any) -> None:
    """Train the net on simulated crops; the checkpoint's place is the result.

    A run that was cut goes on where its last checkpoint stands. What is not given here stands in
    TrainSettings (screener/lab/train.py), with its reasons.

    \b
    screener lab train --run-dir lab-runs/second --steps 5000 --workers 8
    screener lab train --run-dir lab-runs/third --start models/screener.onnx --learning-rate 6e-4
    """
    with needs_torch():
        from screener.lab import train as training
    given = {name: value for name, value in chosen.items() if value is not None}
    click.echo(training.train(replace(training.TrainSettings(), **given)))


@click.command()
@click.argument(
    "checkpoint", metavar="CHECKPOINT", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.argument("out", metavar="MODEL", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--parcels",
    type=click.IntRange(min=50),
    default=600,
    show_default=True,
    metavar="N",
    help="Simulated parcels to calibrate on.",
)
def export(checkpoint: Path, out: Path, *, parcels: int) -> None:
    """Calibrate CHECKPOINT and write it as MODEL, one ONNX file, with its card beside it.

    Its int8 twin is written too, MODEL with -int8 before its suffix: faster where the processor has
    instructions for it (VNNI), with a card and a threshold of its own.

    \b
    screener lab export lab-runs/first/checkpoint.pt models/screener.onnx
    """
    with needs_torch():
        from screener.lab import export as exporting
    for written in exporting.export(checkpoint, out, parcels):
        click.echo(written)
