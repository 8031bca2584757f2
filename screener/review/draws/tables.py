"""The tables of the random draw: a day's commitment and seed, who inspects that day, who must not and why."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from screener.review.schema import Instant, Number, metadata

WHYS: Final = ("leave", "conflict", "other")

day = Table(
    "draw_day",
    metadata,
    Column("day", String(10), primary_key=True, comment="in UTC, YYYY-MM-DD"),
    Column("commitment", String(64), nullable=False, comment="SHA-256 of the seed"),
    Column("committed_at", Instant, nullable=False),
    Column("seed", String(64), comment="none: not published yet"),
    Column("published_at", Instant),
)
"""A day's seed: first its hash, and the seed itself once nothing of the day can be decided any more."""

duty = Table(
    "draw_duty",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("hub", String(128), primary_key=True),
    Column(
        "place", Integer, primary_key=True, autoincrement=False, comment="in the order of the draw, from 1"
    ),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("excluded", String(16), comment="why this person was left out; none: not"),
    Column("drawn_at", Instant, nullable=False),
)
"""Those who may inspect at a hub in the order that the seed gave them; who comes first inspects."""

exclusion = Table(
    "draw_exclusion",
    metadata,
    Column("id", Number, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("hub", String(128), nullable=False, comment="* is every one"),
    Column("since", String(10), nullable=False),
    Column("until", String(10), nullable=False, comment="the last day"),
    Column("why", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant),
    CheckConstraint(f"why IN {WHYS}", name="why"),
    Index("ix_draw_exclusion_days", "since", "until"),
)
"""Who is left out of a draw, stated with its reason before it is made."""
