"""The demo runs from nothing to its summary, as a command of its own, and all is there exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from screener.cli import exits
from screener.cli.demo import _make_topics, _with_log
from screener.config import Config, LogSettings
from screener.errors import BadConfig
from screener.stages.topology import hub_specs
from screener.stream.sqlite import Sqlite

ROOT = Path(__file__).parents[2]
UNSET = ("SCREENER_LOG", "SCREENER_CONFIG", "SCREENER_KEYS", "KAFKA_BOOTSTRAP_SERVERS")


def screener(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of the command as a process of its own, where models and policy lie."""
    return subprocess.run(
        [sys.executable, "-m", "screener", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in UNSET},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.slow
def test_twenty_parcels_from_nothing_to_the_summary(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    log = f"sqlite:{folder / 'log.db'}"
    ended = screener("--log", log, "demo", "--once", "--dir", str(folder), "--parcels", "20")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Every one of 20 parcels was decided exactly once" in ended.stdout
    assert "Judged against the truth" in ended.stdout
    if "Picture: the top" in ended.stdout:
        assert cv2.imread(str(folder / "flagged.png")) is not None


def test_no_demo_on_a_log_that_serves_other_hubs(tmp_path: Path) -> None:
    with Sqlite(tmp_path / "log.db") as log:
        log.create(hub_specs("demo-1", LogSettings()))
        _make_topics(log, Config(), "demo-2")
        log.create(hub_specs("east", LogSettings()))
        with pytest.raises(BadConfig, match=r"got one with the hub\(s\) east"):
            _make_topics(log, Config(), "demo-3")


def test_kafka_is_used_only_where_the_call_names_it() -> None:
    assert _with_log(Config(), {}).log.kind == "sqlite"
    assert _with_log(Config(), {"SCREENER_LOG": "kafka"}).log.kind == "kafka"
    assert _with_log(Config(), {"KAFKA_BOOTSTRAP_SERVERS": "a:1"}).log.kind == "kafka"


def test_workers_that_end_end_the_demo_with_their_last_words(tmp_path: Path) -> None:
    model, settings = tmp_path / "bad.onnx", tmp_path / "screener.toml"
    model.write_bytes(b"no model")
    settings.write_text(f'[score]\nmodel = "{model}"\n')
    ended = screener("--config", str(settings), "demo", "--dir", str(tmp_path / "demo"))
    assert ended.returncode == exits.UNAVAILABLE, ended.stdout + ended.stderr
    assert "the workers ended with exit code 78" in ended.stderr
    assert f"{tmp_path}/bad." in ended.stderr.partition("ends:")[2]
