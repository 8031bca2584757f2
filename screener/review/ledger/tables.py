"""The tables of `screener.review.ledger`."""

from __future__ import annotations
