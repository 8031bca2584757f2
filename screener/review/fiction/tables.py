"""The tables of training parcels: what lies ready, who was given what, and how it ended."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from screener.review.schema import Instant, Number, metadata

OUTCOMES: Final = ("hit", "miss", "false_alarm", "correct_rejection")

fiction = Table(
    "fiction",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(32), nullable=False, comment="cigarettes, loose_tobacco, e_cigarettes or none"),
    Column("load", String(64), nullable=False, comment="what was laid over, by its name; empty: nothing"),
    Column("sticks", Integer, nullable=False),
    Column("tobacco_g", Float, nullable=False),
    Column("e_cigarettes", Integer, nullable=False),
    Column(
        "boxes", Text, nullable=False, comment="JSON: of each view left, top, width, height, shares of it"
    ),
    Column("hub", String(128), nullable=False),
    Column("courier", String(128), nullable=False),
    Column("shown_kind", String(32), nullable=False, comment="as the queue shows it"),
    Column("why", String(32), nullable=False),
    Column("grade", String(8)),
    Column("tip", Boolean, nullable=False),
    Column("source", Number, nullable=False, comment="the row of the parcel whose scans they are"),
    Column("source_sha256", String(64), nullable=False, comment="of the first of those scans"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", String(128), nullable=False),
    Column("ended_at", Instant, comment="from then on nobody is given it"),
    Column("signatures", LargeBinary, nullable=False, comment="what its views look like, one after another"),
    Column("flagged", LargeBinary, nullable=False, comment="the message that parcels are made of"),
)
"""A parcel that never was: real scans of one that people cleared, with a load laid over them or without.

Whoever is given it gets a parcel of his own, with other numbers, times and people.
"""

given = Table(
    "fiction_given",
    metadata,
    Column("id", Number, primary_key=True),
    Column("fiction", ForeignKey("fiction.id"), nullable=False, index=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("hub", String(128), nullable=False),
    Column("parcel_id", String(256), nullable=False, comment="what it was called"),
    Column("at", Instant, nullable=False),
    Column("ended_at", Instant, comment="answered, or taken away again"),
    Index("ix_fiction_given_person", "person", "ended_at"),
)
"""Who was given which when. Until it ends a parcel points to it, and only that person sees the parcel."""

result = Table(
    "fiction_result",
    metadata,
    Column("given", ForeignKey("fiction_given.id"), primary_key=True, autoincrement=False),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("outcome", String(24), nullable=False),
    Column("move", String(24), nullable=False, comment="the decision that answered it"),
    Column("at", Instant, nullable=False),
    Column("took_s", Float, nullable=False, comment="since it was taken last"),
    Column(
        "tools", String(500), nullable=False, server_default="", comment="of the picture, as the viewer says"
    ),
    CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
    Index("ix_fiction_result_person", "person", "at"),
)

pace = Table(
    "fiction_pace",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("taken", Integer, nullable=False, comment="how many parcels were asked for so far"),
    Column("rate", Float, comment="another rate than that of the settings"),
    Column("until", Instant, comment="when that rate ends"),
)
"""Each person's own schedule: the draw is by the number of the parcel that is asked for."""
