"""`screener hub publish`: settings that explain themselves, a single pass, and what its exit code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from screener import config
from screener.cli.hub.publish import command
from screener.config import LogSettings, SqliteLog
from screener.errors import BadConfig, Unavailable
from screener.hub.folder.settings import FolderSettings, check, example
from screener.stages import topology
from screener.stream.sqlite import Sqlite
from tests.contract.polling import everything
from tests.hub.folder.hub import HUB, picture

SETTINGS = """
hub = "east"
outbox = "{folder}/outbox.db"
[folders]
poll_s = 0.05
steady_s = 0.2
[scans]
scanner = "X1"
pitch_mm = {{ across = 0.8, along = 0.8 }}
energy = "dual"
"""


def publish(folder: Path, *arguments: str, text: str = SETTINGS, topics: bool = True) -> Result:
    (folder / "gateway.toml").write_text(text.format(folder=folder))
    (folder / "watched").mkdir(exist_ok=True)
    if topics:
        with Sqlite(folder / "log.db") as log:
            log.create(topology.hub_specs(HUB, LogSettings(hub_partitions=1)))
    settings = config.Config(log=LogSettings(kind="sqlite", sqlite=SqliteLog(path=str(folder / "log.db"))))
    given = ["--settings", str(folder / "gateway.toml"), "--watch", str(folder / "watched"), *arguments]
    return CliRunner().invoke(command, given, obj=settings)


def test_a_single_pass_sends_what_lies_there(tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "P1_1of1.png").write_bytes(picture(1))
    assert publish(tmp_path, "--once").exit_code == 0
    assert publish(tmp_path, "--once").exit_code == 0
    with Sqlite(tmp_path / "log.db") as log:
        assert [record.key for record in everything(log, f"parcels.scans.{HUB}")] == [b"P1"]


def test_a_pass_that_refuses_something_ends_with_1_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "P1_1of1.png").write_bytes(b"none")
    done = publish(tmp_path, "--once")
    assert done.exit_code == 1
    assert "P1_1of1.png: image_format" in done.stderr


def test_topics_that_are_missing_are_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "P1_1of1.png").write_bytes(picture(1))
    done = publish(tmp_path, "--once", topics=False)
    assert isinstance(done.exception, BadConfig)
    assert "screener hub add" in str(done.exception)


def test_what_still_waits_at_the_end_of_patience_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "watched").mkdir()
    (tmp_path / "watched" / "P1_1of1.png").write_bytes(picture(1))
    done = publish(tmp_path, "--once", "--patience", "0")
    assert isinstance(done.exception, Unavailable)
    assert publish(tmp_path, "--once").exit_code == 0


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('hub = "ea st"', r"\$\.hub"),
        ("[scans]\nscaner = 1", "scaner"),
        ('[clock]\nzone = "Mars"', "zone"),
        ('[scans]\nname = "{{parcle}}"', "name"),
        ('[manifests]\nencoding = "x-none"', "encoding"),
        ('[folders]\nsent = "/proc/sent"', "/proc"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, wrong: str, named: str) -> None:
    text = wrong if wrong.startswith("hub") else f'hub = "east"\noutbox = "{{folder}}/outbox.db"\n{wrong}'
    done = publish(tmp_path, "--once", text=text)
    assert isinstance(done.exception, BadConfig)
    done.exception.args[0].index(named.replace("\\", ""))


def test_the_example_is_a_settings_file_with_every_setting(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["--example-config"], obj=config.Config())
    assert done.stdout == example()
    bare = tmp_path / "bare.toml"
    bare.write_text(example())
    settings = check(config.read_toml(bare, FolderSettings))
    assert settings.hub == "east"
    full = tmp_path / "full.toml"
    full.write_text("\n".join(map(_uncommented, example().splitlines())))
    check(config.read_toml(full, FolderSettings))
    for section in ("folders", "scans", "manifests", "clock", "large"):
        for name in getattr(settings, section).__struct_fields__:
            assert name in example(), f"{section}.{name}"


def _uncommented(line: str) -> str:
    """A setting that is commented out, in force; remarks stay what they are."""
    return re.sub(r'^# (?=[\w."]+ = |\[[\w.]+\]$)', "", line)
