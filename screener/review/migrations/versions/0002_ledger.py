"""The tables of ledger"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "daily",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("courier", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("agency", sa.String(length=32), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("lucky", sa.Boolean(), nullable=False),
        sa.Column("later", sa.String(length=16), nullable=False),
        sa.Column("parcels", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.Column("standing_found", sa.BigInteger(), nullable=False),
        sa.Column("genuine_sticks", sa.BigInteger(), nullable=False),
        sa.Column("counterfeit_sticks", sa.BigInteger(), nullable=False),
        sa.Column("smuggled_sticks", sa.BigInteger(), nullable=False),
        sa.Column("other_sticks", sa.BigInteger(), nullable=False),
        sa.Column("leaf_mg", sa.BigInteger(), nullable=False),
        sa.Column("cut_mg", sa.BigInteger(), nullable=False),
        sa.Column("e_cigarettes", sa.BigInteger(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "day", "hub", "courier", "kind", "agency", "why", "rate", "lucky", "later", name=op.f("pk_daily")
        ),
    )
    op.create_index("ix_daily_choices", "daily", ["hub", "courier", "kind", "agency", "day"], unique=False)
    op.create_table(
        "decided",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=64), nullable=False),
        sa.Column(
            "day",
            sa.Integer(),
            nullable=False,
            comment="of its arrival, as YYYYMMDD in the settings' time zone",
        ),
        sa.Column("arrived_at", sa.BigInteger(), nullable=False),
        sa.Column("courier", sa.String(length=64), nullable=False, comment="none named: empty"),
        sa.Column(
            "courier_at", sa.BigInteger(), nullable=True, comment="when the decision was made that names it"
        ),
        sa.Column(
            "kind",
            sa.String(length=32),
            nullable=False,
            comment="the product that is likeliest over its limit",
        ),
        sa.Column(
            "agency", sa.String(length=32), nullable=False, comment="to whom it is referred; to nobody: empty"
        ),
        sa.Column("why", sa.String(length=16), nullable=False, comment="of its first decision"),
        sa.Column("rate", sa.Float(), nullable=False, comment="of the random draw"),
        sa.Column(
            "lucky", sa.Boolean(), nullable=False, comment="whether the draw alone would have selected it"
        ),
        sa.Column("first", sa.Integer(), nullable=False, comment="the revision that counts as first"),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("selected", sa.Integer(), nullable=True, comment="the first revision that selected it"),
        sa.Column("selected_why", sa.String(length=16), nullable=False, comment="not selected: empty"),
        sa.Column("newest", sa.Integer(), nullable=False, comment="the last revision, and what it said"),
        sa.Column("newest_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False, comment="whether any decision held it"),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False, comment="opened and over the limit"),
        sa.Column("standing", sa.Boolean(), nullable=False, comment="opened after it was selected"),
        sa.Column("genuine_sticks", sa.BigInteger(), nullable=False),
        sa.Column("counterfeit_sticks", sa.BigInteger(), nullable=False),
        sa.Column("smuggled_sticks", sa.BigInteger(), nullable=False),
        sa.Column("other_sticks", sa.BigInteger(), nullable=False),
        sa.Column("leaf_mg", sa.BigInteger(), nullable=False),
        sa.Column("cut_mg", sa.BigInteger(), nullable=False),
        sa.Column("e_cigarettes", sa.BigInteger(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decided")),
    )
    op.create_index("ix_decided_day", "decided", ["day", "id"], unique=False)
    op.create_index(
        "ix_decided_found",
        "decided",
        ["day", "id"],
        unique=False,
        sqlite_where=sa.text("found = 1"),
        postgresql_where=sa.text("found"),
    )
    op.create_index(
        "ix_decided_held",
        "decided",
        ["day", "id"],
        unique=False,
        sqlite_where=sa.text("held = 1"),
        postgresql_where=sa.text("held"),
    )
    op.create_index(
        "ix_decided_opened",
        "decided",
        ["day", "id"],
        unique=False,
        sqlite_where=sa.text("opened = 1"),
        postgresql_where=sa.text("opened"),
    )
    op.create_index("uq_decided_parcel", "decided", ["hub", "parcel_id"], unique=True)
    op.create_table(
        "ledger_zone",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_zone")),
    )
    op.create_table(
        "told",
        sa.Column("hub", sa.String(length=64), nullable=False),
        sa.Column("parcel_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="inspection or disposition"),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False, comment="the message as it came"),
        sa.PrimaryKeyConstraint("hub", "parcel_id", "kind", "name", name=op.f("pk_told")),
    )


def downgrade() -> None:
    """Take them away: the log makes them again."""
    for name in ("daily", "decided", "ledger_zone", "told"):
        op.drop_table(name)
