"""The tables of `screener.review.networks`."""

from __future__ import annotations
