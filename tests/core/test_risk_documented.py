"""The shipped weights are those that the documentation tells of."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener.core.policy import SHIPPED_WEIGHTS, read
from screener.core.risk import NAMES, read_risk

SHIPPED = read_risk(SHIPPED_WEIGHTS.read_bytes(), str(SHIPPED_WEIGHTS))


@pytest.mark.parametrize("name", NAMES)
def test_every_signal_stands_in_the_documentation_with_its_shipped_weight(name: str) -> None:
    rows = [line for line in Path("docs/risk.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = next(row.split("|") for row in rows if row.startswith(f"| `{name}` |"))
    assert cells[3].strip() == f"{SHIPPED.weights.get(name, 0.0):.2f}"


def test_shipped_weights_say_that_they_are_simulated_and_the_policy_uses_them() -> None:
    assert "simulated" in SHIPPED.fitted_on
    assert read(Path("configs/policy.toml")).risk == SHIPPED


def test_shipped_weights_know_no_routes() -> None:
    """Which regions are risky in a simulated city means nothing in a real one."""
    assert SHIPPED.routes == {}
