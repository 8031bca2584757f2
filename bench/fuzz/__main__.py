"""See the package."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.fuzz import MEMORY_MIB, TIMEOUT_S
from bench.fuzz.parser import ROOT, Parser
from bench.fuzz.parsers import PARSERS

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
PORTION_S = 60
"""A run that is cut off loses so much at most."""


def main() -> int:
    arguments = _arguments()
    console = Console()
    folders = {name: arguments.folder / name for name in arguments.parsers or PARSERS}
    for name, folder in folders.items():
        _begin(folder, PARSERS[name])
    spent = _Spent(arguments.folder / "spent.json")
    while rest := _rest(folders, spent, arguments.minutes * 60):
        for name, left_s in rest.items():
            console.print(f"{name}: {spent.of(name) / 60:.1f} of {arguments.minutes:.1f} minutes")
            spent.add(name, _portion(name, folders[name], max(1, round(min(PORTION_S, left_s)))))
    console.print(_table(folders, spent))
    found = [path for folder in folders.values() for path in _found(folder)]
    for path in found:
        console.print(f"[red]finding: {path}")
    return int(bool(found))


class _Spent:
    """Processor time by parser, in s, kept in a file that every portion writes anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._s: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}

    def of(self, name: str) -> float:
        return self._s.get(name, 0.0)

    def add(self, name: str, seconds: float) -> None:
        self._s[name] = self.of(name) + seconds
        self._path.write_text(json.dumps(self._s))


def _rest(folders: Mapping[str, Path], spent: _Spent, whole_s: float) -> dict[str, float]:
    """What is left for each parser, by turns: one with a finding waits until it is mended."""
    left = {name: whole_s - spent.of(name) for name, folder in folders.items() if not _found(folder)}
    return {name: seconds for name, seconds in left.items() if seconds > 0}


def _table(folders: Mapping[str, Path], spent: _Spent) -> Table:
    table = Table("parser", "processor minutes", "inputs kept", "findings")
    for name, folder in folders.items():
        kept = len(list((folder / "corpus").iterdir()))
        table.add_row(name, f"{spent.of(name) / 60:.1f}", str(kept), str(len(_found(folder))))
    return table


def _begin(folder: Path, parser: Parser) -> None:
    """Folders with sound inputs, and what earlier findings left."""
    (folder / "corpus").mkdir(parents=True, exist_ok=True)
    (folder / "found").mkdir(exist_ok=True)
    for number, seed in enumerate(parser.seeds()):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)


def _portion(name: str, folder: Path, seconds: int) -> float:
    """Fuzz for a while; the processor time that it took, in s."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    longest = PARSERS[name].max_bytes
    limits = [
        f"-max_total_time={seconds}",
        f"-max_len={longest}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-timeout={TIMEOUT_S}",
    ]
    where = [f"-artifact_prefix={folder / 'found'}/", str(folder / "corpus")]
    known = [str(CORPUS / name)] if (CORPUS / name).is_dir() else []
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "bench.fuzz.one", name, *limits, *where, *known]
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return max(1.0, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _found(folder: Path) -> list[Path]:
    return sorted((folder / "found").iterdir())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz")
    parser.add_argument("parsers", nargs="*", choices=[[], *PARSERS], metavar="PARSER")
    parser.add_argument("--minutes", type=float, default=30.0, help="processor time a parser")
    parser.add_argument("--folder", type=Path, default=ROOT / ".fuzz", help="what was reached so far")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
