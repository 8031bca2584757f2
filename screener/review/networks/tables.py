"""The tables of networks: what `screener.ties` says, and what [network] tells of its groups.

Nobody is named here: `link` is a keyed hash. A tie that left the window is deleted, and so is a node without
a tie.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from screener.review.schema import Instant, Number, metadata

node = Table(
    "node",
    metadata,
    Column("id", Number, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("link", String(64), nullable=False),
    Column("since", Instant, nullable=False, comment="since when it never was without a tie"),
    UniqueConstraint("link", "kind"),
)
"""A person, phone number or address, as a keyed hash."""

circle = Table(
    "circle",
    metadata,
    Column("id", Number, primary_key=True),
    Column("group_id", String(64), nullable=False, unique=True, comment="as [network] names it"),
    Column(
        "wide", ForeignKey("node.id", ondelete="SET NULL"), comment="whose group it is: too many partners"
    ),
)
"""A group of parcels that belong together; it keeps its row as long as it keeps its name."""

ENDS = tuple(f"{side}_{kind}" for side in ("from", "to") for kind in ("person", "phone", "address"))
"""The columns of `tie` that name who is at its ends, as rows of `node`."""

tie = Table(
    "tie",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(128), nullable=False),
    Column("parcel_id", String(256), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    *(Column(name, ForeignKey("node.id"), index=True) for name in ENDS),
    Column("from_region", String(16)),
    Column("to_region", String(16)),
    Column("sticks", Float, nullable=False),
    Column("sticks_sd", Float, nullable=False),
    Column("tobacco_g", Float, nullable=False),
    Column("tobacco_sd", Float, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("circle", ForeignKey("circle.id"), comment="none: it is alone, or not yet looked at"),
    UniqueConstraint("parcel_id", "hub"),
    Index("ix_tie_at", "at"),
)
"""A parcel of interest at a hub and whom it ties together: the newest revision."""

Index(
    "ix_tie_circle",
    *(tie.c[name] for name in ("circle", "parcel_id", "hub", "at", "sticks", "tobacco_g", "held")),
    *(tie.c[name] for name in ("from_region", "to_region")),
)

drawn = Table(
    "drawn",
    metadata,
    Column("only", Integer, primary_key=True, autoincrement=False),
    Column("changes", BigInteger, nullable=False, comment="ties taken in or let go"),
    Column("grouped", BigInteger, nullable=False, comment="so many of them the groups go by"),
)
"""One row: whether the groups are those of the ties that are there."""
