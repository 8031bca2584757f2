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
    "0.2",
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell.at(tmp_path)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """24 small images."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(24):
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
    assert len(accounts) == 24
    assert sum(account.messages for account in accounts) == len(records)
    assert set(Mishap) - {Mishap.NONE} == {account.mishap for account in accounts}
    keys = Counter(record.key for record in records)
    for account in accounts:
        if account.mishap in (Mishap.NONE, Mishap.LATE, Mishap.DUPLICATE, Mishap.MISSING):
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
