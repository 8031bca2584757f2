"""The tables of `screener.review.lists`."""

from __future__ import annotations
