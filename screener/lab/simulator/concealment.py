"""Concealment: how smugglers hide a load, as goods that wrap, cover or surround it."""

from __future__ import annotations

from screener.errors import BadConfig
from screener.lab.simulator.goods import Good, Rng

WAYS: tuple[str, ...] = ("none",)


def hide(goods: list[Good], rng: Rng, how: str) -> list[Good]:
    """The goods of a load hidden one way of `WAYS`; truth and amounts stay. Raises `BadConfig` for others."""
    if how not in WAYS:
        raise BadConfig(f"concealment: expected one of {', '.join(WAYS)}, got `{how}`")
    return goods
