"""The tables of `screener.review.feedback`."""

from __future__ import annotations
