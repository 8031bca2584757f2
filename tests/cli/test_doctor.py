from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from screener.cli.checkup import mend_import
from screener.stream.port import TopicSpec
from tests.cli import parcels
from tests.cli.shell import SETTINGS, Shell

MODEL = Path("models/screener.onnx")


def checks(shell: Shell, code: int) -> dict[str, dict[str, Any]]:
    result = shell.run("doctor", "--json")
    assert result.exit_code == code, result.output
    (told,) = shell.parsed(result.stdout)
    assert told["ok"] == (code == 0)
    return {one["what"]: one for one in told["checks"]}


@pytest.fixture
def whole(tmp_path: Path) -> Shell:
    """A shell with everything in place."""
    shutil.copy(MODEL, tmp_path / "screener.onnx")
    shutil.copy(MODEL.with_suffix(".json"), tmp_path / "screener.json")
    shell = Shell.at(tmp_path, SETTINGS.replace("no-model", "screener"))
    shell.ok("keys", "new")
    shell.ok("topics", "create", "--hub", "h1")
    return shell


def test_nothing_is_broken_where_everything_is_in_place(whole: Shell) -> None:
    found = checks(whole, 0)
    assert {"opencv", "policy", "keys", "model", "image decoder", "evidence store", "log", "topics"} <= set(
        found
    )
    assert "everything is in place" in whole.ok("doctor")


def test_what_is_missing_is_named_with_what_to_do(shell: Shell) -> None:
    found = checks(shell, 1)
    assert found["keys"]["mend"] == "make them: `screener keys new`"
    assert "screener lab export" in found["model"]["mend"]
    assert "screener topics create" in found["log"]["mend"]
    assert "screener topics create" in shell.run("doctor").stdout


def test_a_model_that_differs_from_its_card_is_broken(whole: Shell) -> None:
    with (whole.folder / "screener.onnx").open("ab") as file:
        file.write(b"!")
    assert "SHA-256" in checks(whole, 1)["model"]["found"]


def test_keys_that_others_can_read_are_broken(whole: Shell) -> None:
    (key, *_) = (whole.folder / "keys").iterdir()
    key.chmod(0o644)
    assert "chmod 600" in checks(whole, 1)["keys"]["mend"]


def test_old_keys_are_a_warning_only(whole: Shell) -> None:
    for key in (whole.folder / "keys").glob("seal.*"):
        key.rename(key.with_name("seal.2020-01.key"))
    found = checks(whole, 0)["keys"]
    assert (found["state"], found["mend"][:22]) == ("warning", "`screener keys rotate`")


def test_topics_with_other_partitions_are_broken(whole: Shell) -> None:
    (whole.folder / "log.db").unlink()
    with whole.log() as log:
        log.create([TopicSpec("screener.evidence", 7)])
    assert checks(whole, 1)["topics"]["state"] == "broken"


def test_a_broker_that_does_not_answer_is_broken_with_what_to_do(whole: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # taken, and closed before it is asked for
        nobody = f"127.0.0.1:{server.getsockname()[1]}"
    settings = SETTINGS.replace(
        "[log]", f'[log.kafka]\nbootstrap_servers = ["{nobody}"]\ndelivery_timeout_s = 1.0\n[log]'
    )
    shell = replace(Shell.at(whole.folder, settings), log_choice="kafka")
    # In a process of its own: kafka-python leaves a socket behind where nobody answers.
    command = [sys.executable, "-m", "screener", "doctor", "--json"]
    done = subprocess.run(
        command, env={**os.environ, **shell.env}, capture_output=True, text=True, check=False
    )
    (told,) = shell.parsed(done.stdout)
    assert done.returncode == 1
    assert "make kafka" in next(one["mend"] for one in told["checks"] if one["what"] == "log")


def test_an_evidence_store_that_cannot_be_written_is_broken(whole: Shell) -> None:
    (whole.folder / "evidence").write_text("a file where a folder should be")
    assert checks(whole, 1)["evidence store"]["state"] == "broken"


def test_a_taken_metrics_port_is_a_warning(whole: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        settings = (whole.folder / "screener.toml").read_text().replace("port = 0", f"port = {port}")
        (whole.folder / "screener.toml").write_text(settings)
        found = checks(whole, 0)["metrics"]
    assert found["state"] == "warning"
    assert str(port) in found["found"]


def test_the_probe_of_the_evidence_store_is_left_once(whole: Shell) -> None:
    checks(whole, 0)
    checks(whole, 0)
    assert len([path for path in (whole.folder / "evidence").rglob("*") if path.is_file()]) == 1


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("libGL.so.1: cannot open shared object file: No such file or directory", "libgl1"),
        ("libgthread-2.0.so.0: cannot open shared object file", "libglib2.0-0"),
        ("No module named 'cv2'", "pip install screener"),
    ],
)
def test_a_missing_system_library_names_its_package(text: str, package: str) -> None:
    assert package in mend_import(text)


def test_nothing_personal_is_shown(whole: Shell) -> None:
    parcels.settle(whole, *parcels.PARCELS)
    said = whole.ok("doctor") + whole.ok("doctor", "--json")
    assert not any(secret in said for secret in parcels.PERSONAL)
