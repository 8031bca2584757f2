from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.contracts.wire import Decision, Inspection, Selection, Why
from screener.core.parcel import time_of
from screener.core.policy import read
from screener.core.risk import read_risk
from screener.lab.risk.cases import Case
from screener.lab.risk.result import Refused
from screener.stream.port import Message
from tests.cli import parcels
from tests.cli.dispositions import disposition
from tests.cli.shell import Shell
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import manifest, scan
from tests.lab.outcomes import POLICY, TRUTH, outcomes

POLICY_FILE = "configs/policy.toml"
SHOWN = decided(parcel_of(manifest(), scan()), POLICY)


def found(shell: Shell, count: int) -> None:
    """So many parcels that were drawn at random and opened, a minute apart."""
    cases = outcomes(count, truth=replace(TRUTH, base=-0.5)).each
    with parcels.opened(shell) as world:
        world.publish([message for number, case in enumerate(cases) for message in _messages(number, case)])


def _messages(number: int, case: Case) -> list[Message]:
    decision = _decision(number, case)
    key = decision.parcel_id.encode()
    return [
        Message(topics.DECISIONS, key, encode(decision)),
        disposition(decision.hub, decision.parcel_id),
        Message(topics.OUTCOMES, key, encode(_inspection(decision, over=case.over))),
    ]


def _decision(number: int, case: Case) -> Decision:
    drawn = Selection(why=Why.RANDOM, probability=0.01, rate=0.01, draw=0.001)
    return replace(
        SHOWN, parcel_id=f"P-{number}", facts=case.facts, selection=drawn, decided_at=time_of(case.at_ms)
    )


def _inspection(decision: Decision, *, over: bool) -> Inspection:
    return Inspection(
        inspection_id=f"I-{decision.parcel_id}",
        hub=decision.hub,
        parcel_id=decision.parcel_id,
        revision=1,
        inspected_at=decision.decided_at + timedelta(hours=1),
        sticks=600 if over else 0,
        tobacco_g=0.0,
        e_cigarettes=0,
        over_limit=over,
    )


def test_weights_come_from_what_was_found_and_can_be_used(shell: Shell, tmp_path: Path) -> None:
    found(shell, 1200)
    out, plot = tmp_path / "risk.json", tmp_path / "risk.png"
    said = shell.ok(*("lab", "fit-risk", str(out), "--policy", POLICY_FILE, "--no-peer", "--plot", str(plot)))
    assert "fitted weights" in said
    assert "undeclared" in said
    model = read_risk(out.read_bytes(), "risk.json")
    assert model.fitted_on == "1,200 opened parcels, decided from 1970-01-01 to 1970-01-01"
    assert model.figures["outcomes"] == 1200
    assert model.weights["undeclared"] > 0
    assert plot.read_bytes().startswith(b"\x89PNG")
    policy = tmp_path / "policy.toml"
    policy.write_text(Path(POLICY_FILE).read_text().replace('# file = "risk.json"', 'file = "risk.json"'))
    assert read(policy).risk == model


def test_too_few_outcomes_write_nothing(shell: Shell, tmp_path: Path) -> None:
    found(shell, 20)
    out = tmp_path / "risk.json"
    refused = shell.run("lab", "fit-risk", str(out), "--policy", POLICY_FILE)
    assert isinstance(refused.exception, Refused)
    assert "too few outcomes" in str(refused.exception)
    assert not out.exists()


@pytest.mark.slow
def test_simulated_years_can_be_fitted_on(shell: Shell, tmp_path: Path) -> None:
    """Against weights that know nothing: a small sample is no match for those that ship."""
    out, policy = tmp_path / "risk.json", tmp_path / "policy.toml"
    policy.write_text(Path(POLICY_FILE).read_text().replace('# file = "risk.json"', 'file = "none.json"'))
    (tmp_path / "none.json").write_text('{"fitted_on": "nothing", "base": -2.0, "weights": {}}')
    shell.ok(
        *("lab", "fit-risk", str(out), "--policy", str(policy), "--simulated", "6000", "--no-routes"),
        "--no-peer",
    )
    model = read_risk(out.read_bytes(), "risk.json")
    assert "simulated" in model.fitted_on
    assert (model.routes, model.weights.get("route", 0.0)) == ({}, 0.0)
