"""From options, an earlier run's answers and, where somebody is there, questions to what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from screener.cli.hub.commission import asked as asking
from screener.cli.hub.commission.asked import Asked
from screener.config import Config
from screener.lab.truth import NAME as TRUTH

QUESTIONS: Mapping[str, str] = {
    "hub": "Hub",
    "scanner": "Scanner, as its scans name it",
    "scans": "Folder with its ordinary scans",
}


def wanted(
    given: Mapping[str, Any], run_dir: Path | None, config: Config, *, yes: bool
) -> tuple[Asked, Path]:
    """What is asked, and the run folder. Raises `BadConfig`, and `UsageError` where an answer is missing."""
    said = {name: _plain(value) for name, value in given.items() if value is not None}
    folder = run_dir
    answers = ({} if folder is None else asking.before(folder)) | said
    answers |= _asked(answers, ("hub", "scanner"), yes=yes)
    if folder is None:
        folder = (
            Path(config.run_dir).absolute().parent / "commission" / f"{answers['hub']}.{answers['scanner']}"
        )
        answers = asking.before(folder) | answers
    answers |= _asked(answers, ("scans",), yes=yes)
    model = Path(config.score.model).resolve()
    usual = {"model": str(model), "models": str(model.parent)}
    answers = usual | answers
    return asking.asked(answers | _figures(answers, yes=yes)), folder


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value


def _asked(answers: Mapping[str, Any], names: tuple[str, ...], *, yes: bool) -> dict[str, Any]:
    missing = [name for name in names if name not in answers]
    if missing and yes:
        raise click.UsageError(
            f"expected {', '.join(f'--{name}' for name in missing)} or an earlier --run-dir"
        )
    return {name: _prompted(name) for name in missing}


def _prompted(name: str) -> str:
    folder = click.Path(exists=True, file_okay=False, resolve_path=True)
    return str(click.prompt(QUESTIONS[name], type=folder if name == "scans" else str, err=True))


def _figures(answers: Mapping[str, Any], *, yes: bool) -> dict[str, Any]:
    """Figures that have a usual value, but are better asked for."""
    if yes:
        return {}
    questions: dict[str, tuple[str, Any, Any]] = {
        "parcels_a_day": ("Parcels a day through this scanner", 20_000, click.IntRange(min=1))
    }
    if not (Path(answers["scans"]) / TRUTH).exists():
        questions["pitch_mm"] = ("Size of a pixel on the parcel, mm", 0.75, click.FloatRange(0.02, 20))
    return {
        name: click.prompt(text, default, type=kind, err=True)
        for name, (text, default, kind) in questions.items()
        if name not in answers
    }
