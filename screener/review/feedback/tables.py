"""The tables of feedback: training sets that were exported, models that were offered and switched on."""

from __future__ import annotations

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
    UniqueConstraint,
    false,
)

from screener.review.schema import Instant, Number, metadata

KNOWN = "('found', 'nothing', 'released', 'open')"

training_export = Table(
    "training_export",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(128), nullable=False),
    Column("scanner", String(256), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("uuid", String(36), nullable=False, unique=True, comment="as the folder names it"),
    Column("secret", LargeBinary, nullable=False, comment="files are named by it: only here names lead back"),
    Column("passed", Number, nullable=False, comment="the last parcel that was exported"),
    Column("done_at", Instant),
    Column("digest", String(64), comment="SHA-256 of the manifest"),
    Index("ix_training_export_place", "hub", "scanner"),
)
"""A training set for one scanner, of parcels that arrived from `since` to before `until`."""

training_scan = Table(
    "training_scan",
    metadata,
    Column("export", ForeignKey("training_export.id"), primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="of the view, from 1"),
    Column("file", String(64), comment="none: left out"),
    Column("left_out", String(16), comment="gone, damaged, unreadable"),
    Column("known", String(16), nullable=False),
    Column("line", Text, nullable=False, comment="of the manifest, JSON"),
    CheckConstraint("(file IS NULL) <> (left_out IS NULL)", name="either"),
    CheckConstraint(f"known IN {KNOWN}", name="known"),
    Index("ix_training_scan_file", "export", "file"),
)

model_offer = Table(
    "model_offer",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(128), nullable=False),
    Column("scanner", String(256), nullable=False),
    Column("model", String(64), nullable=False, comment="its id, by its card"),
    Column("sha256", String(64), nullable=False),
    Column("threshold", Float, nullable=False),
    Column("card", Text, nullable=False, comment="JSON, whole"),
    Column("parts", Text, nullable=False, comment="JSON: suffix to SHA-256 in the evidence store"),
    Column("person", ForeignKey("person.id"), nullable=False, comment="who offered it"),
    Column("at", Instant, nullable=False),
    Column("since", Instant, nullable=False, comment="parcels that arrived from then to `at` are compared"),
    Column("state", String(16), nullable=False),
    Column("passed", Number, nullable=False, comment="the last parcel that was compared"),
    Column("parcels", Integer, nullable=False, comment="how many there are to pass"),
    Column("done", Integer, nullable=False, comment="how many were passed"),
    Column("told_at", Instant, nullable=False, comment="up to when what people said is counted"),
    Column("failed", Text, nullable=False, server_default="", comment="why it could not be compared"),
    UniqueConstraint("hub", "scanner", "sha256"),
    CheckConstraint("state IN ('comparing', 'ready', 'failed')", name="state"),
)
"""A model for one scanner that somebody may put to work, and how far it was compared with what decided."""

model_parcel = Table(
    "model_parcel",
    metadata,
    Column("offer", ForeignKey("model_offer.id"), primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
    Column("known", String(16), nullable=False, comment="what people said of it"),
    Column("kind", String(32), nullable=False, comment="what was found"),
    Column("drawn", Boolean, nullable=False, comment="chance alone would have selected it, too"),
    Column("before", Boolean, nullable=False, comment="whether what decided alarmed"),
    Column("after", Boolean, nullable=False, comment="whether the offered model alarms"),
    Column("left_out", Integer, nullable=False, comment="views that could not be judged again"),
    CheckConstraint(f"known IN {KNOWN}", name="known"),
    Index("ix_model_parcel_parcel", "parcel"),
)

model_view = Table(
    "model_view",
    metadata,
    Column("offer", ForeignKey("model_offer.id"), primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("model", String(64), nullable=False, comment="that decided"),
    Column("before_alarm", Float, nullable=False),
    Column("before_threshold", Float, nullable=False),
    Column("alarm", Float, nullable=False),
    Column("map", LargeBinary, comment="of the offered model; only where it says otherwise"),
)
"""A stored view, judged by both models."""

model_switch = Table(
    "model_switch",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(128), nullable=False),
    Column("scanner", String(256), nullable=False),
    Column("offer", ForeignKey("model_offer.id"), comment="none: back to what was before"),
    Column("undoes", ForeignKey("model_switch.id")),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("figures", Text, nullable=False, comment="JSON: as they were shown"),
    Column("before", LargeBinary, comment="the scanner's file as it was; none: there was none"),
    Column("wanted", LargeBinary, comment="the scanner's file from now on; none: none"),
    Column("placed_at", Instant),
    Column("failed", Text, nullable=False, server_default=""),
    Column("settled", Boolean, nullable=False, server_default=false(), comment="placed or failed"),
    Index("ix_model_switch_place", "hub", "scanner"),
    Index("ix_model_switch_settled", "settled"),
)
"""What a supervisor put to work; the file is written afterwards, again and again until it stands."""
