"""The judge's command: `python -m bench.judge SCANS_DIR OUT_DIR`; see the package."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from bench.judge.folder import Bench, inserted
from bench.judge.loads import DEFAULT
from screener.errors import BadConfig
from screener.lab import truth


def main(arguments: list[str] | None = None) -> int:
    """Lays loads over the scans of a folder of scanners; returns the exit status."""
    bench = _bench(_parser().parse_args(arguments))
    try:
        lines = list(inserted(bench))
    except BadConfig as error:
        print(error, file=sys.stderr)
        return 2
    truth.write(bench.out, lines)
    for (scanner, load), count in Counter((line.scanner, line.load) for line in lines).items():
        print(f"{scanner:24} {load:18} {count:4}")
    print(f"skipped {len(bench.skipped)} times, for want of room:", *bench.skipped[:5], sep="\n  ")
    return 0


def _bench(given: argparse.Namespace) -> Bench:
    return Bench(
        scans=given.scans,
        out=given.out,
        pitch_mm=given.pitch_mm,
        pitches_mm=dict(given.pitch),
        loads=given.loads,
        each=given.each,
        seed=given.seed,
        with_clean=given.with_clean,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.judge", description="Lays loads over ordinary scans.")
    parser.add_argument("scans", type=Path, help="a folder with a folder of scans for each scanner")
    parser.add_argument("out", type=Path, help="where the scans with loads and truth.jsonl go")
    parser.add_argument("--pitch-mm", type=float, default=0.9, help="size of a pixel")
    parser.add_argument("--pitch", type=_named, action="append", default=[], metavar="FOLDER=MM")
    parser.add_argument("--loads", nargs="+", default=list(DEFAULT), metavar="NAME")
    parser.add_argument("--each", type=int, default=10, help="scans of each load and scanner")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--with-clean", action="store_true", help="the scans without loads, too")
    return parser


def _named(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    return name, float(value)


if __name__ == "__main__":
    sys.exit(main())
