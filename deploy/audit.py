"""Asks whether what the lock files pin has known weaknesses: `python3 deploy/audit.py`, after `make check`.

Weaknesses that are found fail it. Where pip-audit cannot be installed, or its source cannot be reached, one
line says so and nothing fails: whether a network is there is no property of the code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "deploy" / "locks").glob("*.txt"))
FOLDER = ROOT / ".venv" / "audit"
TOOL = "pip-audit==2.10.1"
PATIENCE_S = 300


class NotAudited(Exception):
    """Nobody could be asked; the message says why."""


def main() -> None:
    """Ends with 1 if there are known weaknesses."""
    try:
        found = weaknesses(answer(tool()))
    except NotAudited as why:
        print(f"dependencies are NOT audited: {why}")
        return
    for line in found:
        print(line, file=sys.stderr)
    print(f"dependencies are audited: {len(found) or 'no'} known weaknesses in {len(LOCKS)} lock files")
    raise SystemExit(1 if found else 0)


def tool() -> Path:
    """pip-audit in an environment of its own: it is none of our dependencies."""
    program = FOLDER / "bin" / "pip-audit"
    if not program.exists():
        run([sys.executable, "-m", "venv", str(FOLDER)])
        pip = [str(FOLDER / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        if run([*pip, "install", "--timeout", "15", "--retries", "1", TOOL]).returncode != 0:
            raise NotAudited(f"{TOOL} cannot be installed from here")
    return program


def answer(program: Path) -> str:
    """What pip-audit says of all that is pinned, as JSON; nothing if it could not ask."""
    named = [text for lock in LOCKS for text in ("--requirement", str(lock))]
    how = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    return run([str(program), *how, "--timeout", "15", *named]).stdout


def weaknesses(said: str) -> list[str]:
    """A line for each known weakness in what pip-audit said."""
    try:
        report = json.loads(said)
    except ValueError:
        raise NotAudited("pip-audit cannot reach its list of weaknesses from here") from None
    asked = [one for one in report["dependencies"] if "vulns" in one]
    if not asked:
        raise NotAudited("the list of weaknesses that answers here knows none of the packages")
    return [_line(one, weakness) for one in asked for weakness in one["vulns"]]


def _line(package: dict[str, str], weakness: dict[str, list[str]]) -> str:
    mended = ", ".join(weakness["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise NotAudited(f"no answer within {PATIENCE_S} s") from None


if __name__ == "__main__":
    main()
