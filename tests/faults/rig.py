"""The fault rig as a process of its own, and what it said."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.system.site import REPOSITORY

SMALL = (
    *("--no-disks", "--with", "", "--faults", "1", "--ahead", "40", "--at", "score"),
    *("--patience", "5", "--recovery", "30", "--workers", "score,decide,tally,network"),
)
"""One fault, aimed at a scorer; of two options of a name the later counts."""


LIMIT_S = 3600.0
"""The rig has limits of its own: this is for one that hangs."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended; `said` is all that it printed."""

    code: int
    said: str


def run(folder: Path, *arguments: str) -> Run:
    """Run the rig to its end in this folder, and end whatever it has left."""
    command = [sys.executable, "-m", "bench.faults", "--folder", str(folder), *arguments]
    with subprocess.Popen(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"COLUMNS": "500"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as rig:
        try:
            said, _ = rig.communicate()
        except BaseException:
            rig.send_signal(signal.SIGINT)  # it ends its broker and its workers
            raise
    return Run(rig.returncode, said)
