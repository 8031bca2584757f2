"""A whole installation in a folder: settings, keys, policy, log, and real `screener run` processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from screener import config
from screener.cli.compose import open_log
from screener.contracts import topics
from screener.contracts.wire import Decision
from screener.stream.port import Log, Record
from tests.contract.polling import everything

REPOSITORY = Path(__file__).resolve().parents[2]

SETTINGS = """
run_dir = "{folder}/run"
[log]
kind = "{kind}"
partitions = 2
hub_partitions = 2
[log.sqlite]
path = "{folder}/log.db"
[log.kafka]
bootstrap_servers = ["{bootstrap}"]
session_timeout_s = 6.0
[score]
model = "{repository}/models/screener.onnx"
[decide]
policy = "{folder}/policy.toml"
[dead_letters]
hub_share = 1.0
worker_share = 1.0
[evidence]
url = "{folder}/evidence"
[keys]
path = "{folder}/keys"
[metrics]
port = 0
"""

POLICY = """
jurisdiction = "CN"
patience_s = {patience_s}
[sampling]
rate = 0.0
[limits.CN]
sticks = 400
tobacco_g = 5000
"""


@dataclass(frozen=True)
class Site:
    """An installation; commands run as its user would run them."""

    folder: Path
    settings: config.Config

    @staticmethod
    def build(folder: Path, *, hub: str, kafka: str | None = None, patience_s: float = 20.0) -> Site:
        text = SETTINGS.format(
            folder=folder,
            repository=REPOSITORY,
            kind="kafka" if kafka else "sqlite",
            bootstrap=kafka or "localhost:1",
        )
        (folder / "screener.toml").write_text(text)
        (folder / "policy.toml").write_text(POLICY.format(patience_s=patience_s))
        site = Site(folder, config.load(folder / "screener.toml", {}))
        site.screener("keys", "new")
        site.screener("topics", "create", "--hub", hub)
        return site

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "screener", "--config", str(self.folder / "screener.toml")]

    @property
    def environment(self) -> dict[str, str]:
        settled = {"KAFKA_BOOTSTRAP_SERVERS", "SCREENER_LOG", "SCREENER_CONFIG", "SCREENER_KEYS"}
        return {name: value for name, value in os.environ.items() if name not in settled}

    def screener(self, *arguments: str) -> str:
        """Run a command to its end; its output. Fails with what it wrote if it fails."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def worker(self, *arguments: str) -> Iterator[psutil.Popen]:
        """`screener run ARGUMENTS` in a process group of its own, ended with all its children."""
        with (self.folder / "worker.log").open("a") as log:
            process = psutil.Popen(
                [*self.command, "run", *arguments],
                cwd=REPOSITORY,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                end(process)

    @contextmanager
    def log(self) -> Iterator[Log]:
        with open_log(self.settings) as log:
            yield log


def end(process: psutil.Popen) -> None:
    """Ask it to stop, then make it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(30)
        except psutil.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def decisions(log: Log, hub: str) -> list[Decision]:
    decoder = msgspec.json.Decoder(Decision)
    every = [decoder.decode(record.value or b"") for record in everything(log, topics.DECISIONS)]
    return [decision for decision in every if decision.hub == hub]


def rejected(log: Log, hub: str) -> list[Record]:
    return [one for one in everything(log, topics.REJECTED) if one.header("ce_hub") == hub.encode()]


def wait_until(done: Callable[[], Any], timeout_s: float, what: str) -> None:
    """Poll until `done` is true; fails saying what was waited for."""
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, f"not within {timeout_s:.0f} s: {what}"
        time.sleep(0.3)
