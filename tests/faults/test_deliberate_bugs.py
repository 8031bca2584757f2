"""Each protection taken away, as a careless change would, and the fault that must find it.

That the same faults find nothing where no bug was put in: `test_short.py`, and here on the embedded log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from bench.faults.__main__ import SHORT
from bench.faults.worker import BUGS
from tests.faults import rig
from tests.faults.conftest import why_no_broker

pytestmark = pytest.mark.timeout(rig.LIMIT_S)


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


AIMS = EMBEDDED | ON_KAFKA
AT_A_TIME = 3
"""So many runs at once: each waits more than it works."""

Runs = Callable[[str], rig.Run]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The runs that tests of this session ask for, by their bug."""
    with ThreadPoolExecutor(AT_A_TIME) as several:
        begun = {
            bug: several.submit(rig.run, tmp_path_factory.mktemp(bug), *_arguments(bug))
            for bug in _asked_for(request.session.items)
        }
        yield lambda bug: begun[bug].result()


def _asked_for(items: Sequence[pytest.Item]) -> list[str]:
    """Those on Kafka only where it can be had, and first, since they take longest."""
    here = [item for item in items if isinstance(item, pytest.Function) and item.module.__name__ == __name__]
    bugs = [str(item.callspec.params["bug"]) for item in here if hasattr(item, "callspec")]
    return [bug for bug in reversed(bugs) if bug not in ON_KAFKA or why_no_broker() is None]


def _arguments(bug: str) -> list[str]:
    if bug == "none":
        only = [word for aim in EMBEDDED.values() for word in ("--only", aim.fault)]
        both = ["--faults", "2", "--parcels", "500", "--recovery", "180"]
        return ["--log", "sqlite", *rig.SMALL, *only, *both]
    aim, log = AIMS[bug], "kafka" if bug in ON_KAFKA else "sqlite"
    return ["--log", log, *rig.SMALL, "--break", bug, "--only", aim.fault, *aim.more]


def test_every_bug_has_its_aim_and_a_short_run_has_the_fault() -> None:
    assert {"none", *AIMS} == set(BUGS)
    assert {aim.fault for aim in ON_KAFKA.values()} <= set(SHORT)


@pytest.mark.slow
@pytest.mark.parametrize("bug", EMBEDDED)
def test_on_the_embedded_log_a_bug_is_found(runs: Runs, bug: str) -> None:
    _is_found(runs(bug), AIMS[bug])


@pytest.mark.slow
@pytest.mark.parametrize("bug", ["none"])
def test_without_a_bug_the_embedded_log_stands_the_same_faults(runs: Runs, bug: str) -> None:
    found = runs(bug)
    assert found.code == 0, found.said
    assert "nothing lost, nothing twice" in found.said


@pytest.mark.slow
@pytest.mark.kafka
@pytest.mark.usefixtures("kafka")
@pytest.mark.parametrize("bug", ON_KAFKA)
def test_on_kafka_a_bug_is_found(runs: Runs, bug: str) -> None:
    _is_found(runs(bug), AIMS[bug])


def _is_found(run: rig.Run, aim: Aim) -> None:
    assert run.code == 1, run.said
    assert aim.violation in run.said, run.said
