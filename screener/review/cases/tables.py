"""The tables of `screener.review.cases`."""

from __future__ import annotations
