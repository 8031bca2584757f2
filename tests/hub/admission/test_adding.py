"""`screener hub add`: what is missing is made, what is there stays, what differs is mended when told to."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from screener.contracts import topics
from screener.errors import BadConfig
from screener.stages import rights
from screener.stream.kafka import KafkaLog
from screener.stream.kafka.access import KafkaAccess
from screener.stream.rights import Grant, Operation, Resource, Right
from tests.cli.shell import Shell
from tests.hub.admission.conftest import Fort


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """The commands on an embedded log."""
    return Shell.at(tmp_path)


def grants_of(access: KafkaAccess, hub: str) -> set[Grant]:
    return {grant for grant in access.grants() if grant.principal == f"User:hub.{hub}"}


@pytest.mark.kafka
def test_added_twice_is_added_once(fort: Fort, hub: str, log: KafkaLog) -> None:
    first = fort.shell.run("hub", "add", hub)
    assert first.exit_code == 0
    assert first.stdout.count("password  ") == 1
    with KafkaAccess(fort.admin) as access:
        granted = grants_of(access, hub)
        again = fort.shell.run("hub", "add", hub)
        assert "all was there" in again.stderr
        assert "to be" not in again.stdout
        assert "password  " not in again.stdout
        assert grants_of(access, hub) == granted
        assert {grant.right for grant in granted} == set(rights.hub_rights(hub))


@pytest.mark.kafka
def test_a_dry_run_makes_nothing(fort: Fort, hub: str, log: KafkaLog) -> None:
    told = fort.shell.ok("hub", "add", hub, "--dry-run")
    assert told.count("to be made") == 9
    assert "password  " not in told
    with KafkaAccess(fort.admin) as access:
        assert not grants_of(access, hub)
        assert not access.users([f"hub.{hub}"])
    assert topics.scans(hub) not in log.topics()


@pytest.mark.kafka
def test_what_differs_is_mended_when_it_is_told_to(fort: Fort, hub: str, log: KafkaLog) -> None:
    fort.shell.ok("hub", "add", hub, "--retention-h", "5", "--max-message-bytes", "100000")
    more = Grant(f"User:hub.{hub}", Right(Resource.TOPIC, topics.DECISIONS, Operation.READ))
    with KafkaAccess(fort.admin) as access:
        access.grant([more])
        refused = fort.shell.run("hub", "add", hub, typed="n\n")
        assert refused.exit_code == 1
        assert more in access.grants()
        fort.shell.ok("hub", "add", hub, "--yes")
        assert more not in access.grants()
    found = log.describe(topics.scans(hub))
    assert found is not None
    assert (found.retention_ms, found.max_message_bytes) == (72 * 3_600_000, 4 * 1024 * 1024)


@pytest.mark.kafka
def test_files_are_their_owners_alone_and_the_password_is_not_shown(
    fort: Fort, hub: str, tmp_path: Path
) -> None:
    told = fort.shell.run("hub", "add", hub, "--out", str(tmp_path / "out"))
    password = (tmp_path / "out" / "password").read_text().strip()
    assert len(password) >= 32
    assert password not in told.output
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").iterdir()}
    assert set(modes.values()) == {0o600}
    assert set(modes) == {
        "ca.pem",
        "java.properties",
        "kafka-python.json",
        "librdkafka.properties",
        "password",
        "screener.toml",
    }


@pytest.mark.kafka
def test_another_password_ends_the_old_one(fort: Fort, hub: str) -> None:
    old = fort.admit(hub).settings
    kept = (fort.folder / hub / "password").read_text()
    (fort.folder / f"{hub}.old").write_text(kept)
    fort.shell.ok("hub", "add", hub, "--out", str(fort.folder / hub), "--new-password", "--yes")
    with KafkaLog(old) as log:
        assert topics.scans(hub) in log.topics()
    with (
        KafkaLog(fort.user(f"hub.{hub}", fort.folder / f"{hub}.old")) as log,
        pytest.raises(BadConfig, match="SaslAuthenticationFailed"),
    ):
        log.topics()


@pytest.mark.kafka
def test_no_two_hubs_share_a_principal(fort: Fort, hub: str) -> None:
    fort.shell.ok("hub", "add", hub)
    refused = fort.shell.run("hub", "add", f"{hub}b", "--principal", f"User:hub.{hub}")
    assert isinstance(refused.exception, BadConfig)
    assert hub in str(refused.exception)


@pytest.mark.kafka
def test_a_gateway_may_serve_several_hubs_where_that_is_said(fort: Fort, hub: str) -> None:
    served = ("--gateway", "--principal", f"User:{hub}-gateway")
    fort.shell.ok("hub", "add", hub, *served)
    assert isinstance(fort.shell.run("hub", "add", f"{hub}b", *served).exception, BadConfig)
    fort.shell.ok("hub", "add", f"{hub}b", *served, "--shared")
    with KafkaAccess(fort.admin) as access:
        has = {one.right for one in access.grants() if one.principal == f"User:{hub}-gateway"}
        both = (rights.hub_rights(name, gateway=True) for name in (hub, f"{hub}b"))
        assert has == {right for of_one in both for right in of_one}
        fort.shell.ok("hub", "remove", hub, "--yes")
        has = {one.right for one in access.grants() if one.principal == f"User:{hub}-gateway"}
        assert has == set(rights.hub_rights(f"{hub}b", gateway=True))


@pytest.mark.kafka
def test_rights_of_another_principal_are_shown_and_stay(fort: Fort, hub: str) -> None:
    fort.shell.ok("hub", "add", hub)
    told = fort.shell.ok("hub", "add", hub, "--principal", f"User:CN={hub}", "--dry-run")
    assert f"User:hub.{hub} may write, another principal" in told


@pytest.mark.parametrize("principal", ["hub", "User:", "User:*", "Group:x"])
def test_a_principal_is_one_user(shell: Shell, principal: str) -> None:
    refused = shell.run("hub", "add", "east", "--principal", principal)
    assert refused.exit_code == 2
    assert "expected User:NAME" in refused.stderr


def test_the_embedded_log_has_topics_alone_and_says_so(shell: Shell) -> None:
    first = shell.run("hub", "add", "east")
    assert first.exit_code == 0
    assert "topics alone" in first.stderr
    assert "all was there" in shell.run("hub", "add", "east").stderr
    with shell.log() as log:
        assert topics.verdicts("east") in log.topics()
    (listed,) = shell.objects("hub", "list", "--json")
    assert listed["hub"] == "east"
    assert listed["principals"] is None
    assert listed["last_at"] is None


def test_the_embedded_logs_topics_are_mended_too(shell: Shell) -> None:
    shell.ok("hub", "add", "east", "--retention-h", "5")
    shell.ok("hub", "add", "east", "--yes")
    with shell.log() as log:
        found = log.describe(topics.scans("east"))
    assert found is not None
    assert found.retention_ms == 72 * 3_600_000
