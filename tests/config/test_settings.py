"""Laws of the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener import config
from screener.errors import BadConfig


def test_the_shipped_settings_are_the_defaults() -> None:
    assert config.read_toml(Path("configs/screener.toml"), config.Config) == config.Config()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[log.kafka]\ngruop = 'x'", "`gruop` - at `$.log.kafka`"),
        ("[score]\nbatch_records = 'many'", "`$.score.batch_records`"),
        ("[score]\nbatch_records = 0", "`$.score.batch_records`"),
        ("[log]\nkind = 'redis'", "`$.log.kind`"),
        ("[log", "settings.toml"),
    ],
)
def test_an_error_names_the_file_and_the_path(tmp_path: Path, text: str, expected: str) -> None:
    source = tmp_path / "settings.toml"
    source.write_text(text)
    with pytest.raises(BadConfig) as refused:
        config.load(source, {})
    assert expected in str(refused.value)
    assert "settings.toml" in str(refused.value)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    source = tmp_path / "settings.toml"
    source.write_text("[log]\nkind = 'sqlite'")
    servers = config.load(source, {"KAFKA_BOOTSTRAP_SERVERS": "a:1,b:2"})
    assert (servers.log.kind, servers.log.kafka.bootstrap_servers) == ("kafka", ("a:1", "b:2"))
    both = config.load(source, {"KAFKA_BOOTSTRAP_SERVERS": "a:1", "SCREENER_LOG": "sqlite:x.db"})
    assert (both.log.kind, both.log.sqlite.path) == ("sqlite", "x.db")


@pytest.mark.parametrize("chosen", ["redis", "sqlite", "sqlite:", "kafka:x"])
def test_an_unknown_log_is_refused(chosen: str) -> None:
    with pytest.raises(BadConfig, match="SCREENER_LOG"):
        config.load(None, {"SCREENER_LOG": chosen})
