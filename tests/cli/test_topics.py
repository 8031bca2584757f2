from __future__ import annotations

import pytest

from screener.contracts import topics
from screener.errors import BadConfig
from screener.stream.port import TopicSpec
from tests.cli.shell import Shell


def test_creating_makes_what_check_wants_and_a_second_time_nothing(shell: Shell) -> None:
    made = shell.ok("topics", "create", "--hub", "east", "--hub", "north")
    assert made.count("created ") == made.count("\n") >= 11
    assert "as they must be" in shell.ok("topics", "check")
    assert shell.ok("topics", "create", "--hub", "east", "--hub", "north") == ""


def test_check_ends_with_1_and_names_what_is_missing(shell: Shell) -> None:
    result = shell.run("topics", "check")
    assert result.exit_code == 1
    assert topics.EVIDENCE in result.stdout
    assert "screener topics create" in result.stdout


def test_check_tells_programs_the_same(shell: Shell) -> None:
    result = shell.run("topics", "check", "--json")
    assert result.exit_code == 1
    shell.ok("topics", "create", "--hub", "east")
    assert shell.objects("topics", "check", "--json") == [{"ok": True, "problems": []}]


def test_a_hub_that_lacks_a_topic_gets_it_without_being_named(shell: Shell) -> None:
    with shell.log() as log:
        log.create([TopicSpec(topics.scans("east"), 5)])
    assert topics.manifests("east") in shell.ok("topics", "create")
    assert "as they must be" in shell.ok("topics", "check")


def test_partitions_never_change(shell: Shell) -> None:
    shell.ok("topics", "create", "--hub", "east", "--partitions", "3")
    refused = shell.run("topics", "create", "--hub", "north", "--partitions", "4")
    assert isinstance(refused.exception, BadConfig)
    assert "partitions" in str(refused.exception)
    assert not any("north" in row["topic"] for row in shell.objects("topics", "list", "--json"))


def test_other_partitions_than_the_settings_say_are_noted(shell: Shell) -> None:
    assert "settings file" in shell.run("topics", "create", "--hub", "east", "--partitions", "3").stderr
    assert shell.run("topics", "check").exit_code == 1


@pytest.mark.parametrize("name", ["", "a/b", "a.b", "-x", "x" * 65, "é"])
def test_a_hub_name_must_fit_a_topic(shell: Shell, name: str) -> None:
    result = shell.run("topics", "create", "--hub", name)
    assert result.exit_code == 2
    assert "expected a letter or digit" in result.stderr


def test_list_counts_records(shell: Shell) -> None:
    shell.ok("topics", "create", "--hub", "east")
    rows = {row["topic"]: row for row in shell.objects("topics", "list", "--records", "--json")}
    assert rows[topics.DECIDE_STATE]["compacted"]
    assert rows[topics.scans("east")] == {
        "topic": topics.scans("east"),
        "partitions": 2,
        "compacted": False,
        "retention_ms": 72 * 3_600_000,
        "records": 0,
    }
    assert "3 days" in shell.ok("topics", "list")


def test_lists_have_one_partition_whatever_the_settings_say(shell: Shell) -> None:
    with shell.log() as log:
        log.create([TopicSpec(topics.TIPS, 3, compacted=True)])
    (checked,) = shell.parsed(shell.run("topics", "check", "--json").stdout)
    said = {one["topic"]: one["text"] for one in checked["problems"]}
    assert "expected 1 partitions, got 3" in said[topics.TIPS]
    assert "log.partitions" not in said[topics.TIPS]
    (shell.folder / "log.db").unlink()
    shell.ok("topics", "create", "--hub", "east", "--partitions", "3")
    rows = {row["topic"]: row["partitions"] for row in shell.objects("topics", "list", "--json")}
    assert [rows[name] for name in topics.LISTS] == [1, 1, 1]
