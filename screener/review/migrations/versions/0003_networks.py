"""The tables of networks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "drawn",
        sa.Column("only", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.BigInteger(), nullable=False, comment="ties taken in or let go"),
        sa.Column("grouped", sa.BigInteger(), nullable=False, comment="so many of them the groups go by"),
        sa.PrimaryKeyConstraint("only", name=op.f("pk_drawn")),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False, comment="since when it never was without a tie"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
        sa.UniqueConstraint("link", "kind", name=op.f("uq_node_link_kind")),
    )
    op.create_table(
        "circle",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False, comment="as [network] names it"),
        sa.Column(
            "wide",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="whose group it is: too many partners",
        ),
        sa.ForeignKeyConstraint(["wide"], ["node.id"], name=op.f("fk_circle_wide"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle")),
        sa.UniqueConstraint("group_id", name=op.f("uq_circle_group_id")),
    )
    op.create_table(
        "told_group",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False, comment="the newest message on it"),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_told_group")),
    )
    op.create_table(
        "tie",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub", sa.String(length=128), nullable=False),
        sa.Column("parcel_id", sa.String(length=256), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("from_person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_phone", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_address", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("to_person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("to_phone", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("to_address", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("from_region", sa.String(length=16), nullable=True),
        sa.Column("to_region", sa.String(length=16), nullable=True),
        sa.Column("sticks", sa.Float(), nullable=False),
        sa.Column("sticks_sd", sa.Float(), nullable=False),
        sa.Column("tobacco_g", sa.Float(), nullable=False),
        sa.Column("tobacco_sd", sa.Float(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column(
            "circle",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="none: it is alone, or not yet looked at",
        ),
        sa.ForeignKeyConstraint(["circle"], ["circle.id"], name=op.f("fk_tie_circle")),
        sa.ForeignKeyConstraint(["from_address"], ["node.id"], name=op.f("fk_tie_from_address")),
        sa.ForeignKeyConstraint(["from_person"], ["node.id"], name=op.f("fk_tie_from_person")),
        sa.ForeignKeyConstraint(["from_phone"], ["node.id"], name=op.f("fk_tie_from_phone")),
        sa.ForeignKeyConstraint(["to_address"], ["node.id"], name=op.f("fk_tie_to_address")),
        sa.ForeignKeyConstraint(["to_person"], ["node.id"], name=op.f("fk_tie_to_person")),
        sa.ForeignKeyConstraint(["to_phone"], ["node.id"], name=op.f("fk_tie_to_phone")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tie")),
        sa.UniqueConstraint("parcel_id", "hub", name=op.f("uq_tie_parcel_id_hub")),
    )
    with op.batch_alter_table("tie", schema=None) as batch_op:
        batch_op.create_index("ix_tie_at", ["at"], unique=False)
        batch_op.create_index(
            "ix_tie_circle",
            ["circle", "parcel_id", "hub", "at", "sticks", "tobacco_g", "held", "from_region", "to_region"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_tie_from_address"), ["from_address"], unique=False)
        batch_op.create_index(batch_op.f("ix_tie_from_person"), ["from_person"], unique=False)
        batch_op.create_index(batch_op.f("ix_tie_from_phone"), ["from_phone"], unique=False)
        batch_op.create_index(batch_op.f("ix_tie_to_address"), ["to_address"], unique=False)
        batch_op.create_index(batch_op.f("ix_tie_to_person"), ["to_person"], unique=False)
        batch_op.create_index(batch_op.f("ix_tie_to_phone"), ["to_phone"], unique=False)
