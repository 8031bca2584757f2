"""The real commands on an embedded log in a folder of the test's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from screener.cli.main import cli
from screener.stream.sqlite import Sqlite

SETTINGS = """
run_dir = "{folder}/run"
[log]
partitions = 2
hub_partitions = 2
timestamps = "create"
[score]
model = "{folder}/no-model.onnx"
[evidence]
url = "{folder}/evidence"
[keys]
path = "{folder}/keys"
[metrics]
port = 0
"""


@dataclass(frozen=True)
class Shell:
    """Runs `screener ...` in this process, with settings, log and keys in `folder`."""

    folder: Path
    log_choice: str | None = None

    @staticmethod
    def at(folder: Path, settings: str = SETTINGS) -> Shell:
        (folder / "screener.toml").write_text(settings.format(folder=folder))
        return Shell(folder)

    @property
    def env(self) -> dict[str, str]:
        return {
            "SCREENER_CONFIG": str(self.folder / "screener.toml"),
            "SCREENER_LOG": self.log_choice or f"sqlite:{self.folder / 'log.db'}",
            "SCREENER_KEYS": "",
            "KAFKA_BOOTSTRAP_SERVERS": "",
        }

    def run(self, *arguments: str, typed: str = "") -> Result:
        """The command's outcome; our own errors are in `exception`, others are raised."""
        return CliRunner().invoke(cli, arguments, input=typed, env=self.env)

    def ok(self, *arguments: str) -> str:
        """What a command that goes well says on stdout."""
        result = self.run(*arguments)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    def objects(self, *arguments: str) -> list[dict[str, Any]]:
        """The JSON objects of a command that goes well."""
        return self.parsed(self.ok(*arguments))

    @staticmethod
    def parsed(text: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in text.splitlines()]

    def log(self) -> Sqlite:
        return Sqlite(self.folder / "log.db")
