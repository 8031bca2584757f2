"""`screener hub check` reads a log, says what it found in three ways, and ends with 0 or 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from screener.cli.main import cli
from screener.contracts import topics
from screener.contracts.wire import Manifest
from screener.hub.parcel import TrafficParcel, manifest_of, scans_of
from screener.stream.port import Message, TopicSpec
from screener.stream.sqlite import Sqlite
from tests.hub.parcels import parcel

HUB = "h1"


def publish(path: Path, messages: Sequence[Message]) -> None:
    with Sqlite(path) as log:
        log.create([TopicSpec(topics.manifests(HUB), 2), TopicSpec(topics.scans(HUB), 2)])
        with log.publisher() as publisher:
            publisher.publish(messages)


def check(path: Path, *options: str) -> Result:
    arguments = ["--log", f"sqlite:{path}", "hub", "check", "--hub", HUB, *options]
    return CliRunner().invoke(cli, arguments)


def broken(one: TrafficParcel) -> list[Message]:
    """What a hub sends that writes other hashes than those of its images."""
    return [
        manifest_of(one),
        *(replace(scan, value=(scan.value or b"") + b"<script>alert(1)</script>") for scan in scans_of(one)),
    ]


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("wrong") / "log.db"
    publish(path, [message for number in range(12) for message in broken(parcel(number))])
    return path


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("SCREENER_CONFIG", "SCREENER_LOG", "KAFKA_BOOTSTRAP_SERVERS"):
        monkeypatch.setenv(name, "")


def test_a_wrong_hub_is_not_ready_and_told_how_to_mend_it(wrong: Path) -> None:
    result = check(wrong)
    assert result.exit_code == 1
    assert "not ready" in result.output
    assert "image_mismatch" in result.output
    assert "parcels.scans.h1/" in result.output


def test_json_holds_the_findings_with_places(wrong: Path) -> None:
    found = json.loads(check(wrong, "--json").output)
    assert found["ready"] is False
    first = next(one for one in found["findings"] if one["code"] == "image_mismatch")
    assert first["count"] == 18
    assert first["examples"][0]["source"] == "parcels.scans.h1"
    assert found["summary"]["manifests"] == 12


class Asking(HTMLParser):
    """Collects what a page would ask of the network, or run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "link", "iframe", "object", "embed"}:
            self.asked.append(tag)
        self.asked += [value for name, value in attrs if name in {"src", "href"} and value and ":" in value]


def test_the_page_asks_for_nothing_runs_nothing_and_names_nobody(tmp_path: Path) -> None:
    parcels = [parcel(number) for number in range(12)]
    path, page = tmp_path / "log.db", tmp_path / "report.html"
    publish(path, [message for one in parcels for message in (manifest_of(one), *scans_of(one))])
    check(path, "--html", str(page))
    text = page.read_text()
    asking = Asking()
    asking.feed(text)
    assert all(value.startswith("data:image/jpeg") for value in asking.asked)
    for manifest in (one.manifest for one in parcels):
        assert not any(value in text for value in personal(manifest))


def personal(manifest: Manifest) -> list[str]:
    sides = (manifest.consignor, manifest.consignee)
    return [text for side in sides for text in (side.name, side.phone, side.address) if text]


def test_one_source_is_named(wrong: Path) -> None:
    assert CliRunner().invoke(cli, ["--log", f"sqlite:{wrong}", "hub", "check"]).exit_code == 2
