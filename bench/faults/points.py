"""What stops, kills or slows a worker at a chosen place: a file that the rig puts into its folder.

A worker takes a file by removing it, so that one worker acts on each. Nothing is there in a worker that
`screener run` starts: `bench.faults.worker` puts these places around the real functions.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import msgspec
import psutil

from bench import whole

BEFORE_COMMIT = "before-commit"
AFTER_SEND = "after-send"
AFTER_OFFSETS = "after-offsets"
IN_COMMIT = "in-commit"

KILL = "kill"
STOP = "stop"
WAIT = "wait"

SLOW_MODEL = "slow-model"
SLOW_EVIDENCE = "slow-evidence"
CLOCK = "clock"

WAIT_S = 8.0
"""So long a worker told to wait stands still at most, for the rig to break something beneath it."""


class Restore(msgspec.Struct, frozen=True, kw_only=True):
    """A worker that took up its state: rows, seconds, and its memory then."""

    stage: str
    rows: int
    took_s: float
    rss_mib: float


_RESTORES = msgspec.json.Decoder(Restore)


class Points:
    """The files of one folder, as a worker and as the rig use them.

    `stage` is the rig's choice of who is to act, or what a worker is; "" is any.
    """

    def __init__(self, folder: Path, stage: str = "") -> None:
        self._folder = folder
        self._stage = stage
        folder.mkdir(parents=True, exist_ok=True)

    # --- the rig's side

    def ask(self, place: str, what: str) -> None:
        """The next worker that comes by, of the stage if one is chosen, does `what`, once."""
        self._put(f"{place}.{what}", self._stage)

    def taken(self, place: str, what: str) -> int | None:
        """The process that has taken what was asked; None as long as nobody has."""
        found = list(self._folder.glob(f"{place}.{what}.taken.*"))
        return int(found[0].suffix[1:]) if found else None

    def release(self) -> None:
        """Let who waits go on."""
        for path in self._folder.glob(f"*.{WAIT}.taken.*"):
            path.unlink(missing_ok=True)

    def withdraw(self) -> None:
        for path in self._folder.iterdir():
            path.unlink(missing_ok=True)

    def set(self, name: str, seconds: float) -> None:
        """From now on, and until `withdraw`: a delay, or how far clocks are ahead."""
        self._put(name, str(seconds))

    def restores(self) -> list[Restore]:
        """Every state that was taken up since the folder was made, in order."""
        path = self._restores
        return [] if not path.exists() else _RESTORES.decode_lines(path.read_bytes())

    def _put(self, name: str, text: str) -> None:
        whole.write(self._folder / name, text.encode())

    # --- the worker's side

    def pass_by(self, place: str) -> None:
        """Do what is asked for here."""
        for what in (KILL, STOP, WAIT):
            if self._take(place, what):
                self._act(place, what)

    def seconds(self, name: str) -> float:
        try:
            return float((self._folder / name).read_text())
        except (OSError, ValueError):
            return 0.0

    def note_restore(self, stage: str, rows: int, took_s: float) -> None:
        """Say how long it took to take up a state; one line, so that several may say it at once."""
        rss_mib = psutil.Process().memory_info().rss / 2**20
        line = msgspec.json.encode(Restore(stage=stage, rows=rows, took_s=took_s, rss_mib=rss_mib))
        with self._restores.open("ab") as kept:
            kept.write(line + b"\n")

    @property
    def _restores(self) -> Path:
        return self._folder.with_name("restores.jsonl")

    def _take(self, place: str, what: str) -> bool:
        path = self._folder / f"{place}.{what}"
        try:
            if path.read_text() not in {"", self._stage}:
                return False
            path.rename(self._taken(place, what))
        except FileNotFoundError:  # nobody asks, or another worker was quicker
            return False
        return True

    def _taken(self, place: str, what: str) -> Path:
        return self._folder / f"{place}.{what}.taken.{os.getpid()}"

    def _act(self, place: str, what: str) -> None:
        if what == WAIT:
            deadline_s = time.monotonic() + WAIT_S
            while self._taken(place, what).exists() and time.monotonic() < deadline_s:
                time.sleep(0.05)
        else:
            os.kill(os.getpid(), signal.SIGKILL if what == KILL else signal.SIGSTOP)
