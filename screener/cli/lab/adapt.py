"""`screener lab adapt`: a model made at home on one scanner."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from screener.cli.lab.needs import needs_torch
from screener.config import Config

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--scans",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="100 to 500 ordinary scans of one scanner; 30 are accepted.",
)
@click.option("--out", required=True, type=FILE, metavar="FILE", help="The adapted model, FILE.onnx.")
@click.option("--model", type=FILE, metavar="FILE", help="What to start from. Default: that of the settings.")
@click.option(
    "--outcomes",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help='Opened parcels, one a line: {"file": NAME, "load": LOAD}; LOAD `clean` if nothing was found.',
)
@click.option(
    "--pitch-mm",
    type=click.FloatRange(0.02, 20),
    default=0.75,
    show_default=True,
    metavar="MM",
    help="Size of a pixel, where the folder's truth.jsonl does not say it.",
)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 0.5),
    default=0.01,
    show_default=True,
    metavar="RATE",
    help="The share of ordinary scans that may reach the threshold.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(0.01, 600),
    default=20.0,
    show_default=True,
    metavar="N",
    help="Of fine-tuning; measuring takes some more.",
)
@click.option(
    "--bank",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Painted sprites of a training run. Default: a small bank is painted, a minute or two.",
)
@click.option(
    "--each",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    metavar="N",
    help="Held-out scans that every kind of load is laid over in a fold, at most.",
)
@click.option("--threshold-only", is_flag=True, help="Keep the model, set its threshold for this scanner.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all draws.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    metavar="N",
    help="Threads of the net, and processes that lay loads over scans.",
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the run lives, so that it goes on after a cut. Default: beside FILE, FILE.run.",
)
@click.pass_obj
def adapt(config: Config, /, *, out: Path, model: Path | None, run_dir: Path | None, **chosen: Any) -> None:
    """Adapt a model to one scanner: its ordinary scans in, FILE.onnx with card and threshold out.

    Simulated loads are laid over the scans; the model learns from a part of them and is measured on the
    others, before and after. It is refused, with nothing written, where it measures no better. A run that
    was cut goes on with the same command. Look at the pictures in FILE.pictures.

    \b
    screener lab adapt --scans scanner-a/ --pitch-mm 0.9 --out models/scanner-a.onnx
    """
    with needs_torch():
        from screener.lab.adaptation.commission import adapt as adapting
        from screener.lab.adaptation.settings import AdaptSettings
    settings = AdaptSettings(
        out=out,
        model=model or Path(config.score.model),
        run_dir=run_dir or out.with_suffix(".run"),
        **chosen,
    )
    click.echo(adapting(settings))
