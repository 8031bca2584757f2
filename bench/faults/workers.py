"""The worker processes: started again whenever they end, and told apart by stage and slot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.site import REPOSITORY, Site

FLEET = ("score", "score", "decide", "decide", "tally", "network")
"""Two of those that share partitions: one goes on while the other is down."""

RESTART_S = 0.3


@dataclass(slots=True)
class Worker:
    """One place in the fleet, held by one process after another."""

    stage: str
    number: int
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = True


@dataclass
class Fleet:
    """All workers of a site; `ends` counts how their processes ended."""

    site: Site
    points: Path
    bug: str = "none"
    ends: Counter[int] = field(default_factory=Counter)
    workers: list[Worker] = field(default_factory=list)

    def start(self) -> None:
        for number, stage in enumerate(FLEET):
            self.workers.append(Worker(stage, number))
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End all in order, and for good."""
        self._ended.set()
        self._keeper.join()
        for worker in self.workers:
            _end(worker.process)

    def of(self, *stages: str) -> list[Worker]:
        return [one for one in self.workers if one.stage in stages and one.process is not None]

    def one_more(self, stage: str, slot: str | None = None) -> subprocess.Popen[bytes]:
        """A worker beside the fleet that nobody starts again; in this slot, if one is named."""
        return self._started(stage, {"SCREENER_SLOT": slot} if slot else {})

    def _keep(self) -> None:
        while not self._ended.wait(RESTART_S):
            for worker in self.workers:
                if worker.process is not None and worker.process.poll() is not None:
                    self.ends[worker.process.returncode] += 1
                    worker.process = None
                if worker.process is None and worker.wanted:
                    worker.process = self._started(worker.stage, {})

    def _started(self, stage: str, more: dict[str, str]) -> subprocess.Popen[bytes]:
        settings = str(self.site.folder / "screener.toml")
        rig = [sys.executable, "-m", "bench.faults.worker", str(self.points), self.bug]
        screener = ["--config", settings, "run", stage, "--metrics-port", "0"]
        with (self.site.folder / f"{stage}.log").open("ab") as log:
            return subprocess.Popen(
                [*rig, *screener],
                cwd=REPOSITORY,
                env=self.site.environment | more,
                stdout=log,
                stderr=subprocess.STDOUT,
            )


def kill(process: subprocess.Popen[bytes] | None) -> None:
    if process is not None:
        with suppress(ProcessLookupError):
            process.kill()


def pause(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)


def resume(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None or process.poll() is not None:
        return
    resume(process.pid)
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
