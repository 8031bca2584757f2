"""`screener simulate` publishes what its truth file says, and only to a hub that has topics."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.contracts import topics
from screener.errors import BadConfig
from screener.hub import sent
from screener.hub.sent import Mishap
from screener.stream.port import Partition, Record
from tests.cli.shell import Shell

MISHAPS = (
    "--duplicates",
    "0.2",
    "--late",
    "0.2",
    "--missing",
    "0.2",
    "--corrupt",
    "0.2",
    "--no-barcode",
    "0.1",
    "--rescans",
    "0.1",
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.at(tmp_path)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """60 small images."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(60):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 50, 3)).astype(np.uint8)
        cv2.imwrite(str(folder / f"scan {number}.jpg"), pixels)
    return folder


def published(shell: Shell, topic: str) -> list[Record]:
    with shell.log() as log:
        places = [Partition(topic, number) for number in range(log.topics()[topic])]
        return [record for place in places for record in log.read(place, 0, log.end(place))]


def test_the_truth_says_what_was_published(shell: Shell, scans: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    shell.ok(
        "simulate", "--create-topics", "--hub", "east", "--scans", str(scans), "--truth", str(truth), *MISHAPS
    )
    accounts = list(sent.read(truth))
    records = published(shell, topics.manifests("east")) + published(shell, topics.scans("east"))
    assert len(accounts) == 60
    assert sum(account.messages for account in accounts) == len(records)
    assert set(Mishap) - {Mishap.NONE} == {account.mishap for account in accounts}
    keys = Counter(record.key for record in records)
    for account in accounts:
        if account.mishap in (Mishap.NONE, Mishap.LATE, Mishap.DUPLICATE, Mishap.MISSING, Mishap.RESCAN):
            assert keys[account.parcel_id.encode()] == account.messages


def test_simulated_parcels_carry_their_truth(shell: Shell, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    shell.ok("simulate", "--create-topics", "--parcels", "3", "--over", "1", "--truth", str(truth))
    assert [account.over for account in sent.read(truth)] == [True] * 3


def test_a_hub_without_topics_is_refused_with_the_command_that_makes_them(shell: Shell) -> None:
    result = shell.run("simulate", "--hub", "east", "--parcels", "1")
    assert isinstance(result.exception, BadConfig)
    assert "`screener topics create --hub east`" in str(result.exception)


def test_parcels_limits_the_files_that_are_sent(shell: Shell, scans: Path) -> None:
    shell.ok("simulate", "--create-topics", "--scans", str(scans), "--parcels", "5")
    assert len(published(shell, topics.scans("h1"))) == 5


START = "2026-03-01T06:00+08:00"
WHOLE = (
    "--hub",
    "east",
    "--hub",
    "west",
    "--rings",
    "0.3",
    "--tips",
    "0.2",
    "--late-by",
    "5",
    "--start",
    START,
)


def by_hub(shell: Shell, hub: str) -> list[tuple[object, ...]]:
    records = published(shell, topics.manifests(hub)) + published(shell, topics.scans(hub))
    return [(one.partition, one.key, one.value, one.headers) for one in records]


def test_the_same_seed_and_start_send_the_same_bytes(scans: Path, tmp_path: Path) -> None:
    sent_twice = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        shell = Shell.at(folder)
        options = ("--scans", str(scans), "--pool", "9", "--parcels", "80", "--profile", "day", *MISHAPS)
        hubs = ("--hub", "east", "--hub", "west", "--start", START, "--rings", "0.2", "--speed", "1e6")
        shell.ok("simulate", "--create-topics", *options, *hubs, "--truth", str(folder / "truth"))
        sent_twice.append([by_hub(shell, "east"), by_hub(shell, "west"), (folder / "truth").read_bytes()])
    assert sent_twice[0] == sent_twice[1]


def test_the_truth_accounts_for_every_message_of_every_hub(shell: Shell, scans: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    options = ("--scans", str(scans), "--pool", "5", "--parcels", "150", "--rings", "0.3", *MISHAPS)
    shell.ok("simulate", "--create-topics", "--hub", "east", "--hub", "west", *options, "--truth", str(truth))
    accounts = list(sent.read(truth))
    assert len({account.parcel_id for account in accounts}) == 150
    for hub in ("east", "west"):
        own = [account for account in accounts if account.hub == hub]
        records = [*published(shell, topics.manifests(hub)), *published(shell, topics.scans(hub))]
        assert len(records) == sum(account.messages for account in own)
        ids = Counter((record.header("ce_id") or b"").partition(b"/")[0] for record in records)
        for account in own:
            assert account.messages - account.malformed <= ids[account.parcel_id.encode()] <= account.messages
    assert 20 < sum(account.ring is not None for account in accounts) < 80


def test_simulated_parcels_out_of_a_pool_tell_what_they_hold(shell: Shell, tmp_path: Path) -> None:
    truth = tmp_path / "truth.jsonl"
    options = ("--pool", "4", "--parcels", "120", "--over", "0.3", "--truth", str(truth))
    shell.ok("simulate", "--create-topics", *WHOLE, *options)
    accounts = list(sent.read(truth))
    assert len({account.scan_id for account in accounts}) == 120
    ring = [account for account in accounts if account.ring]
    assert ring
    assert not any(account.over for account in ring)
    assert all(account.sticks or account.tobacco_g for account in ring)
    assert 15 < sum(account.over is True and not account.tip for account in accounts) < 50
    # of TIP parcels the truth alone tells: their messages say what others say
    headers = {name for one in published(shell, topics.scans("east")) for name, _ in one.headers}
    assert not any("tip" in name.lower() for name in headers)


def test_a_recording_is_sent_as_new_parcels(shell: Shell, scans: Path, tmp_path: Path) -> None:
    shell.ok("keys", "new")
    shell.ok("simulate", "--create-topics", "--hub", "east", "--scans", str(scans))
    tape = tmp_path / "east.rec"
    said = shell.run("hub", "record", "east", "--since", "1h", "--out", str(tape))
    assert "120 messages" in said.stderr
    assert "PERSONAL DATA" in said.stderr
    options = ("--prefix", "again-", "--speed", "1e6", "--create-topics", "--hub", "west")
    shell.ok("simulate", "--replay-from", str(tape), *options)
    old = {one.key for one in published(shell, topics.scans("east"))}
    assert {one.key for one in published(shell, topics.scans("west"))} == {
        b"again-" + (key or b"") for key in old
    }


def test_an_anonymised_recording_holds_none_of_the_ids(shell: Shell, scans: Path, tmp_path: Path) -> None:
    shell.ok("keys", "new")
    shell.ok("simulate", "--create-topics", "--hub", "east", "--scans", str(scans), "--parcels", "4")
    tape = tmp_path / "east.rec"
    said = shell.run("hub", "record", "east", "--since", "1h", "--out", str(tape), "--anonymise")
    assert "8 messages" in said.stderr
    assert "made-up people" in said.stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--rate", "1", "--profile", "day"), "--rate or --profile"),
        (("--hours", "2"), "belong to --profile"),
        (("--prefix", "x"), "belongs to --replay-from"),
        (("--profile", "night"), "expected day, flat or a file"),
        (("--start", "soon"), "expected 2026-11-30T06:00"),
        (("--replay-from", "screener.toml", "--rate", "2"), "no other parcels"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], why: str
) -> None:
    monkeypatch.chdir(shell.folder)
    refused = shell.run("simulate", *options)
    assert refused.exit_code == 2
    assert why in " ".join(refused.stderr.replace("│", " ").split())
