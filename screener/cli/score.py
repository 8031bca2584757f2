"""`screener score`: files and folders judged by the model, without any log."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import exits
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from screener.contracts.wire import Estimate
    from screener.scoring.offline import ScoredFile


@click.command("score")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option(
    "--jsonl", is_flag=True, help="One JSON object for each scan, one a line, as soon as it is scored."
)
@click.option(
    "--pitch-mm",
    type=click.FloatRange(0.02, 20),
    metavar="MM",
    help="Size of a pixel on the object, in mm. Default: 0.75.",
)
@click.option(
    "--energy",
    type=click.Choice(["single", "dual"]),
    help="What the pixels mean. Default: told from the image; colour and pairs are dual, grey is single.",
)
@click.option(
    "--model",
    "model_path",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="ONNX file of the model, its card beside it. Default: score.model of the settings.",
)
@click.option(
    "--maps",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write a picture of each scan with the model's findings laid over it into DIR.",
)
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: Sequence[Path],
    jsonl: bool,
    pitch_mm: float | None,
    energy: str | None,
    model_path: Path | None,
    maps: Path | None,
) -> None:
    """Judge scans in files and folders, without any log.

    PATH is an image (JPEG, PNG, TIFF) or a folder, which is searched for images at any depth. Images are
    decoded in a process of its own with bounds on bytes, pixels, memory and time. The pixel pitch
    matters: a wrong one shrinks or swells every cigarette, so give it where you know it.

    With --jsonl, an object has `path`, `alarm` (0 to 1, what thresholds apply to), `p` {`cigarettes`,
    `loose_tobacco`, `e_cigarettes`}, `sticks` {`low`, `mid`, `high`}, `tobacco_g` {the same}, `flag` and
    `model`; or `path` and `error`.

    Ends with exit code 0, with 1 if no file at all could be read, with 78 if the model is not in order.

    \b
    screener score scan.png
    screener score scans/ --pitch-mm 0.9 --maps maps/
    screener score scans/ --jsonl | jq 'select(.flag) | .path'
    """
    from screener.cli import terminal
    from screener.scoring import offline

    _check_maps(maps, paths)
    if pitch_mm is None:
        terminal.note(f"no --pitch-mm: taking {offline.DEFAULT_PITCH_MM} mm a pixel")
    files = list(offline.image_files(paths))
    if not files:
        terminal.note(f"no JPEG, PNG or TIFF in {', '.join(map(str, paths))}")
    rows = []
    read = 0
    with (
        _scorer(ctx.obj, files, pitch_mm, energy, model_path) as scored,
        terminal.progress(lines=jsonl) as bar,
    ):
        for one in bar.track(scored, total=len(files), description="scans"):
            read += one.error is None
            rows.append(_row(one))
            if jsonl:
                terminal.json_line(one.to_json_object())
            if maps is not None:
                _draw(one, _map_path(one.path, files, maps))
    if not jsonl and rows:
        terminal.results().print(_table(rows, with_errors=read < len(files)))
    terminal.note(f"{read} of {len(files)} scans judged" + (f"; pictures in {maps}" if maps and read else ""))
    ctx.exit(exits.OK if read else exits.FAILED)


COLUMNS = ("scan", "", "alarm", "cigarettes", "loose tobacco", "e-cigarettes", "sticks", "tobacco g", "error")


@contextmanager
def _scorer(
    config: Config, files: Sequence[Path], pitch_mm: float | None, energy: str | None, model_path: Path | None
) -> Iterator[Iterator[ScoredFile]]:
    """The files, scored one after the other while the context lasts."""
    from screener.contracts.wire import Energy
    from screener.imaging.sandbox import Sandbox
    from screener.scoring import offline
    from screener.scoring.model import Model

    model = Model.load(model_path or Path(config.score.model), threads=config.score.threads)
    meant = None if energy is None else Energy(energy)
    with Sandbox(config.score.images, model.pitch_mm) as sandbox:
        yield offline.score_paths(files, model, sandbox, pitch_mm or offline.DEFAULT_PITCH_MM, meant)


def _table(rows: Sequence[Sequence[str | Text]], *, with_errors: bool) -> Table:
    from screener.cli import terminal

    count = len(COLUMNS) if with_errors else len(COLUMNS) - 1
    return terminal.table(COLUMNS[:count], [row[:count] for row in rows], right=COLUMNS[2:-1])


def _row(one: ScoredFile) -> list[str | Text]:
    """The cells of the table for one file."""
    from rich.text import Text

    if one.findings is None:
        return [str(one.path), Text("error", "magenta"), *[""] * 6, str(one.error)]
    found = one.findings
    flagged = found.alarm >= found.threshold
    return [
        str(one.path),
        Text("FLAG", "bold red") if flagged else Text("-", "green"),
        Text(f"{found.alarm:.3f}", "bold red" if flagged else ""),
        *(f"{p:.2f}" for p in (found.p.cigarettes, found.p.loose_tobacco, found.p.e_cigarettes)),
        _estimate(found.sticks),
        _estimate(found.tobacco_g),
        "",
    ]


def _estimate(estimate: Estimate) -> str:
    if estimate.high < 0.5:
        return "0"
    return f"{estimate.mid:,.0f} ({estimate.low:,.0f} to {estimate.high:,.0f})"


def _check_maps(maps: Path | None, paths: Sequence[Path]) -> None:
    """A folder of pictures inside a folder of scans would be scored with them the next time."""
    for path in paths:
        if maps is not None and path.is_dir() and maps.resolve().is_relative_to(path.resolve()):
            raise click.BadParameter(
                f"{maps} lies in {path}: the pictures would be taken for scans the next time; name another",
                param_hint="--maps",
            )


def _map_path(path: Path, files: Sequence[Path], maps: Path) -> Path:
    """Where the picture of a file goes: the folders below those that all files share are kept."""
    shared = os.path.commonpath([file.resolve().parent for file in files])
    return maps / f"{path.resolve().relative_to(shared)}.png"


def _draw(one: ScoredFile, out: Path) -> None:
    """The scan with its findings laid over it. Raises `BadConfig` where it cannot be written."""
    import cv2

    from screener.scoring.heatmap import overlay

    if one.findings is None or one.picture is None:
        return
    picture = overlay(one.picture, one.findings.map_png)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(cv2.imencode(".png", picture[:, :, ::-1])[1].tobytes())
    except OSError as error:
        raise BadConfig(
            f"{out}: cannot be written ({error.strerror}); name another folder: --maps"
        ) from error
