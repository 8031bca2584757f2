"""Loads a model and runs it once: `python -m screener.review.feedback.tried FILE`, in a process of its own.

A file from outside may want all memory, all time, or crash: then this process ends, and nothing else.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np

from screener.errors import BadConfig
from screener.imaging.sandbox import PASSED_ON
from screener.scoring.model import Model, Unscorable

MEMORY_BYTES: Final = 6 * 1024**3
SECONDS: Final = 120
LONGEST: Final = 2000
PICTURE: Final = (3, 400, 600)
"""A picture [3, H, W] of a large parcel, all air."""


def tried(path: Path) -> None:
    """Raises `BadConfig` where the model with its card beside it does not load, run or end."""
    own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    command = [sys.executable, "-m", "screener.review.feedback.tried", str(path.absolute())]
    try:
        done = subprocess.run(command, env=own, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BadConfig(f"{path}: expected to run once within {SECONDS} s, got no end") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()[-LONGEST:]
        raise BadConfig(said or f"{path}: it ended the process that tried it with {done.returncode}")


def main(path: Path) -> None:
    """Load it within bounds and run it. Raises `BadConfig`, `Unscorable`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    Model.load(path).score([np.ones(PICTURE, np.float32)])


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]))
    except (BadConfig, Unscorable) as error:
        sys.exit(str(error))
