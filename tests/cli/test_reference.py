from __future__ import annotations

from pathlib import Path

import pytest

from screener.cli import reference
from screener.cli.main import COMMANDS

CONTEXTS = {context.command_path: context for context in reference.contexts()}


def test_the_reference_is_fresh() -> None:
    mend = "stale: `python -m screener.cli.reference docs/commands.md`"
    assert Path("docs/commands.md").read_text(encoding="utf-8") == reference.page(), mend


def test_every_command_is_there() -> None:
    assert {f"screener {name}" for name in COMMANDS} < set(CONTEXTS)


@pytest.mark.parametrize("path", CONTEXTS)
def test_every_command_and_option_is_documented(path: str) -> None:
    command = CONTEXTS[path].command
    assert len(command.help or "") > 20
    assert [option.name for option in reference.shown_options(command) if not option.help] == []


@pytest.mark.parametrize("path", [path for path in CONTEXTS if " " in path])
def test_every_command_is_named_in_an_example(path: str) -> None:
    own = CONTEXTS[path].command.help or ""
    above = CONTEXTS[path].parent
    assert path in own or (above is not None and path in (above.command.help or ""))
