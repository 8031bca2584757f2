"""The tables of `screener.review.station`."""

from __future__ import annotations
