"""The tables of `screener.review.station`: what devices sent, and pictures of mobile scanners."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

station_entry = Table(
    "station_entry",
    metadata,
    Column("id", Number, primary_key=True),
    Column("uuid", String(36), nullable=False, unique=True, comment="made on the device: taken once"),
    Column("digest", String(64), nullable=False, comment="of all that was said: a repeat says the same"),
    Column("person", ForeignKey("person.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("barcode", String(256), nullable=False, comment="as it was read; empty for a picture without one"),
    Column("said", Text, nullable=False, comment="JSON, as it was entered"),
    Column("sha256", String(64), comment="of the picture that came with it"),
    Column("address", String(512), comment="where the evidence store has it"),
    Column("content_type", String(64)),
    Column("bytes", BigInteger),
    Column("made_at", Instant, nullable=False, comment="by the device's clock"),
    Column("sent_at", Instant, nullable=False, comment="by the device's clock, when it was sent"),
    Column("received_at", Instant, nullable=False, comment="by ours"),
    Column("hub", String(128), nullable=False, comment="where the person is posted; * is everywhere"),
    Column("agency", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column(
        "why",
        Text,
        nullable=False,
        server_default="",
        comment="what stood in its way, when it was handed over",
    ),
    Column("parcel", ForeignKey("parcel.id"), index=True),
    Column("action", ForeignKey("action.id"), unique=True),
    Column("photograph", ForeignKey("photograph.id")),
    Column("version", Integer, comment="of the parcel after it"),
    Column("answer", Text, nullable=False, server_default="", comment="JSON, given again to a repeat"),
    Column("settled_by", ForeignKey("person.id")),
    Column("settled_at", Instant),
    Column("settled_note", Text, nullable=False, server_default=""),
    CheckConstraint("state IN ('done', 'unmatched', 'handed', 'settled')", name="state"),
    Index("ix_station_entry_open", "state", "barcode", "person"),
)
"""What an officer entered on a device: `done` stands on its parcel, `unmatched` has none, `handed` was in
conflict and waits for a supervisor, who brings both to `settled`."""

station_scan = Table(
    "station_scan",
    metadata,
    Column("id", Number, primary_key=True),
    Column("entry", ForeignKey("station_entry.id"), nullable=False, unique=True),
    Column("parcel", ForeignKey("parcel.id"), index=True),
    Column("person", ForeignKey("person.id"), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("address", String(512), nullable=False),
    Column("content_type", String(64), nullable=False),
    Column("device", String(64), nullable=False, comment="what took it, as the officer said"),
    Column("pitch_mm", Float, nullable=False, comment="of a pixel on the object, both ways"),
    Column("energy", String(8), nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String(16), nullable=False, server_default="waiting"),
    Column("taken_until", Instant, comment="so long somebody is judging it"),
    Column("judged_at", Instant),
    Column("failure", String(64), comment="why the model did not judge it"),
    Column("detail", Text, nullable=False, server_default=""),
    Column("findings", LargeBinary, comment="JSON of the contract's Findings"),
    CheckConstraint("state IN ('waiting', 'judged', 'unjudged')", name="state"),
    Index("ix_station_scan_waiting", "state", "id"),
)
"""A picture of a mobile scanner; the table is the line in which it waits for the model."""
