"""What makes a broker start sooner never keeps one from starting."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deploy.kafka import broker
from tests.conftest import missing


@pytest.fixture
def java() -> str:
    try:
        return broker._java()
    except broker.BrokerError as error:
        missing(str(error))


@pytest.fixture
def jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of jars without a jar: no broker starts from it, so no archive can be made."""
    monkeypatch.setattr(broker, "LIBS", tmp_path)
    return tmp_path


def test_classes_that_cannot_be_archived_are_tried_once_and_done_without(java: str, jars: Path) -> None:
    assert broker.shared_classes(java) == ()
    (tried,) = jars.iterdir()
    assert tried.stat().st_size == 0
    assert broker.shared_classes(java) == ()


def test_java_looks_past_an_archive_that_does_not_fit(java: str, jars: Path) -> None:
    broker.shared_classes(java)
    (archive,) = jars.iterdir()
    archive.write_bytes(b"rubbish" * 1000)
    options = broker.shared_classes(java)
    assert any(str(archive) in option for option in options)
    done = subprocess.run([java, *options, "-version"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout == ""
