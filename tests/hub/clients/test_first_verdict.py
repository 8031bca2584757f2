"""The guide's promise, in each client, against a real broker and real workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from subprocess import Popen

import pytest

from deploy.kafka.broker import LIBS
from screener.contracts import topics
from screener.contracts.wire import Decision
from tests.conftest import missing
from tests.contract.polling import everything
from tests.hub.clients.orders import order
from tests.hub.clients.programs import (
    CARTONS,
    EMPTY_BOX,
    NotHere,
    Program,
    jars_of_the_pom,
    said,
)
from tests.system.site import Site, decisions, rejected

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class Told:
    """What one client said, and what the log has of its hub."""

    lines: list[str]
    decisions: list[Decision]
    verdicts: int
    reasons: list[str]


@pytest.fixture(scope="module")
def told(
    programs: Mapping[str, Program | NotHere],
    hubs: Mapping[str, str],
    site: Site,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Mapping[str, Told]]:
    """All clients at once: a clean parcel sent twice, one over the limit, one with a wrong manifest."""
    servers = ",".join(site.settings.log.kafka.bootstrap_servers)
    with site.worker(), site.log() as log:
        running = {}
        for name, program in programs.items():
            if isinstance(program, NotHere):
                continue
            hub = hubs[name]
            folder = tmp_path_factory.mktemp(name)
            clean, over = order(folder, hub, "clean"), order(folder, hub, "over")
            wrong = order(folder, hub, "wrong", weight_g="2.35 kg")
            paths = (clean, EMPTY_BOX, clean, EMPTY_BOX, over, CARTONS, wrong, EMPTY_BOX)
            running[name] = program.start({"HUB": hub, "KAFKA_BOOTSTRAP_SERVERS": servers}, *paths)
        lines = all_said(running)
        yield {
            name: Told(
                lines=lines[name],
                decisions=decisions(log, hubs[name]),
                verdicts=len(everything(log, topics.verdicts(hubs[name]))),
                reasons=[(one.header("ce_reason") or b"").decode() for one in rejected(log, hubs[name])],
            )
            for name in running
        }


def all_said(running: Mapping[str, Popen[str]]) -> dict[str, list[str]]:
    try:
        return {name: said(process) for name, process in running.items()}
    finally:
        for process in running.values():
            process.kill()


def test_the_first_verdict_arrives(name: str, told: Mapping[str, Told]) -> None:
    assert {"clean: pass (revision 1)", "over: hold (revision 1)"} < set(told[name].lines)


def test_a_parcel_sent_twice_is_decided_once(name: str, told: Mapping[str, Told]) -> None:
    assert Counter(one.parcel_id for one in told[name].decisions) == {"clean": 1, "over": 1, "wrong": 1}
    assert (told[name].verdicts, len(told[name].lines)) == (3, 3)


def test_a_wrong_manifest_is_one_dead_letter_and_its_parcel_is_held_for_want_of_one(
    name: str, told: Mapping[str, Told]
) -> None:
    assert told[name].reasons == ["schema"]
    assert "wrong: hold (revision 1)" in told[name].lines
    assert [one.outcome for one in told[name].decisions if one.parcel_id == "wrong"] == ["no_manifest"]


def test_the_example_in_java_asks_for_the_versions_that_are_tested(
    programs: Mapping[str, Program | NotHere],
) -> None:
    if isinstance(absent := programs["java"], NotHere):
        missing(str(absent))
    assert jars_of_the_pom() - {"slf4j-nop-1.7.36.jar"} <= {jar.name for jar in LIBS.glob("*.jar")}
