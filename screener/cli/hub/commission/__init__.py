"""`screener hub commission`: one guided run for a new scanner, from its scans to its place in service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from screener.config import Config

FILE = click.Path(path_type=Path, exists=True, dir_okay=False, resolve_path=True)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False, resolve_path=True)


@click.command("commission")
@click.option("--hub", metavar="NAME", help="The hub that the scanner stands in.")
@click.option("--scanner", metavar="NAME", help="The scanner, as its scans name it.")
@click.option(
    "--scans", type=FOLDER, metavar="DIR", help="300 or more ordinary scans of it; 30 are the least."
)
@click.option(
    "--pitch-mm",
    type=click.FloatRange(0.02, 20),
    metavar="MM",
    help="Size of a pixel, where the folder's truth.jsonl does not say it.  [default: 0.75]",
)
@click.option(
    "--outcomes",
    type=FILE,
    metavar="FILE",
    help='Opened parcels, one a line: {"file": NAME, "load": LOAD}; LOAD `clean` if nothing was found.',
)
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    metavar="DIR",
    help="Where the run lives, so that it goes on where it was left. Default: data/commission/HUB.SCANNER.",
)
@click.option(
    "--model", type=FILE, metavar="FILE", help="What to begin from. Default: score.model of the settings."
)
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False, resolve_path=True),
    metavar="DIR",
    help="Where the scanner's model is put. Default: the folder of score.model.",
)
@click.option(
    "--threshold-only/--adapt", default=None, help="Keep the model, set its threshold for this scanner."
)
@click.option(
    "--minutes", type=click.FloatRange(0.01, 600), metavar="N", help="Of fine-tuning.  [default: 20]"
)
@click.option(
    "--bank",
    type=FOLDER,
    metavar="DIR",
    help="Painted sprites of a training run. Default: a small bank is painted.",
)
@click.option(
    "--each",
    type=click.IntRange(min=1),
    metavar="N",
    help="Held-out scans that every kind of load is laid over, at most.  [default: 40]",
)
@click.option(
    "--false-alarms",
    type=click.FloatRange(0, 0.5),
    metavar="RATE",
    help="The share of ordinary scans that may alarm. Default: it is asked for; 0.01 with --yes.",
)
@click.option(
    "--parcels-a-day",
    type=click.IntRange(min=1),
    metavar="N",
    help="What passes this scanner, so that alarms a day can be told.  [default: 20000]",
)
@click.option("--views", type=click.IntRange(min=1), metavar="N", help="Scans of each parcel.  [default: 1]")
@click.option("--seed", type=click.IntRange(min=0), help="Of all draws.  [default: 0]")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Threads of the net, and processes that lay loads over scans.  [default: 2]",
)
@click.option(
    "--despite", metavar="REASON", help="Go on although the check finds errors; stands in the report."
)
@click.option("--replace", is_flag=True, help="The scanner was commissioned before: put this in its place.")
@click.option(
    "--until",
    type=click.Choice(["check", "reference", "adaptation", "measured", "threshold", "report", "service"]),
    default="service",
    show_default=True,
    help="Stop after this step.",
)
@click.option("--yes", is_flag=True, help="Ask nothing: take what the options say, or the defaults.")
@click.pass_obj
def command(
    config: Config, /, *, run_dir: Path | None, until: str, yes: bool, replace: bool, **given: Any
) -> None:
    """Commission a scanner: its ordinary scans in, a threshold, a report and its settings out.

    Seven steps: the scans are checked, what they look like is kept for drift, the model is adapted to them
    (with the lab extra; without it only a threshold is set), what it finds is measured on loads laid over
    scans, you choose a false alarm rate, a report is written to be signed, and the scanner goes into
    service. Each step is kept in the run folder: the same command, or --run-dir alone, goes on where it was
    left. Answers that were given once need not be given again.

    Ends with exit code 1 where the scans have errors or the model measures worse than the one it would
    replace; nothing goes into service then.

    \b
    screener hub commission --hub east --scanner xr-2 --scans scans/xr-2 --pitch-mm 0.9
    screener hub commission --run-dir data/commission/east.xr-2
    screener hub commission --hub east --scanner xr-2 --scans scans/xr-2 --false-alarms 0.005 --yes
    """
    from screener.cli.hub.commission.answers import wanted
    from screener.cli.hub.commission.guide import Guide

    asked, folder = wanted(given, run_dir, config, yes=yes)
    Guide(asked, config, folder, until=until, yes=yes, replace=replace).go()
