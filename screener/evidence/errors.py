"""What a reader of the evidence store may meet besides the image."""

from __future__ import annotations

from screener.errors import ScreenerError


class NotStored(ScreenerError):
    """The store has no image of this SHA-256."""


class Damaged(ScreenerError):
    """What the store keeps under this SHA-256 has another one."""
