"""What befalls the gateway, at random: kill -9, a link that is cut, a disk that is full."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from bench.gateway.disks import fill
from bench.gateway.link import Link


class Process:
    """The gateway as a process that is started again whenever it ends."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: IO[bytes]) -> None:
        self.ends: Counter[int] = Counter()
        self._command = command
        self._environment = dict(environment)
        self._log = log
        self._ended = threading.Event()
        self._child = self._started()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        return self._child.pid

    def kill(self) -> None:
        self._child.kill()

    def stop(self) -> None:
        """End it in order, and for good."""
        self._ended.set()
        self._child.terminate()
        self._thread.join()

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self._command, env=self._environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def _keep(self) -> None:
        while True:
            self.ends[self._child.wait()] += 1
            if self._ended.is_set():
                return
            self._ended.wait(0.2)
            self._child = self._started()


class Disk:
    """The disk of the gateway: a small file system of its own that is filled up, else a limit on its files.

    The limit (RLIMIT_FSIZE on the running process) needs no rights: writes beyond it fail as on a full disk.
    """

    def __init__(self, process: Process, ballast: Path | None) -> None:
        self._process = process
        self._ballast = ballast

    def fill(self) -> None:
        if self._ballast is not None:
            fill(self._ballast)
            return
        with suppress(ProcessLookupError):
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free(self) -> None:
        if self._ballast is not None:
            self._ballast.unlink(missing_ok=True)
            return
        with suppress(ProcessLookupError):
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, unlimited)


class Troubles(threading.Thread):
    """One trouble after another until `stop`, each lasting a while, with calm between them.

    Calm begins when the gateway has `moved` something again: on a slow machine it would else be killed
    for ever before it had started. Now and then (one time in four) it is not given that time.
    """

    def __init__(
        self,
        process: Process,
        disk: Disk,
        link: Link | None,
        *,
        moved: Callable[[], int],
        seed: int,
        calm_s: float,
        lasts_s: float,
    ) -> None:
        super().__init__(daemon=True)
        self.had: Counter[str] = Counter()
        self._process = process
        self._disk = disk
        self._link = link
        self._moved = moved
        self._rng = random.Random(seed)
        self._calm_s = calm_s
        self._lasts_s = lasts_s
        self._ended = threading.Event()
        cuts = {"link cut": self._cut, "link silent": self._silence} if link else {}
        self._kinds: dict[str, Callable[[], None]] = {"killed": self._kill, "disk full": self._full, **cuts}

    def run(self) -> None:
        round_of: list[str] = []  # each kind once before any comes again
        while not (self._recovered() or self._pause(self._calm_s)):
            round_of = round_of or self._rng.sample(sorted(self._kinds), len(self._kinds))
            name = round_of.pop()
            self.had[name] += 1
            self._kinds[name]()

    def stop(self) -> None:
        self._ended.set()
        self.join()

    def _recovered(self) -> bool:
        """Wait until something was moved; whether we are to stop instead."""
        before = self._moved()
        hasty = self._rng.random() < 0.25
        while not hasty and self._moved() <= before and not self._ended.is_set():
            self._ended.wait(0.2)
        return self._ended.is_set()

    def _pause(self, mean_s: float) -> bool:
        return self._ended.wait(self._rng.uniform(0.2, 1.8) * mean_s)

    def _kill(self) -> None:
        self._process.kill()

    def _full(self) -> None:
        self._disk.fill()
        self._pause(self._lasts_s)
        self._perhaps_kill()
        self._disk.free()

    def _cut(self) -> None:
        self._break(silent=False)

    def _silence(self) -> None:
        self._break(silent=True)

    def _break(self, *, silent: bool) -> None:
        assert self._link is not None
        self._link.cut(silent=silent)
        self._pause(self._lasts_s)
        self._perhaps_kill()
        self._link.mend()

    def _perhaps_kill(self) -> None:
        """A trouble seldom comes alone."""
        if self._rng.random() < 0.3:
            self.had["killed"] += 1
            self._process.kill()


def gateway_command(settings: Path) -> list[str]:
    return [sys.executable, "-m", "screener", "hub", "publish", "--settings", str(settings)]


def plain_environment() -> dict[str, str]:
    settled = {"KAFKA_BOOTSTRAP_SERVERS", "SCREENER_LOG", "SCREENER_CONFIG", "SCREENER_KEYS"}
    return {name: value for name, value in os.environ.items() if name not in settled}
