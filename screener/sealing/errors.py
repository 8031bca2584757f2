"""What can be wrong with a sealed box; whoever wanted to read it says so and goes on."""

from __future__ import annotations

from screener.errors import ScreenerError


class Unreadable(ScreenerError):
    """The key is not in this ring: destroyed (the data is erased), or never given to us."""


class Tampered(ScreenerError):
    """The box does not open with its key: its bytes, or what it was said to belong to, are others."""
