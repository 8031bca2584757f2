"""`screener lab`: simulate scans, train a model on them, export it, measure it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.lab.simulator import SimulatedParcel

INSTALL = (
    "pip install 'screener[lab]'; PyTorch's own package index has a build for the CPU alone, "
    "which is many times smaller"
)


@click.group("lab")
def command() -> None:
    """Simulate scans, train a model on them, export it, measure it.

    Nothing here is needed to run Screener. Training and export need PyTorch and more:
    pip install 'screener[lab]'.

    \b
    screener lab simulate scans/ --count 20
    screener lab train
    screener lab export lab-runs/first/checkpoint.pt models/screener.onnx
    screener lab evaluate models/screener.onnx --record
    """
    import rich

    rich.reconfigure(stderr=True)  # the lab's progress bars; results go to stdout


@command.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--count",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many parcels.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the first parcel; the next has the next.",
)
@click.option(
    "--load",
    metavar="LOAD",
    help="What every parcel holds: clean, legal, over, or `5 cartons`, `10 packs`, `200 loose sticks`, "
    "`1 kg cut tobacco`, `10 e-cigarettes`. Default: drawn, mostly clean.",
)
def simulate(folder: Path, *, count: int, seed: int, load: str | None) -> None:
    """Write scans of simulated parcels into DIR, and what they truly hold into DIR/truth.jsonl.

    The same seed and load give the same bytes. Needs no PyTorch.

    \b
    screener lab simulate scans/ --load "5 cartons" --count 3
    screener score scans/ --pitch-mm 1
    """
    import msgspec

    from screener.cli import terminal
    from screener.lab.simulator import simulate_parcel

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "truth.jsonl").open("wb") as truth, terminal.progress() as bar:
            for number in bar.track(range(seed, seed + count), description="parcels"):
                for line in _written(folder, number, simulate_parcel(number, load)):
                    truth.write(msgspec.json.encode(line) + b"\n")
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); name another folder") from error
    terminal.note(f"{count} parcels in {folder}, the truth in {folder / 'truth.jsonl'}")


@command.command()
@click.option("--run-dir", metavar="DIR", help="Where checkpoint and figures lie. Default: lab-runs/first.")
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="Steps of the optimiser.")
@click.option("--batch", type=click.IntRange(min=1), metavar="N", help="Crops a step.")
@click.option("--seed", type=click.IntRange(min=0), help="Everything is drawn from it.")
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
    """
    with needs_torch():
        from screener.lab import train as training
    given = {name: value for name, value in chosen.items() if value is not None}
    click.echo(training.train(replace(training.TrainSettings(), **given)))


@command.command()
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

    \b
    screener lab export lab-runs/first/checkpoint.pt models/screener.onnx
    """
    with needs_torch():
        from screener.lab import export as exporting
    click.echo(exporting.export(checkpoint, out, parcels))


def check_pitches(_ctx: click.Context, _param: click.Parameter, texts: Sequence[str]) -> dict[str, float]:
    """NAME=MM as a dictionary."""
    found = {}
    for text in texts:
        name, _, pitch = text.partition("=")
        if not name or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", pitch):
            raise click.BadParameter(f"expected NAME=MM like scanner-a=0.9, got {text!r}")
        found[name] = float(pitch)
    return found


@command.command()
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


@contextmanager
def needs_torch() -> Iterator[None]:
    """Raises `BadConfig` with what to install where the lab's libraries are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] == "screener":
            raise
        raise BadConfig(f"the lab needs {error.name}, which is not installed: {INSTALL}") from error


def _written(folder: Path, seed: int, parcel: SimulatedParcel) -> Iterator[dict[str, object]]:
    """Write the parcel's scans; what is true of each."""
    for view, scan in enumerate(parcel.scans, start=1):
        content, kind = scan.encode()
        name = f"{seed:06}-{view}.{kind.removeprefix('image/')}"
        (folder / name).write_bytes(content)
        yield {
            "file": name,
            "seed": seed,
            "view": view,
            "energy": scan.energy,
            "pitch_across_mm": scan.pitch_across_mm,
            "pitch_along_mm": scan.pitch_along_mm,
            "load": parcel.truth.kind,
            "sticks": parcel.truth.sticks,
            "tobacco_g": parcel.truth.tobacco_g,
            "e_cigarettes": parcel.truth.e_cigarettes,
        }


def _show(figures: Mapping[str, Any]) -> None:
    from screener.cli import terminal

    click.echo(f"\n{figures['set']} (n = {figures['n']})")
    for note in figures.get("notes", []):
        click.echo(note)
    columns = list(figures["table"][0])
    rows = [[str(row[column]) for column in columns] for row in figures["table"]]
    terminal.results().print(terminal.table(columns, rows, right=columns[1:]))
