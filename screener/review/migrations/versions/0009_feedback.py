"""The tables of feedback"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KNOWN = "known IN ('found', 'nothing', 'released', 'open')"


def upgrade() -> None:
    """Make them."""
    _training_export()
    _training_scan()
    _model_offer()
    _model_parcel()
    _model_view()
    _model_switch()


def _training_export() -> None:
    op.create_table(
        "training_export",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column("scanner", sa.String(256), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False, comment="as the folder names it"),
        sa.Column(
            "secret",
            sa.LargeBinary(),
            nullable=False,
            comment="files are named by it: only here names lead back",
        ),
        sa.Column("passed", NUMBER, nullable=False, comment="the last parcel that was exported"),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.String(64), nullable=True, comment="SHA-256 of the manifest"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_training_export_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_export")),
        sa.UniqueConstraint("uuid", name=op.f("uq_training_export_uuid")),
    )
    op.create_index("ix_training_export_place", "training_export", ["hub", "scanner"])


def _training_scan() -> None:
    op.create_table(
        "training_scan",
        sa.Column("export", NUMBER, nullable=False),
        sa.Column("parcel", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="of the view, from 1"),
        sa.Column("file", sa.String(64), nullable=True, comment="none: left out"),
        sa.Column("left_out", sa.String(16), nullable=True, comment="gone, damaged, unreadable"),
        sa.Column("known", sa.String(16), nullable=False),
        sa.Column("line", sa.Text(), nullable=False, comment="of the manifest, JSON"),
        sa.ForeignKeyConstraint(["export"], ["training_export.id"], name=op.f("fk_training_scan_export")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_training_scan_parcel")),
        sa.PrimaryKeyConstraint("export", "parcel", "number", name=op.f("pk_training_scan")),
        sa.CheckConstraint(KNOWN, name=op.f("ck_training_scan_known")),
        sa.CheckConstraint("(file IS NULL) <> (left_out IS NULL)", name=op.f("ck_training_scan_either")),
    )
    op.create_index("ix_training_scan_file", "training_scan", ["export", "file"])


def _model_offer() -> None:
    op.create_table(
        "model_offer",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column("scanner", sa.String(256), nullable=False),
        sa.Column("model", sa.String(64), nullable=False, comment="its id, by its card"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False, comment="JSON, whole"),
        sa.Column(
            "parts", sa.Text(), nullable=False, comment="JSON: suffix to SHA-256 in the evidence store"
        ),
        sa.Column("person", NUMBER, nullable=False, comment="who offered it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "since",
            sa.BigInteger(),
            nullable=False,
            comment="parcels that arrived from then to `at` are compared",
        ),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("passed", NUMBER, nullable=False, comment="the last parcel that was compared"),
        sa.Column("parcels", sa.Integer(), nullable=False, comment="how many there are to pass"),
        sa.Column("done", sa.Integer(), nullable=False, comment="how many were passed"),
        sa.Column(
            "told_at", sa.BigInteger(), nullable=False, comment="up to when what people said is counted"
        ),
        sa.Column(
            "failed", sa.Text(), nullable=False, server_default="", comment="why it could not be compared"
        ),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_model_offer_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_offer")),
        sa.UniqueConstraint("hub", "scanner", "sha256", name=op.f("uq_model_offer_hub_scanner_sha256")),
        sa.CheckConstraint("state IN ('comparing', 'ready', 'failed')", name=op.f("ck_model_offer_state")),
    )


def _model_parcel() -> None:
    op.create_table(
        "model_parcel",
        sa.Column("offer", NUMBER, nullable=False),
        sa.Column("parcel", NUMBER, nullable=False),
        sa.Column("known", sa.String(16), nullable=False, comment="what people said of it"),
        sa.Column("kind", sa.String(32), nullable=False, comment="what was found"),
        sa.Column("drawn", sa.Boolean(), nullable=False, comment="chance alone would have selected it, too"),
        sa.Column("before", sa.Boolean(), nullable=False, comment="whether what decided alarmed"),
        sa.Column("after", sa.Boolean(), nullable=False, comment="whether the offered model alarms"),
        sa.Column("left_out", sa.Integer(), nullable=False, comment="views that could not be judged again"),
        sa.ForeignKeyConstraint(["offer"], ["model_offer.id"], name=op.f("fk_model_parcel_offer")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_model_parcel_parcel")),
        sa.PrimaryKeyConstraint("offer", "parcel", name=op.f("pk_model_parcel")),
        sa.CheckConstraint(KNOWN, name=op.f("ck_model_parcel_known")),
    )
    op.create_index("ix_model_parcel_parcel", "model_parcel", ["parcel"])


def _model_view() -> None:
    op.create_table(
        "model_view",
        sa.Column("offer", NUMBER, nullable=False),
        sa.Column("parcel", NUMBER, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("model", sa.String(64), nullable=False, comment="that decided"),
        sa.Column("before_alarm", sa.Float(), nullable=False),
        sa.Column("before_threshold", sa.Float(), nullable=False),
        sa.Column("alarm", sa.Float(), nullable=False),
        sa.Column(
            "map",
            sa.LargeBinary(),
            nullable=True,
            comment="of the offered model; only where it says otherwise",
        ),
        sa.ForeignKeyConstraint(["offer"], ["model_offer.id"], name=op.f("fk_model_view_offer")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_model_view_parcel")),
        sa.PrimaryKeyConstraint("offer", "parcel", "number", name=op.f("pk_model_view")),
    )


def _model_switch() -> None:
    op.create_table(
        "model_switch",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column("scanner", sa.String(256), nullable=False),
        sa.Column("offer", NUMBER, nullable=True, comment="none: back to what was before"),
        sa.Column("undoes", NUMBER, nullable=True),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False, comment="JSON: as they were shown"),
        sa.Column(
            "before",
            sa.LargeBinary(),
            nullable=True,
            comment="the scanner's file as it was; none: there was none",
        ),
        sa.Column(
            "wanted", sa.LargeBinary(), nullable=True, comment="the scanner's file from now on; none: none"
        ),
        sa.Column("placed_at", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.Text(), nullable=False, server_default=""),
        sa.Column(
            "settled", sa.Boolean(), nullable=False, server_default=sa.false(), comment="placed or failed"
        ),
        sa.ForeignKeyConstraint(["offer"], ["model_offer.id"], name=op.f("fk_model_switch_offer")),
        sa.ForeignKeyConstraint(["undoes"], ["model_switch.id"], name=op.f("fk_model_switch_undoes")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_model_switch_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_switch")),
    )
    op.create_index("ix_model_switch_place", "model_switch", ["hub", "scanner"])
    op.create_index("ix_model_switch_settled", "model_switch", ["settled"])
