"""The worker processes of a soak, one of each stage; one that ends is started again, and counted."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.kafka.broker import free_port
from tests.system.site import REPOSITORY, Site

STAGES = ("score", "decide", "tally", "network")
END_S = 60.0


@dataclass
class Workers:
    """The workers of a site, under the clock in a file."""

    site: Site
    clock: Path
    ends: int = 0
    _running: dict[str, psutil.Popen] = field(default_factory=dict)

    def keep(self) -> None:
        """Start what does not run."""
        for stage in STAGES:
            worker = self._running.get(stage)
            if worker is not None and worker.poll() is not None:
                self.ends += 1
                worker = None
            if worker is None:
                self._running[stage] = self._started(stage)

    def processes(self) -> dict[str, psutil.Process]:
        """By part; the decoder of images is a child of [score]."""
        found: dict[str, psutil.Process] = dict(self._running)
        with suppress(psutil.Error):
            for child in self._running["score"].children()[:1]:
                found["decoder"] = child
        return found

    def stop(self) -> None:
        for worker in self._running.values():
            worker.terminate()
        for worker in self._running.values():
            try:
                worker.wait(END_S)
            except psutil.TimeoutExpired:
                worker.kill()
                worker.wait()

    def _started(self, stage: str) -> psutil.Popen:
        settings = str(self.site.folder / "screener.toml")
        clocked = [sys.executable, "-m", "bench.soak.worker", str(self.clock)]
        # metrics are served, as they are in production
        screener = ["--config", settings, "run", stage, "--metrics-port", str(free_port())]
        with (self.site.folder / f"{stage}.log").open("ab") as log:
            return psutil.Popen(
                [*clocked, *screener],
                cwd=REPOSITORY,
                env=self.site.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
