"""The processes of the rig: started again whenever they end, and told apart by stage and slot."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.system.site import REPOSITORY, Site

FLEET = ("score", "score", "decide", "decide", "tally", "network")
"""Two of those that share partitions: one goes on while the other is down."""

GATEWAYS = ("folder", "http")
DESK = ("review", "judge")
"""The workstation, and whoever works at it."""

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
    """All processes of a site, `front` among them; `ends` counts how they ended.

    Workers pass the places of the folder `points`, those of the front `points-STAGE`.
    """

    site: Site
    points: Path
    bug: str = "none"
    front: tuple[str, ...] = ()
    stages: tuple[str, ...] = FLEET
    ends: Counter[int] = field(default_factory=Counter)
    workers: list[Worker] = field(default_factory=list)

    def start(self) -> None:
        for number, stage in enumerate((*self.stages, *self.front)):
            self.workers.append(Worker(stage, number))
        self._ended = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def stop(self, limit_s: float) -> list[str]:
        """End all in order, and for good; the stages of those that had to be killed after `limit_s`."""
        self._ended.set()
        self._keeper.join()
        return [worker.stage for worker in self.workers if not _end(worker.process, limit_s)]

    def of(self, *stages: str) -> list[Worker]:
        return [one for one in self.workers if one.stage in stages and one.process is not None]

    def one_more(self, stage: str, slot: str | None = None) -> subprocess.Popen[bytes]:
        """A worker beside the fleet that nobody starts again; in this slot, if one is named."""
        return self._started(stage, {"SCREENER_SLOT": slot} if slot else {})

    def points_of(self, stage: str) -> Path:
        """Where a process of this stage looks for what the rig asks of it."""
        return self.points.with_name(f"{self.points.name}-{stage}") if stage in self.front else self.points

    def _keep(self) -> None:
        while not self._ended.wait(RESTART_S):
            for worker in self.workers:
                if worker.process is not None and worker.process.poll() is not None:
                    self.ends[worker.process.returncode] += 1
                    worker.process = None
                if worker.process is None and worker.wanted:
                    worker.process = self._started(worker.stage, {})

    def _started(self, stage: str, more: dict[str, str]) -> subprocess.Popen[bytes]:
        with (self.site.folder / f"{stage}.log").open("ab") as log:
            return subprocess.Popen(
                self._command(stage),
                cwd=REPOSITORY,
                env=self.site.environment | self._compiled | more,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def _compiled(self) -> dict[str, str]:
        """Processes come and go by the hundred: what one has compiled the next reads."""
        return {"PYTHONDONTWRITEBYTECODE": ""}

    def _command(self, stage: str) -> list[str]:
        settings = str(self.site.folder / "screener.toml")
        if stage == "judge":
            journal = str(self.site.folder / "journal")
            return [sys.executable, "-m", "bench.faults.judge", settings, journal]
        places = [sys.executable, "-m", "bench.faults.worker", str(self.points_of(stage)), self.bug]
        return [*places, "--config", settings, *self._arguments(stage)]

    def _arguments(self, stage: str) -> list[str]:
        own = str(self.site.folder / f"{stage}.toml")
        match stage:
            case "folder":
                return ["hub", "publish", "--settings", own]
            case "http":
                return ["hub", "serve", "--settings", own, "--metrics-port", "0"]
            case "review":
                return ["review", "--metrics-port", "0"]
            case _:
                return ["run", stage, "--metrics-port", "0"]


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


def end_what_was_left(folder: Path) -> int:
    """Kill what a rig that was itself killed has left running in this folder; how many processes."""
    left = list(_left(folder))
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=30)
    return len(left)


def _left(folder: Path) -> Iterator[psutil.Process]:
    """What the rig starts names a file of its folder; nothing that is named alike runs elsewhere."""
    started = ("bench.faults.worker", "bench.faults.judge", "kafka.Kafka", "kafka.tools")
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            command = process.cmdline()
            ours = any(one.startswith(f"{folder}/") for one in command)
            if ours and any(one in started for one in command):
                yield process


def _end(process: subprocess.Popen[bytes] | None, limit_s: float) -> bool:
    """Whether it ended by itself when it was asked to."""
    if process is None or process.poll() is not None:
        return True
    resume(process.pid)
    process.terminate()
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
