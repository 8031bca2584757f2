"""The rig's short run: a fault of each kind that aims at a protection, and nothing lost, nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import rig


@pytest.mark.timeout(rig.LIMIT_S)
@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.usefixtures("kafka")
def test_on_kafka_with_gateways_and_workstation(tmp_path: Path) -> None:
    found = rig.run(tmp_path, "--short", "--no-disks")
    assert found.code == 0, found.said
    assert "nothing lost, nothing twice" in found.said
