"""Workers as processes: slots, and a supervisor that starts again what ends."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from screener.cli import exits, slots
from screener.cli.run import STAGES
from screener.stream.port import Message
from tests.stages.world import manifest_of
from tests.system.site import Site, wait_until


def test_a_slot_is_held_once_and_free_again_afterwards(tmp_path: Path) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(slots.slot(tmp_path, "score", {})) for _ in range(3)]
        other = stack.enter_context(slots.slot(tmp_path, "decide", {}))
    host = socket.gethostname()
    assert (held, other) == ([f"{host}-0", f"{host}-1", f"{host}-2"], f"{host}-0")
    with slots.slot(tmp_path, "score", {}) as again:
        assert again == f"{host}-0"


def test_a_cluster_names_the_slot(tmp_path: Path) -> None:
    with slots.slot(tmp_path, "score", {"SCREENER_SLOT": "screener-score-4"}) as named:
        assert named == "screener-score-4"


@pytest.mark.slow
def test_a_stage_that_is_killed_is_started_again_and_none_outlives_its_supervisor(tmp_path: Path) -> None:
    site = Site.build(tmp_path, hub="h1")
    with site.worker() as supervisor:
        wait_until(lambda: len(supervisor.children()) == len(STAGES), 30, "all stages")
        victim = next(child for child in supervisor.children() if _is_decide(child))
        victim.kill()
        wait_until(
            lambda: any(_is_decide(one) and one.pid != victim.pid for one in supervisor.children()),
            30,
            "the stage again",
        )
        family = supervisor.children(recursive=True)
        supervisor.send_signal(signal.SIGKILL)
        wait_until(lambda: not any(_lives(child) for child in family), 40, "no orphan")


def _is_decide(process: psutil.Process) -> bool:
    try:
        return "decide" in process.cmdline()
    except psutil.NoSuchProcess:  # a zombie, too
        return False


def _lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.slow
def test_a_wrong_configuration_ends_the_supervisor(tmp_path: Path) -> None:
    site = Site.build(tmp_path, hub="h1")
    (tmp_path / "policy.toml").write_text("jurisdiktion = 'CN'")
    with site.worker() as supervisor:
        assert supervisor.wait(60) == exits.BAD_CONFIG
    assert "jurisdiktion" in (tmp_path / "worker.log").read_text()


@pytest.mark.slow
def test_bad_messages_from_everywhere_end_the_supervisor_for_good(tmp_path: Path) -> None:
    site = Site.build(tmp_path, hub="h1")
    site.screener("topics", "create", "--hub", "h2")
    settings = tmp_path / "screener.toml"
    settings.write_text(settings.read_text().replace("worker_share = 1.0", "worker_share = 0.5\nwindow = 20"))
    sound = [manifest_of(f"B{number}", f"h{1 + number % 2}") for number in range(100)]
    with site.log() as log, log.publisher() as publisher:
        publisher.publish([Message(one.topic, one.key, b"{", one.headers) for one in sound])
    with site.worker() as supervisor:
        assert supervisor.wait(60) == exits.HALTED
    assert "hubs: this batch was not committed" in (tmp_path / "worker.log").read_text()
