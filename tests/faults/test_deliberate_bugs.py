"""Each protection taken away, as a careless change would, and the fault that must find it.

That the same faults find nothing where no bug was put in: `test_short.py`, and the last test here.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.faults.__main__ import SHORT
from bench.faults.worker import BUGS
from tests.faults import rig


@dataclass(frozen=True, slots=True)
class Aim:
    """The fault that aims at a bug, and the violation that it must bring to light."""

    fault: str
    violation: str
    more: tuple[str, ...] = ()


EMBEDDED = {
    "offsets-early": Aim("killed before commit", "lost before a decision", ("--parcels", "150")),
    "wall-clock": Aim("backlog", "said to lack what was sent", ("--parcels", "400")),
}
ON_KAFKA = {
    "futures-unchecked": Aim("outage", "lost before a decision", ("--parcels", "500")),
    "no-fencing": Aim(
        "zombie",
        "taken twice",
        ("--parcels", "200", "--workers", "score,score,decide,tally,network"),
    ),
    "no-watchdog": Aim(
        "link cut in commit",
        "a process of score did not end when it was asked to",
        ("--parcels", "150"),
    ),
}


def test_every_bug_has_its_aim_and_a_short_run_has_the_fault() -> None:
    assert {"none", *EMBEDDED, *ON_KAFKA} == set(BUGS)
    assert {aim.fault for aim in ON_KAFKA.values()} <= set(SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("bug", EMBEDDED)
def test_on_the_embedded_log_a_bug_is_found(tmp_path: Path, bug: str) -> None:
    _is_found(tmp_path, bug, EMBEDDED[bug], "sqlite")


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.usefixtures("kafka")
@pytest.mark.parametrize("bug", ON_KAFKA)
def test_on_kafka_a_bug_is_found(tmp_path: Path, bug: str) -> None:
    _is_found(tmp_path, bug, ON_KAFKA[bug], "kafka")


@pytest.mark.slow
def test_without_a_bug_the_embedded_log_stands_the_same_faults(tmp_path: Path) -> None:
    only = [word for aim in EMBEDDED.values() for word in ("--only", aim.fault)]
    small = ("--faults", "2", "--parcels", "500", "--recovery", "180")
    found = rig.run(tmp_path, "--log", "sqlite", *rig.SMALL, *only, *small)
    assert found.code == 0, found.said
    assert "nothing lost, nothing twice" in found.said


def _is_found(folder: Path, bug: str, aim: Aim, log: str) -> None:
    found = rig.run(folder, "--log", log, *rig.SMALL, "--break", bug, "--only", aim.fault, *aim.more)
    assert found.code == 1, found.said
    assert aim.violation in found.said, found.said
