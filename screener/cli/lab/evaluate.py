"""`screener lab evaluate`: figures of a model."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.lab.pitches import pitch_options
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.lab.evaluation import Case, Section
    from screener.lab.evaluation.scoring import Result


@click.command()
@click.argument("model", metavar="[MODEL]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--scans",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Scans with their truth in DIR/truth.jsonl, or a folder of such folders, one for each scanner. "
    "Scans without a truth file count as clean.",
)
@click.option(
    "--simulated",
    "parcels",
    type=click.IntRange(min=20),
    metavar="N",
    help="N simulated parcels instead, every second of them clean. Default without --scans: 800.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="OUT_DIR",
    help="Write report.html and figures.json into OUT_DIR, and keep the scores there: a run that was cut "
    "goes on where it stood.",
)
@click.option(
    "--name", metavar="TEXT", help="What report and card call the set. Default: from the folder or N."
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that score. Default: one for each core.",
)
@pitch_options("Size of a pixel of scans without a truth file.")
@click.option("--record", is_flag=True, help="Write the compact figures into the model's card.")
@click.pass_obj
def evaluate(
    config: Config,
    *,
    model: Path | None,
    scans: Path | None,
    parcels: int | None,
    report: Path | None,
    name: str | None,
    workers: int | None,
    pitch_mm: float,
    pitches: Mapping[str, float],
    record: bool,
) -> None:
    """Measure MODEL on scans whose truth is known, or on simulated parcels that it has never seen.

    Recall at fixed false alarm rates by load, amount, concealment and scanner, with one threshold and with
    one for each scanner; false alarms; how far the amounts are off; calibration; the worst misses and
    false alarms as pictures; and how sure the set lets one be. Intervals are over sources, since scans of
    one bag are not independent. Without MODEL, the one of the settings. Needs no PyTorch.

    \b
    screener lab evaluate --scans scans/ --report out/
    screener lab evaluate models/screener.onnx --simulated 5000 --report out/ --record
    screener lab evaluate --scans real-scans/ --pitch scanner-a=0.9
    """
    from screener.cli import terminal
    from screener.lab import evaluation

    if scans is not None and parcels is not None:
        raise click.UsageError("--scans and --simulated are two sets: measure one after the other")
    count = parcels or 800
    cases: Sequence[Case] = (
        evaluation.simulated(count)
        if scans is None
        else evaluation.folder_cases(scans, evaluation.Pitches(pitch_mm, pitches))
    )
    chosen = model or Path(config.score.model)
    with terminal.progress() as bar:

        def watch(results: Iterable[Result]) -> Iterable[Result]:
            return bar.track(results, total=len(cases), description="scans")

        done = evaluation.evaluate(
            chosen,
            cases,
            name or (f"{count} simulated parcels" if scans is None else scans.resolve().name),
            _command(scans, count, pitch_mm, pitches),
            workers=workers or os.cpu_count() or 1,
            kept=None if report is None else _made(report) / evaluation.SCORES,
            watch=watch,
        )
    for section in evaluation.sections(done):
        _show(section)
    if report is not None:
        terminal.note(f"the report: {evaluation.write_report(report, done, cases, chosen)}")
    if record:
        evaluation.record(chosen, done)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); name another: --report") from error
    return folder


def _command(scans: Path | None, count: int, pitch_mm: float, pitches: Mapping[str, float]) -> str:
    """What measures the set again, without the places of this machine."""
    if scans is None:
        return f"screener lab evaluate --simulated {count}"
    named = "".join(f" --pitch {name}={pitch:g}" for name, pitch in pitches.items())
    return f"screener lab evaluate --scans DIR --pitch-mm {pitch_mm:g}{named}"


def _show(section: Section) -> None:
    from screener.cli import terminal

    click.echo(f"\n{section.title} (n = {section.count})")
    for note in section.notes:
        click.echo(note)
    columns = list(section.rows[0])
    rows = [list(row.values()) for row in section.rows]
    terminal.results().print(terminal.table(columns, rows, right=columns[1:]))
