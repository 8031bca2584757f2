"""See the package."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.fuzz import MEMORY_MIB, TIMEOUT_S
from bench.fuzz.parsers import PARSERS, ROOT, Parser

FOLDER = ROOT / ".fuzz"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
PORTION_S = 60
"""A run that is cut off loses so much at most."""


def main() -> int:
    arguments = _arguments()
    console = Console()
    spent_path = FOLDER / "spent.json"
    spent: dict[str, float] = json.loads(spent_path.read_text()) if spent_path.exists() else {}
    names = arguments.parsers or list(PARSERS)
    for name in names:
        _begin(name, PARSERS[name])
        while spent.get(name, 0.0) < arguments.minutes * 60 and not _found(name):
            console.print(f"{name}: {spent.get(name, 0.0) / 60:.1f} of {arguments.minutes:.1f} minutes")
            left_s = arguments.minutes * 60 - spent.get(name, 0.0)
            spent[name] = spent.get(name, 0.0) + _portion(name, max(1, round(min(PORTION_S, left_s))))
            spent_path.write_text(json.dumps(spent))
    table = Table("parser", "processor minutes", "inputs kept", "findings")
    for name in names:
        kept = len(list((FOLDER / name / "corpus").iterdir()))
        table.add_row(name, f"{spent.get(name, 0) / 60:.1f}", str(kept), str(len(_found(name))))
    console.print(table)
    for path in (path for name in names for path in _found(name)):
        console.print(f"[red]finding: {path}")
    return int(any(_found(name) for name in names))


def _begin(name: str, parser: Parser) -> None:
    """Folders with sound inputs, and what earlier findings left."""
    folder = FOLDER / name
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    (folder / "found").mkdir(exist_ok=True)
    for number, seed in enumerate(parser.seeds()):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)


def _portion(name: str, seconds: int) -> float:
    """Fuzz for a while; the processor time that it took, in s."""
    folder = FOLDER / name
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    limits = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY_MIB}", f"-timeout={TIMEOUT_S}"]
    where = [f"-artifact_prefix={folder / 'found'}/", str(folder / "corpus")]
    known = [str(CORPUS / name)] if (CORPUS / name).is_dir() else []
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "bench.fuzz.one", name, *limits, *where, *known]
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return max(1.0, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _found(name: str) -> list[Path]:
    folder = FOLDER / name / "found"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    parser.add_argument("parsers", nargs="*", choices=[[], *PARSERS], metavar="PARSER")
    parser.add_argument("--minutes", type=float, default=30.0, help="processor time a parser")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
