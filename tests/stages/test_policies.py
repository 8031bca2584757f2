from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from screener.core.policy import SHIPPED_WEIGHTS
from screener.errors import BadConfig
from screener.stages.policies import PolicyReloader

GOOD = 'jurisdiction = "CN"\npatience_s = {patience}\n[limits.CN]\nsticks = 400\ntobacco_g = 5000\n'
WITH_WEIGHTS = GOOD + '[risk]\nfile = "risk.json"\n'


@dataclass
class World:
    """A folder with a policy, a clock that is set by hand, and what was refused."""

    folder: Path
    now_s: float = 0.0
    refused: list[BadConfig] = field(default_factory=list)
    written: int = 0

    @property
    def policy(self) -> Path:
        return self.folder / "policy.toml"

    def write(self, text: str, name: str = "policy.toml") -> None:
        """Write anew, and make sure that the file's time differs however coarse times are."""
        self.written += 1
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(self.written * 10**9, self.written * 10**9))

    def reloader(self) -> PolicyReloader:
        return PolicyReloader(self.policy, clock=lambda: self.now_s, refused=self.refused.append)

    def later(self) -> None:
        self.now_s += 5.0


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write(GOOD.format(patience=100))
    return world


def test_a_new_policy_decides_after_a_few_seconds_and_not_before(world: World) -> None:
    reloader = world.reloader()
    before = reloader.current()
    world.write(GOOD.format(patience=200))
    assert reloader.current() is before
    world.later()
    after = reloader.current()
    assert (after.patience_ms("h"), after.id != before.id) == (200_000, True)


def test_nothing_new_reads_nothing(world: World) -> None:
    reloader = world.reloader()
    first = reloader.current()
    world.later()
    assert reloader.current() is first


@pytest.mark.parametrize("bad", ["[", GOOD.format(patience=-1), GOOD.format(patience=1) + "surprise = 1"])
def test_a_bad_policy_is_reported_once_and_the_old_one_stays(world: World, bad: str) -> None:
    reloader = world.reloader()
    first = reloader.current()
    world.write(bad)
    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            world.later()
            assert reloader.current() is first
    assert [log["event"] for log in logs] == ["policy_refused"]
    assert len(world.refused) == 1
    assert str(world.policy) in str(world.refused[0])


def test_other_weights_are_another_policy(world: World) -> None:
    world.write('{"fitted_on": "one", "base": -8, "weights": {}}', "risk.json")
    world.write(WITH_WEIGHTS.format(patience=100))
    reloader = world.reloader()
    before = reloader.current()
    world.write('{"fitted_on": "two", "base": -7, "weights": {"alarm": 0.5}}', "risk.json")
    world.later()
    after = reloader.current()
    assert (after.risk.base, after.id != before.id) == (-7, True)


def test_weights_that_come_after_the_policy_that_names_them_are_taken(world: World) -> None:
    reloader = world.reloader()
    world.write(WITH_WEIGHTS.format(patience=100))
    world.later()
    reloader.current()
    assert "risk.json" in str(world.refused[0])
    world.write(SHIPPED_WEIGHTS.read_text("utf-8"), "risk.json")
    world.later()
    assert reloader.current().file.risk.file == "risk.json"


def test_without_a_first_policy_nothing_is_decided(tmp_path: Path) -> None:
    with pytest.raises(BadConfig):
        PolicyReloader(tmp_path / "none.toml")
