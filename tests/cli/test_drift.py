"""What operators see of drift: the alarm in `watch` and `doctor`, and the anchor that ends it."""

from __future__ import annotations

from screener.contracts.wire import Drift
from screener.core.drift.reference import reference_of
from screener.stages.drift import DriftWatch, raised_on
from screener.stages.looks import message_of
from tests.cli import parcels
from tests.cli.shell import Shell
from tests.core.drift.scanners import Made


def changed(shell: Shell) -> None:
    """A scanner that has changed its palette, noticed."""
    made = Made(seed=1)
    reference = reference_of(made.looks(120))
    looks = [*made.looks(30), *made.changed(hue=9).looks(60)]
    with parcels.opened(shell, "h1") as world:
        world.publish([message_of(look, str(number), "test") for number, look in enumerate(looks)])
        world.finish(DriftWatch.start(lambda *_: reference))


def test_an_alarm_is_one_line_and_one_object(shell: Shell) -> None:
    changed(shell)
    line = shell.ok("watch", "--from-start", "--limit", "1")
    assert "CHANGED" in line
    assert "palette: its colours are not those that it was commissioned with" in line
    (told,) = shell.objects("watch", "--from-start", "--limit", "1", "--json")
    assert (told["kind"], told["hub"], told["scanner"], told["what"]) == ("alarm", "h1", "x1", "palette")


def test_the_doctor_names_what_stands(shell: Shell) -> None:
    changed(shell)
    (said,) = shell.parsed(shell.run("doctor", "--json").stdout)
    found = [one for one in said["checks"] if one["what"] == "drift"]
    assert [one["state"] for one in found] == ["warning"]
    assert "h1/x1, palette" in found[0]["found"]


def test_an_anchor_ends_the_alarm(shell: Shell) -> None:
    changed(shell)
    shell.ok("hub", "anchor", "h1", "x1")
    with parcels.opened(shell, "h1") as world:
        assert [one.what for one in raised_on(world.log)] == [Drift.PALETTE]
        world.finish(DriftWatch.start(lambda *_: None))
        assert raised_on(world.log) == []


def test_an_anchor_for_what_is_no_name_is_refused(shell: Shell) -> None:
    parcels.settle(shell, *parcels.PARCELS)
    result = shell.run("hub", "anchor", "h1", "no name")
    assert result.exit_code != 0
    assert "$.scanner" in str(result.exception)
