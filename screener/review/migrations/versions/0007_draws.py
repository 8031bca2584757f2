"""The tables of the random draw"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "draw_day",
        sa.Column("day", sa.String(10), nullable=False, comment="in UTC, YYYY-MM-DD"),
        sa.Column("commitment", sa.String(64), nullable=False, comment="SHA-256 of the seed"),
        sa.Column("committed_at", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=True, comment="none: not published yet"),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_draw_day")),
    )
    op.create_table(
        "draw_duty",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column(
            "place",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="in the order of the draw, from 1",
        ),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column(
            "excluded", sa.String(16), nullable=True, comment="why this person was left out; none: not"
        ),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_draw_duty_person")),
        sa.PrimaryKeyConstraint("day", "hub", "place", name=op.f("pk_draw_duty")),
    )
    op.create_table(
        "draw_exclusion",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("hub", sa.String(128), nullable=False, comment="* is every one"),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("until", sa.String(10), nullable=False, comment="the last day"),
        sa.Column("why", sa.String(16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", NUMBER, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("why IN ('leave', 'conflict', 'other')", name=op.f("ck_draw_exclusion_why")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_draw_exclusion_by")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_draw_exclusion_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw_exclusion")),
    )
    op.create_index("ix_draw_exclusion_days", "draw_exclusion", ["since", "until"])
