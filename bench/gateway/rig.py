"""The whole rig: a folder, a gateway under fire, and the account at the end."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.gateway.account import Account, account, left_in
from bench.gateway.feed import Feeder
from bench.gateway.link import Link
from bench.gateway.trouble import Disk, Process, Troubles, gateway_command, plain_environment
from screener.stream.port import Log

SETTINGS = """
hub = "{hub}"
outbox = "{folder}/outbox.db"
[folders]
watch = "{folder}/watched"
poll_s = 0.3
steady_s = 1.0
[scans]
scanner = "X1"
pitch_mm = {{ across = 0.8, along = 0.8 }}
energy = "dual"
[manifests.constants]
courier = "Example Express"
[log]
kind = "{kind}"
[log.sqlite]
path = "{log_path}"
[log.kafka]
bootstrap_servers = ["{bootstrap}"]
transaction_timeout_s = 10.0
delivery_timeout_s = 5.0
commit_timeout_s = 8.0
"""


@dataclass(frozen=True)
class Plan:
    """How many files at what pace (a second), and how much trouble: mean seconds of calm and of each."""

    files: int
    rate: float
    seed: int = 1
    calm_s: float = 8.0
    lasts_s: float = 3.0
    patience_s: float = 600.0
    ballast: bool = False
    ahead: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What was found, what had befallen, how the gateway had ended, and how long it all took."""

    account: Account
    files: int
    parcels: int
    troubles: Counter[str]
    ends: Counter[int]
    fed_s: float
    took_s: float


def run(
    plan: Plan,
    folder: Path,
    hub: str,
    log: Log,
    *,
    beside: Path,
    bootstrap: str | None = None,
    log_path: Path | None = None,
    link: Link | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Feed a gateway in `folder` that is under fire, and count. Raises `TimeoutError` where a file sticks."""
    watched, settings = folder / "watched", beside / f"{hub}.toml"
    watched.mkdir(parents=True)
    kind = "kafka" if bootstrap else "sqlite"
    settings.write_text(
        SETTINGS.format(
            hub=hub, folder=folder, kind=kind, log_path=log_path or "none", bootstrap=bootstrap or "none"
        )
    )
    began_s = time.monotonic()
    with (beside / f"{hub}.log").open("wb") as output:
        process = Process(gateway_command(settings), plain_environment(), output)
        disk = Disk(process, folder / "ballast" if plan.ballast else None)
        troubles = Troubles(
            process,
            disk,
            link,
            moved=lambda: _moved(watched),
            seed=plan.seed,
            calm_s=plan.calm_s,
            lasts_s=plan.lasts_s,
        )
        feeder = Feeder(watched, plan.files, rate=plan.rate, seed=plan.seed, ahead=plan.ahead)
        feeder.start()
        troubles.start()
        try:
            _wait(lambda: not feeder.is_alive(), plan, watched, told)
            fed_s = time.monotonic() - began_s
            _wait(lambda: len(left_in(watched)) < plan.files // 10, plan, watched, told)
            troubles.stop()
            _wait(lambda: not left_in(watched), plan, watched, told)
        finally:
            troubles.stop()
            process.stop()
    return Outcome(
        account=account(log, hub, watched, feeder.fed),
        files=feeder.fed.files.total(),
        parcels=len(feeder.fed.parcels),
        troubles=troubles.had,
        ends=process.ends,
        fed_s=fed_s,
        took_s=time.monotonic() - began_s,
    )


def _moved(watched: Path) -> int:
    """How many files lie where they belong."""
    aside = (watched / "sent", watched / "refused")
    return sum(len(files) for folder in aside for _, _, files in os.walk(folder))


def _wait(done: Callable[[], bool], plan: Plan, watched: Path, told: Callable[[str], None]) -> None:
    """Wait until `done`, for as long as files go on moving."""
    moved, since_s = (-1, -1), time.monotonic()
    while not done():
        counts = (_moved(watched), len(left_in(watched)))
        if counts != moved:
            moved, since_s = counts, time.monotonic()
        if time.monotonic() - since_s > plan.patience_s:
            left = left_in(watched)
            raise TimeoutError(f"{len(left)} files lie there, as {left[0] if left else 'none'}")
        told(f"{moved[1]} files wait in the watched folder, {moved[0]} have been moved")
        time.sleep(0.5)
