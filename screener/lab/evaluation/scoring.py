"""Scoring: a model run over cases in parallel, what was scored before taken from a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import msgspec
from msgspec import Struct

from screener.contracts.wire import ClassProbabilities, Estimate, Findings
from screener.errors import BadConfig, BadInput
from screener.imaging.prepare import Picture
from screener.lab.evaluation.cases import Case
from screener.lab.truth import Truth
from screener.scoring.model import Model, Unscorable


class Scored(Struct, frozen=True, kw_only=True):
    """What one scan holds and what the model says of it."""

    key: str
    truth: Truth
    alarm: float
    p: ClassProbabilities
    sticks: Estimate
    tobacco_g: Estimate

    @property
    def source(self) -> str:
        """The name of its source among those of all scanners."""
        return f"{self.truth.scanner}/{self.truth.source}"


class Unscored(Struct, frozen=True):
    """A scan that could not be read or scored, and why."""

    file: str
    reason: str


Result = Scored | Unscored


class Line(Struct, frozen=True):
    """A score that was kept, and the SHA-256 of the model that gave it."""

    model: str
    scored: Scored


class Reader:
    """A model and the way to a case's picture and findings, in this process."""

    def __init__(self, model: Path) -> None:
        cv2.setNumThreads(1)
        self._model = Model.load(model)

    def seen(self, case: Case) -> tuple[Truth, Picture, Findings]:
        """Truth, picture and findings. Raises `BadInput`, `OSError` or `Unscorable`."""
        held, image = case.read(self._model.pitch_mm)
        return held, image, self._model.score([image])[0]

    def result(self, case: Case) -> Result:
        """The case scored, or why it was not."""
        try:
            held, _, found = self.seen(case)
        except (BadInput, OSError, Unscorable) as error:
            return Unscored(case.known.file if case.known else case.key, str(error))
        return Scored(
            key=case.key,
            truth=held,
            alarm=found.alarm,
            p=found.p,
            sticks=found.sticks,
            tobacco_g=found.tobacco_g,
        )


def score(cases: Sequence[Case], model: Path, workers: int = 1, kept: Path | None = None) -> Iterator[Result]:
    """The result of each case, in order; with a file `kept`, a run that was cut goes on where it stood.

    Scores of another model, of another file or at another pitch are not taken again.
    """
    sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
    before = {} if kept is None else _read(kept, sha256)
    keys = [case.key for case in cases]
    fresh = _fresh([case for case, key in zip(cases, keys, strict=True) if key not in before], model, workers)
    for case, key in zip(cases, keys, strict=True):
        if key in before:
            yield msgspec.structs.replace(before[key], truth=case.known or before[key].truth)
            continue
        result = next(fresh)
        if kept is not None and isinstance(result, Scored):
            _keep(kept, Line(sha256, result))
        yield result


def _read(kept: Path, model: str) -> dict[str, Scored]:
    """What was kept of this model; a line that a cut left half written is taken away."""
    if not kept.exists():
        return {}
    data = kept.read_bytes()
    if not data.endswith(b"\n"):
        kept.write_bytes(data[: data.rfind(b"\n") + 1])
    lines = (_parsed(line) for line in data.splitlines())
    return {line.scored.key: line.scored for line in lines if line is not None and line.model == model}


def _parsed(line: bytes) -> Line | None:
    """A line; None for one that is none, or of another version: its scan is scored again."""
    try:
        return msgspec.json.decode(line, type=Line)
    except msgspec.DecodeError:
        return None


def _keep(kept: Path, line: Line) -> None:
    with kept.open("ab") as file:
        file.write(msgspec.json.encode(line) + b"\n")


def _fresh(cases: Sequence[Case], model: Path, workers: int) -> Iterator[Result]:
    """Results in order, from `workers` processes, or from this one alone."""
    if not cases:
        return
    if workers == 1:
        yield from map(Reader(model).result, cases)
        return
    Model.load(model)  # what is wrong with it is said once, here
    with ProcessPoolExecutor(workers, get_context("spawn"), _start, (model,)) as pool:
        try:
            yield from pool.map(_result, cases, chunksize=2)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


_reader: Reader | None = None
"""Of a worker process: a pool can hand its workers nothing else."""


def _start(model: Path) -> None:
    global _reader  # noqa: PLW0603
    _reader = Reader(model)


def _result(case: Case) -> Result:
    assert _reader is not None
    return _reader.result(case)


def only_scored(results: Sequence[Result]) -> list[Scored]:
    """Those that were scored. Raises `BadConfig` where none was."""
    scored = [one for one in results if isinstance(one, Scored)]
    if not scored:
        reasons = {one.reason for one in results if isinstance(one, Unscored)}
        raise BadConfig(f"none of {len(results)} scans could be scored: {'; '.join(sorted(reasons)[:3])}")
    return scored
