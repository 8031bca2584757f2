from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Decision, Inspection
from screener.core.policy import read
from screener.errors import BadConfig
from screener.stream.port import Message
from tests.cli import parcels
from tests.cli.dispositions import disposition
from tests.cli.shell import Shell
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import findings, manifest, scan
from tests.core.policies import SMALL, written

EVERY = "[sampling]\nrate = 0.0\n[hold]\nrisk = 1.0\n"
OF_THEN = SMALL + EVERY
STRICT = OF_THEN.replace("400", "50")
LENIENT = OF_THEN.replace("400", "100000")
STICKS = {"P-over": 1000.0, "P-legal": 200.0, "P-clean": 0.0}


def settled(shell: Shell) -> list[Decision]:
    """Decisions of the past on one parcel over the limit, one within, one without."""
    policy = read(written(shell.folder, OF_THEN))
    made = [
        decided(
            parcel_of(manifest(name), scan(name, found=findings(0.9 if sticks else 0.01, sticks))), policy
        )
        for name, sticks in STICKS.items()
    ]
    publish(shell, *made)
    return made


def publish(shell: Shell, *made: Decision) -> None:
    with parcels.opened(shell) as world:
        world.publish([Message(topics.DECISIONS, one.parcel_id.encode(), encode(one)) for one in made])


def decisions(shell: Shell) -> list[Decision]:
    with parcels.opened(shell) as world:
        found = world.records(topics.DECISIONS)
    return [decode_internal(record.value or b"", Decision) for record in found]


def inspect(shell: Shell, parcel_id: str, over_limit: bool) -> None:
    decision = next(one for one in decisions(shell) if one.parcel_id == parcel_id)
    found = Inspection(
        inspection_id=f"I-{parcel_id}",
        hub=decision.hub,
        parcel_id=parcel_id,
        revision=decision.revision,
        inspected_at=decision.decided_at + timedelta(hours=1),
        sticks=1000 if over_limit else 0,
        tobacco_g=0.0,
        e_cigarettes=0,
        over_limit=over_limit,
    )
    with parcels.opened(shell) as world:
        message = Message(topics.OUTCOMES, parcel_id.encode(), encode(found))
        world.publish([message, disposition(decision.hub, parcel_id)])


def replayed(shell: Shell, *arguments: str) -> dict[str, Any]:
    (told,) = shell.objects("policy", "replay", *arguments, "--json")
    return told


def test_the_shipped_policy_can_be_used(shell: Shell) -> None:
    said = shell.ok("policy", "check", "configs/policy.toml")
    assert "CN" in said
    assert "400" in said
    assert "over_limit" in said
    (told,) = shell.objects("policy", "check", "configs/policy.toml", "--json")
    assert (told["ok"], [doubt["path"] for doubt in told["doubts"]]) == (True, ["$.hold.risk"])
    assert told["policy"]["limits"]["CN"]["sticks"] == 400


def test_without_a_file_it_is_the_policy_of_the_settings(shell: Shell) -> None:
    named = shell.objects("policy", "check", "configs/policy.toml", "--json")
    assert shell.objects("policy", "check", "--json") == named


def test_what_hardly_is_meant_is_told_and_does_not_refuse(shell: Shell, tmp_path: Path) -> None:
    source = written(tmp_path, SMALL + "[sampling]\nrate = 0.0")
    assert "$.sampling.rate" in shell.ok("policy", "check", str(source))
    (told,) = shell.objects("policy", "check", str(source), "--json")
    assert told["doubts"][0]["path"] == "$.sampling.rate"


def test_a_bad_policy_ends_with_78_and_says_where(shell: Shell, tmp_path: Path) -> None:
    source = written(tmp_path, SMALL.replace("400", "-1"))
    refused = shell.run("policy", "check", str(source))
    assert isinstance(refused.exception, BadConfig)
    assert "$.limits" in str(refused.exception)
    as_json = shell.run("policy", "check", str(source), "--json")
    assert as_json.exit_code == 78
    (told,) = shell.parsed(as_json.stdout)
    assert (told["ok"], "$.limits" in told["error"]) == (False, True)


def test_a_hub_shows_what_differs(shell: Shell, tmp_path: Path) -> None:
    source = written(tmp_path, SMALL + "[hubs.east]\nrandom_rate = 0.07\ncapacity = { per_hour = 60 }")
    said = shell.ok("policy", "check", str(source))
    assert "east" in said
    assert "7.00%" in said


def test_under_the_policy_of_then_nothing_changes(shell: Shell) -> None:
    made = settled(shell)
    told = replayed(shell, str(written(shell.folder, OF_THEN)), "--show", "9")
    assert (told["parcels"], told["decisions"], told["without_facts"], told["shown"]) == (3, 3, 0, [])
    assert told["policies_of_then"] == {told["policy"]: 3}
    assert told["hubs"] == [{"hub": "h1", "parcels": 3, "held_before": 1, "held_after": 1}]
    assert decisions(shell) == made


def test_a_stricter_policy_holds_more_and_names_them(shell: Shell, tmp_path: Path) -> None:
    before = settled(shell)
    told = replayed(shell, str(written(tmp_path, STRICT)), "--show", "5")
    assert told["hubs"] == [{"hub": "h1", "parcels": 3, "held_before": 1, "held_after": 2}]
    (shown,) = told["shown"]
    assert (shown["parcel_id"], shown["outcome_before"], shown["outcome_after"]) == (
        "P-legal",
        "pass",
        "hold",
    )
    assert "sticks_over_limit" in shown["reasons_after"]
    said = shell.ok("policy", "replay", str(written(tmp_path, STRICT)), "--show", "5")
    assert "h1/P-legal" in said
    assert decisions(shell) == before


def test_finds_that_would_be_missed_are_counted(shell: Shell, tmp_path: Path) -> None:
    settled(shell)
    inspect(shell, "P-over", over_limit=True)
    inspect(shell, "P-legal", over_limit=False)
    lenient = replayed(shell, str(written(tmp_path, LENIENT)))
    assert lenient["finds"] == {"known": 1, "missed": 1, "gained": 0}
    strict = replayed(shell, str(written(tmp_path, STRICT)))
    assert strict["finds"] == {"known": 1, "missed": 0, "gained": 0}


def test_the_last_revision_counts_and_older_decisions_without_facts_are_named(
    shell: Shell, tmp_path: Path
) -> None:
    settled(shell)
    legal = next(one for one in decisions(shell) if one.parcel_id == "P-legal")
    publish(shell, replace(legal, revision=2), replace(legal, revision=3, facts=None))
    told = replayed(shell, str(written(tmp_path, STRICT)))
    assert (told["decisions"], told["parcels"], told["without_facts"]) == (5, 2, 1)
    assert "carry no facts" in shell.run("policy", "replay", str(written(tmp_path, STRICT))).stderr


def test_only_what_is_asked_for(shell: Shell, tmp_path: Path) -> None:
    settled(shell)
    source = str(written(tmp_path, STRICT))
    assert replayed(shell, source, "--hub", "h2")["parcels"] == 0
    assert replayed(shell, source, "--limit", "2")["parcels"] == 2
    at = decisions(shell)[0].decided_at.isoformat()
    assert replayed(shell, source, "--until", at)["parcels"] == 0
    assert replayed(shell, source, "--since", at)["parcels"] == 3
    assert "no decision" in shell.run("policy", "replay", source, "--hub", "h2").stderr
