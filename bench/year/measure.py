"""Measures a model's response on scans with loads, for the simulated year.

    python -m bench.judge SCANS OUT --with-clean --each 14 --seed 505 --loads ...
    python -m bench.year.measure OUT

`python -m bench.year.measure --loads` prints the names of the loads that are needed.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import track

from screener.errors import BadConfig
from screener.lab.evaluation.cases import Pitches, folder_cases
from screener.lab.evaluation.scoring import Scored, score
from screener.lab.year.response import CLEAN, LOADS, SCANNERS, SHIPPED, Measured, Response, Row

FALSE_ALARMS = 0.05


def main() -> int:
    """Scores the scans and writes the response; returns the exit status."""
    given = _parser().parse_args()
    if given.loads:
        print(*(f'"{name}"' for name in LOADS))
        return 0
    try:
        measured = response_of(given.model, given.scans, given.kept)
        Response.of(measured)
    except BadConfig as error:
        print(error, file=sys.stderr)
        return 2
    given.out.write_bytes(_a_row_a_line(measured))
    print(f"{given.out}: {len(measured.rows)} scans, model {measured.model}")
    for scanner in SCANNERS.values():
        print(f"{scanner:20} area under the curve {area(measured, scanner):.3f}")
    return 0


def response_of(model: Path, scans: Path, kept: Path | None) -> Measured:
    """The response of a model to the scans of a folder with their truth."""
    cases = folder_cases(scans, Pitches())
    results = track(score(cases, model, kept=kept), "scoring", total=len(cases))
    rows = tuple(_row(one) for one in results if isinstance(one, Scored))
    card = msgspec.json.decode(model.with_suffix(".json").read_bytes())
    return Measured(
        model=card["model"],
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        measured_on="real scans of the development set with loads laid over them by the judge's engine",
        false_alarms=FALSE_ALARMS,
        thresholds={scanner: _threshold(rows, scanner) for scanner in SCANNERS.values()},
        rows=tuple(row for row in rows if row.load == CLEAN or row.load in LOADS),
    )


def _a_row_a_line(measured: Measured) -> bytes:
    head = msgspec.json.encode(msgspec.structs.replace(measured, rows=()))
    rows = b",\n".join(msgspec.json.encode(row) for row in measured.rows)
    return head.replace(b'"rows":[]', b'"rows":[\n' + rows + b"\n]") + b"\n"


def area(measured: Measured, scanner: str) -> float:
    """The area under the curve of the alarm, over all loads that were laid over a scanner's scans."""
    mine = [row for row in measured.rows if row.scanner == scanner]
    clean = np.array([row.said[0] for row in mine if row.load == CLEAN])
    loaded = np.array([row.said[0] for row in mine if row.load != CLEAN])[:, None]
    return float((loaded > clean).mean() + 0.5 * (loaded == clean).mean())


def _threshold(rows: tuple[Row, ...], scanner: str) -> float:
    """The alarm that `FALSE_ALARMS` of the clean scans reach."""
    clean = [row.said[0] for row in rows if (row.scanner, row.load) == (scanner, CLEAN)]
    return round(float(np.quantile(clean, 1 - FALSE_ALARMS)), 4)


def _row(scored: Scored) -> Row:
    p, sticks, grams = scored.p, scored.sticks, scored.tobacco_g
    said = (
        *(scored.alarm, p.cigarettes, p.loose_tobacco, p.e_cigarettes),
        *(sticks.low, sticks.mid, sticks.high, grams.low, grams.mid, grams.high),
    )
    truth = scored.truth
    return Row(truth.scanner, truth.load, truth.concealment, tuple(float(f"{one:.4g}") for one in said))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.year.measure", description=__doc__)
    parser.add_argument("scans", type=Path, nargs="?", help="the judge's output: scans with truth.jsonl")
    parser.add_argument("--model", type=Path, default=Path("models/screener.onnx"))
    parser.add_argument("--out", type=Path, default=SHIPPED)
    parser.add_argument("--kept", type=Path, help="where scores are kept, so that a cut run goes on")
    parser.add_argument("--loads", action="store_true", help="print the names of the loads that are needed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
