"""Runs one process for each stage, starts again those that end; a wrong configuration or a halt ends all."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

from screener.cli import exits

logger = structlog.get_logger(__name__)

PARENT = "SCREENER_PARENT"
_PR_SET_PDEATHSIG = 1
_POLL_S = 0.2
_GRACE_S = 20.0
_LONGEST_BACKOFF_S = 30.0
_STEADY_S = 60.0


@dataclass(slots=True)
class Child:
    """A supervised process: its command line, when it began, how often it ended soon after."""

    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    began_s: float = 0.0
    failures: int = 0
    start_at_s: float = field(default=0.0)


def supervise(commands: Sequence[Sequence[str]], stop: Event) -> int:
    """Run `screener ARGUMENTS` for each until `stop`; the exit code to end with."""
    children = [Child(arguments) for arguments in commands]
    try:
        while not stop.is_set():
            for child in children:
                if (code := _ended(child)) in exits.FINAL:
                    return int(code)
                _start_if_due(child)
            stop.wait(_POLL_S)
    finally:
        _end_all(children)
    return 0


def die_with_parent() -> None:
    """Ask the kernel (Linux) to end this process when its supervisor dies, even by SIGKILL."""
    parent = os.environ.get(PARENT)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):  # it died before we asked
        sys.exit(0)


def _start_if_due(child: Child) -> None:
    now_s = time.monotonic()
    if child.process is not None or now_s < child.start_at_s:
        return
    environment = {**os.environ, PARENT: str(os.getpid())}
    child.process = subprocess.Popen([sys.executable, "-m", "screener", *child.arguments], env=environment)
    child.began_s = now_s


def _ended(child: Child) -> int | None:
    """The exit code of a child that has just ended, with its next start set; None while it runs."""
    if child.process is None or child.process.poll() is None:
        return None
    code = child.process.returncode
    lasted_s = time.monotonic() - child.began_s
    child.failures = 0 if lasted_s > _STEADY_S else child.failures + 1
    wait_s = min(_LONGEST_BACKOFF_S, 0.5 * 2 ** min(child.failures, 10))
    logger.warning("worker ended", worker=" ".join(child.arguments), exit_code=code, restart_in_s=wait_s)
    child.process, child.start_at_s = None, time.monotonic() + wait_s
    return code


def _end_all(children: Sequence[Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    deadline_s = time.monotonic() + _GRACE_S
    for process in running:
        try:
            process.wait(max(0.1, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
