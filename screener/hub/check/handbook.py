"""docs/checks.md: every rule in a table."""

from __future__ import annotations

from typing import Final

from screener.hub.check.rule import Rule
from screener.hub.check.rules import SECTIONS

_OPENING: Final = """\
# What `screener hub check` looks for

Generated from `screener/hub/check` by `python -m screener.hub.check.handbook docs/checks.md`; a test fails
when it is stale. What is **wrong** must be mended before a hub is ready; what is *doubtful* should be looked
at. Shares are of a stretch, and of each scanner's images. All headers and manifests are read. Images are
looked at by turns: all of a scanner's at first, then ever fewer, 200 at the most (`--images`).
"""


def page() -> str:
    """The page as Markdown."""
    parts = [_OPENING]
    for title, rules in SECTIONS:
        rows = "\n".join(map(_row, rules))
        parts.append(
            f"## {title}\n\n| code | looks at | limit | says | how to mend |\n|---|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def _row(rule: Rule) -> str:
    level = "**wrong**" if rule.level.value == "wrong" else "*doubtful*"
    cells = (f"`{rule.code}` {level}", rule.looks_at, rule.limit, rule.says, rule.mend)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1]).write_text(page())
