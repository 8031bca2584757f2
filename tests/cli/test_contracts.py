from __future__ import annotations

from pathlib import Path

from screener.errors import BadConfig
from tests.cli.shell import Shell


def test_documents_are_written_once_and_then_fresh(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    assert shell.run("contracts", str(folder), "--check").exit_code == 1
    assert not folder.exists()
    assert str(folder / "asyncapi.json") in shell.ok("contracts", str(folder))
    assert shell.ok("contracts", str(folder)) == shell.ok("contracts", str(folder), "--check") == ""


def test_check_names_what_is_out_of_date(shell: Shell, tmp_path: Path) -> None:
    shell.ok("contracts", str(tmp_path / "d"))
    (tmp_path / "d" / "manifest.schema.json").write_text("{}")
    result = shell.run("contracts", str(tmp_path / "d"), "--check")
    assert result.exit_code == 1
    assert result.stdout.strip() == str(tmp_path / "d" / "manifest.schema.json")


def test_a_folder_with_other_things_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    assert isinstance(shell.run("contracts", str(tmp_path / "mine")).exception, BadConfig)
    assert (tmp_path / "mine" / "README.md").read_text() == "mine"
