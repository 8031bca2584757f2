"""The demo's installation is what its settings file says, and leaves that of others alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import make_url

from screener import config
from screener.config import Config, DecideSettings, KafkaLog, LogSettings, ScoreSettings
from screener.core import policy
from screener.demo.installation import PATIENCE_S, SETTINGS, install
from screener.errors import BadConfig
from screener.sealing.ring import KeyRing

TODAY = date(2026, 3, 1)
POLICY = Path("configs/policy.toml")


@pytest.fixture
def given(tmp_path: Path) -> Config:
    """Settings with a model that is there."""
    model = tmp_path / "model.onnx"
    model.touch()
    return Config(score=ScoreSettings(model=str(model)), decide=DecideSettings(policy=str(POLICY)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / 'a folder with "quotes" and 烟'
    made.mkdir()
    return made


@pytest.mark.parametrize("kind", ["kafka", "sqlite"])
def test_the_settings_file_reads_as_the_settings(given: Config, folder: Path, kind: str) -> None:
    kafka = KafkaLog(bootstrap_servers=("a:1", "b:2"), sasl_username="me")
    chosen = replace(given, log=replace(LogSettings(), kind=kind, kafka=kafka))
    made = install(folder, chosen, TODAY)
    assert config.load(folder / SETTINGS, {}) == made
    assert made.log.kafka == kafka


def test_everything_but_the_model_lies_in_the_folder(given: Config, folder: Path) -> None:
    made = install(folder, replace(given, log=LogSettings(kind="sqlite")), TODAY)
    paths = (made.log.sqlite.path, made.decide.policy, made.evidence.url, made.keys.path, made.run_dir)
    assert all(Path(path).is_relative_to(folder) for path in paths)
    assert made.metrics.port == 0
    database = make_url(made.review.database).database
    assert database is not None and Path(database).is_relative_to(folder)
    assert Path(made.review.checkpoint_key).is_relative_to(folder)


def test_the_policy_differs_in_its_patience_alone(given: Config, folder: Path) -> None:
    made = install(folder, given, TODAY)
    theirs, ours = policy.read(POLICY).file, policy.read(Path(made.decide.policy)).file
    assert ours == replace(theirs, patience_s=PATIENCE_S)


def test_there_are_keys(given: Config, folder: Path) -> None:
    made = install(folder, given, TODAY)
    assert KeyRing.load(Path(made.keys.path), {}).seal_key_id.startswith("2026-03")


def test_a_missing_model_is_named(given: Config, folder: Path) -> None:
    with pytest.raises(BadConfig, match=r"model no\.onnx: not found"):
        install(folder, replace(given, score=ScoreSettings(model="no.onnx")), TODAY)
