"""A policy is refused where it can mean nothing, and doubted where it hardly is meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.core import policy
from screener.core.doubts import doubts
from screener.core.policy import Capacity
from screener.core.risk import RARE
from screener.errors import BadConfig
from tests.core.policies import SHIPPED, SMALL, written


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[limits.HK]\nsticks = inf\ntobacco_g = 1", "$.limits.HK.sticks: expected a finite number, got inf"),
        ("[hubs.'no hub']\npatience_s = 9", "$.hubs: expected a hub, got 'no hub'"),
        ("[currencies]\nyuan = 1.0", "$.currencies: expected a currency (three capital letters), got 'yuan'"),
        ("[thresholds]\nscanner-1 = 0.5", "$.thresholds: expected hub/scanner, got 'scanner-1'"),
        ("[hubs.h1]\njurisdiction = 'XX'", "$.hubs.h1.jurisdiction: no [limits.XX]"),
        ("[risk]\nweights = { alarm = -1.0 }", "$.risk.weights: alarm: expected a weight of 0 or more"),
        ("[risk]\nweights = { surname = 1.0 }", "no signal 'surname'"),
        ("[risk]\nfile = 'none.json'", "none.json: cannot be read"),
        ("[hold]\nrisk = 1.5", "$.hold.risk"),
        ("[capacity]\nper_hour = 0", "$.capacity.per_hour"),
        ("[hubs.h1]\npatience_s = 1e306", "patience_s"),
        ("[sums]\nanswer_within_s = 1e306", "$.sums.answer_within_s"),
        ("[risk]\nweights = { alarm = 1e306 }", "$.risk.weights"),
    ],
)
def test_what_can_mean_nothing_is_refused_with_its_path(tmp_path: Path, more: str, expected: str) -> None:
    source = written(tmp_path, SMALL + more)
    with pytest.raises(BadConfig) as refused:
        policy.read(source)
    assert expected in str(refused.value)
    assert str(tmp_path) in str(refused.value)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("[limits.HK]\nsticks = 19\ntobacco_g = 25", "$.limits.HK"),
        ("[hubs.h1]\njurisdiction = 'HK'\n[limits.HK]\nsticks = 0\ntobacco_g = 25", "$.limits.HK.sticks"),
        ("[hold]\nrisk = 0.0", "$.hold.risk"),
        ("[hold]\nover_limit = 1.0", "$.hold.over_limit"),
        ("[hold]\nover_limit = 0.95", "$.hold.hard_over_limit"),
        ("[hold]\nrisk = 0.2\n[capacity]\nper_hour = 60", "$.hold.risk"),
        ("[capacity]\nper_hour = 2", "$.capacity.half_life_h"),
        ("[hold]\nrisk = 0.6\n[capacity]\nper_hour = 60", "$.hold.over_limit"),
        ("[hubs.h1]\ncapacity = { per_hour = 60, least = 0.4 }", "$.hubs.h1.capacity.least"),
        ("[sums]\nsticks = 200", "$.sums.sticks"),
        ("[sums]\nwait_from = 0.9", "$.sums.wait_from"),
        ("[sums]\nanswer_within_s = 3600.0", "$.sums.answer_within_s"),
        ("[sampling]\nrate = 0.0", "$.sampling.rate"),
        ("[sampling]\nrate = 0.9", "$.sampling.rate"),
        ("[sampling]\ngrades = { AAA = 0.02, C = 0.01 }", "$.sampling.grades.C"),
        ("[hubs.h1]\nrandom_rate = 0.0", "$.hubs.h1.random_rate"),
        ("[priorities]\ntip = 0.1", "$.priorities.tip"),
        ("[priorities]\ndrawn = 0.0", "$.priorities.drawn"),
        ("[thresholds]\n'h1/scanner-1' = 1.0", "$.thresholds.h1/scanner-1"),
        ("[hubs.h1]", "$.hubs.h1"),
    ],
)
def test_what_hardly_is_meant_is_doubted(tmp_path: Path, more: str, path: str) -> None:
    before = doubts(policy.read(written(tmp_path)))
    found = doubts(policy.read(written(tmp_path, SMALL + more)))
    assert path in {doubt.path for doubt in found if doubt not in before}
    assert all(doubt.text for doubt in found)


def test_of_the_shipped_policy_only_a_risk_that_its_weights_hardly_reach_is_doubted() -> None:
    """They are simulated, for a model that tells little: what is held for its risk needs a capacity."""
    shipped = policy.read(SHIPPED)
    assert [doubt.path for doubt in doubts(shipped)] == ["$.hold.risk"]
    within = replace(shipped.file, hold=replace(shipped.file.hold, risk=shipped.risk.figures[RARE]))
    assert doubts(replace(shipped, file=within)) == ()
    assert doubts(replace(shipped, file=replace(shipped.file, capacity=Capacity(per_hour=60)))) == ()


def test_the_id_follows_the_bytes_of_policy_and_weights(tmp_path: Path) -> None:
    weights = tmp_path / "risk.json"
    weights.write_text('{"fitted_on": "a", "base": -8, "weights": {}}')
    text = SMALL + "[risk]\nfile = 'risk.json'"
    first = policy.read(written(tmp_path, text))
    assert policy.read(written(tmp_path, text)).id == first.id
    assert policy.read(written(tmp_path, text + "\n# ")).id != first.id
    written(tmp_path, text)
    weights.write_text('{"fitted_on": "b", "base": -8, "weights": {}}')
    assert policy.read(tmp_path / "policy.toml").id != first.id
