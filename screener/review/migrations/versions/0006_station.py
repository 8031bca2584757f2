"""The tables of station"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What devices sent, and pictures of mobile scanners."""
    op.create_table(
        "station_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False, comment="made on the device: taken once"),
        sa.Column(
            "digest",
            sa.String(length=64),
            nullable=False,
            comment="of all that was said: a repeat says the same",
        ),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "barcode",
            sa.String(length=256),
            nullable=False,
            comment="as it was read; empty for a picture without one",
        ),
        sa.Column("said", sa.Text(), nullable=False, comment="JSON, as it was entered"),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="of the picture that came with it"),
        sa.Column("address", sa.String(length=512), nullable=True, comment="where the evidence store has it"),
        sa.Column("content_type", sa.String(length=64), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False, comment="by the device's clock"),
        sa.Column(
            "sent_at", sa.BigInteger(), nullable=False, comment="by the device's clock, when it was sent"
        ),
        sa.Column("received_at", sa.BigInteger(), nullable=False, comment="by ours"),
        sa.Column(
            "hub",
            sa.String(length=128),
            nullable=False,
            comment="where the person is posted; * is everywhere",
        ),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column(
            "why",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="what stood in its way, when it was handed over",
        ),
        sa.Column("parcel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("photograph", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True, comment="of the parcel after it"),
        sa.Column(
            "answer", sa.Text(), server_default="", nullable=False, comment="JSON, given again to a repeat"
        ),
        sa.Column("settled_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "state IN ('done', 'unmatched', 'handed', 'settled')", name=op.f("ck_station_entry_state")
        ),
        sa.ForeignKeyConstraint(["action"], ["action.id"], name=op.f("fk_station_entry_action")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_station_entry_parcel")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_station_entry_person")),
        sa.ForeignKeyConstraint(["photograph"], ["photograph.id"], name=op.f("fk_station_entry_photograph")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_station_entry_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_entry")),
        sa.UniqueConstraint("action", name=op.f("uq_station_entry_action")),
        sa.UniqueConstraint("uuid", name=op.f("uq_station_entry_uuid")),
    )
    with op.batch_alter_table("station_entry", schema=None) as batch_op:
        batch_op.create_index("ix_station_entry_open", ["state", "barcode", "person"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_entry_parcel"), ["parcel"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_entry_person"), ["person"], unique=False)

    op.create_table(
        "station_scan",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parcel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column(
            "device", sa.String(length=64), nullable=False, comment="what took it, as the officer said"
        ),
        sa.Column("pitch_mm", sa.Float(), nullable=False, comment="of a pixel on the object, both ways"),
        sa.Column("energy", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="waiting", nullable=False),
        sa.Column("taken_until", sa.BigInteger(), nullable=True, comment="so long somebody is judging it"),
        sa.Column("judged_at", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=True, comment="why the model did not judge it"),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("findings", sa.LargeBinary(), nullable=True, comment="JSON of the contract's Findings"),
        sa.CheckConstraint("state IN ('waiting', 'judged', 'unjudged')", name=op.f("ck_station_scan_state")),
        sa.ForeignKeyConstraint(["entry"], ["station_entry.id"], name=op.f("fk_station_scan_entry")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_station_scan_parcel")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_station_scan_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_scan")),
        sa.UniqueConstraint("entry", name=op.f("uq_station_scan_entry")),
    )
    with op.batch_alter_table("station_scan", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_station_scan_parcel"), ["parcel"], unique=False)
        batch_op.create_index(batch_op.f("ix_station_scan_person"), ["person"], unique=False)
        batch_op.create_index("ix_station_scan_waiting", ["state", "id"], unique=False)
