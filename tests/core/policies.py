"""Policies for tests: the shipped one, and it with other text in its place."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path("configs/policy.toml")

SMALL = """\
jurisdiction = "CN"
patience_s = 1800
[limits.CN]
sticks = 400
tobacco_g = 5000
"""


def written(folder: Path, text: str = SMALL) -> Path:
    """A policy file with this text."""
    source = folder / "policy.toml"
    source.write_text(text, encoding="utf-8")
    return source
