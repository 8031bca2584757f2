"""The tables of `screener.review.fiction`."""

from __future__ import annotations
