from __future__ import annotations

import os
import signal
import subprocess
import sys

from screener.errors import BadConfig
from tests.cli import parcels
from tests.cli.shell import Shell
from tests.stages.world import CLEAN, OVER, manifest_of, scan_of


def test_each_decision_and_flag_is_one_line(shell: Shell) -> None:
    parcels.settle(shell, *parcels.PARCELS)
    said = shell.ok("watch", "--from-start", "--limit", "5").splitlines()
    assert len(said) == 5
    held, flag, cleared, unreadable = (
        next(line for line in said if parcel in line and outcome in line)
        for parcel, outcome in [
            ("P-over", "hold"),
            ("P-over", "FLAGGED"),
            ("P-clean", "pass"),
            ("P-broken", "unreadable"),
        ]
    )
    assert "1,000 sticks" in held
    assert "limit" in held
    assert "priority" in flag
    assert "no load" in cleared
    assert "image_corrupt" in unreadable


def test_programs_get_the_same_as_json(shell: Shell) -> None:
    parcels.settle(shell, *parcels.PARCELS)
    told = shell.objects("watch", "--from-start", "--rejected", "--limit", "7", "--json")
    assert sorted(one["kind"] for one in told) == ["decision"] * 3 + ["flagged"] * 2 + ["rejected"] * 2
    decision = next(one for one in told if one["kind"] == "decision" and one["parcel_id"] == "P-over")
    assert decision["outcome"] == "hold"
    assert decision["load"]["sticks"]["mid"] == 1000
    flag = next(one for one in told if one["kind"] == "flagged" and one["parcel_id"] == "P-over")
    assert flag["scans"][0]["image"].startswith("sha256/")
    assert {one["reason"] for one in told if one["kind"] == "rejected"} == {"not_json", "image_corrupt"}


def test_only_the_hubs_that_are_asked_for(shell: Shell) -> None:
    with parcels.opened(shell, "h1", "h2") as world:
        world.publish([scan_of("A", OVER), manifest_of("A")])
        world.publish([scan_of("B", CLEAN, hub="h2"), manifest_of("B", hub="h2")])
        world.settle()
    (only,) = shell.objects("watch", "--from-start", "--hub", "h2", "--limit", "1", "--json")
    assert (only["hub"], only["parcel_id"]) == ("h2", "B")


def test_nothing_personal_is_shown(shell: Shell) -> None:
    parcels.settle(shell, *parcels.PARCELS)
    arguments = ("watch", "--from-start", "--rejected", "--limit", "7")
    said = shell.ok(*arguments) + shell.ok(*arguments, "--json")
    assert not any(secret in said for secret in parcels.PERSONAL)


def test_without_topics_it_says_what_to_do(shell: Shell) -> None:
    refused = shell.run("watch", "--limit", "1")
    assert isinstance(refused.exception, BadConfig)
    assert "screener topics create" in str(refused.exception)


def test_it_shows_what_comes_later_and_ends_well_on_an_interrupt(shell: Shell) -> None:
    parcels.settle(shell, scan_of("P-before", CLEAN), manifest_of("P-before"))
    command = [sys.executable, "-m", "screener", "watch", "--json"]
    environment = {**os.environ, **shell.env}
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # what a shell starts in the background ignores interrupts, and so would its children
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no threads here)
    ) as watch:
        assert watch.stdout is not None
        assert watch.stderr is not None
        assert "watching" in watch.stderr.readline()
        parcels.settle(shell, scan_of("P-later", CLEAN), manifest_of("P-later"))
        (told,) = shell.parsed(watch.stdout.readline())
        assert told["parcel_id"] == "P-later"
        watch.send_signal(signal.SIGINT)
        assert watch.wait(30) == 0
