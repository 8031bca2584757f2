"""The tables of `screener.review.draws`."""

from __future__ import annotations
