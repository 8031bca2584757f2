"""The tables of training parcels"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OUTCOMES = "('hit', 'miss', 'false_alarm', 'correct_rejection')"


def upgrade() -> None:
    """Make them, and let a parcel point to whom it was given."""
    _fiction()
    _given()
    _result()
    op.create_table(
        "fiction_pace",
        sa.Column("person", NUMBER, autoincrement=False, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False, comment="how many parcels were asked for so far"),
        sa.Column("rate", sa.Float(), nullable=True, comment="another rate than that of the settings"),
        sa.Column("until", sa.BigInteger(), nullable=True, comment="when that rate ends"),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_fiction_pace_person")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_fiction_pace")),
    )
    _of_parcels()


def _of_parcels() -> None:
    """SQLite can add a column with its constraint only in one statement."""
    kind = "INTEGER" if op.get_context().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE parcel ADD COLUMN fiction {kind}"
        " CONSTRAINT fk_parcel_fiction REFERENCES fiction_given (id)"
    )
    if op.get_context().dialect.name == "postgresql":
        op.execute("COMMENT ON COLUMN parcel.fiction IS 'for training: to whom it was given; none: real'")
    fictional = sa.text("fiction IS NOT NULL")
    op.create_index(
        "ix_parcel_fiction", "parcel", ["fiction"], sqlite_where=fictional, postgresql_where=fictional
    )


def _fiction() -> None:
    op.create_table(
        "fiction",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column(
            "kind", sa.String(32), nullable=False, comment="cigarettes, loose_tobacco, e_cigarettes or none"
        ),
        sa.Column(
            "load", sa.String(64), nullable=False, comment="what was laid over, by its name; empty: nothing"
        ),
        sa.Column("sticks", sa.Integer(), nullable=False),
        sa.Column("tobacco_g", sa.Float(), nullable=False),
        sa.Column("e_cigarettes", sa.Integer(), nullable=False),
        sa.Column(
            "boxes",
            sa.Text(),
            nullable=False,
            comment="JSON: of each view left, top, width, height, shares of it",
        ),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column("courier", sa.String(128), nullable=False),
        sa.Column("shown_kind", sa.String(32), nullable=False, comment="as the queue shows it"),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("grade", sa.String(8), nullable=True),
        sa.Column("tip", sa.Boolean(), nullable=False),
        sa.Column("source", NUMBER, nullable=False, comment="the row of the parcel whose scans they are"),
        sa.Column("source_sha256", sa.String(64), nullable=False, comment="of the first of those scans"),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="from then on nobody is given it"),
        sa.Column(
            "signatures",
            sa.LargeBinary(),
            nullable=False,
            comment="what its views look like, one after another",
        ),
        sa.Column(
            "flagged", sa.LargeBinary(), nullable=False, comment="the message that parcels are made of"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiction")),
    )


def _given() -> None:
    op.create_table(
        "fiction_given",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("fiction", NUMBER, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("hub", sa.String(128), nullable=False),
        sa.Column("parcel_id", sa.String(256), nullable=False, comment="what it was called"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True, comment="answered, or taken away again"),
        sa.ForeignKeyConstraint(["fiction"], ["fiction.id"], name=op.f("fk_fiction_given_fiction")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_fiction_given_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiction_given")),
    )
    op.create_index("ix_fiction_given_fiction", "fiction_given", ["fiction"])
    op.create_index("ix_fiction_given_person", "fiction_given", ["person", "ended_at"])


def _result() -> None:
    op.create_table(
        "fiction_result",
        sa.Column("given", NUMBER, autoincrement=False, nullable=False),
        sa.Column("person", NUMBER, nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("move", sa.String(24), nullable=False, comment="the decision that answered it"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("took_s", sa.Float(), nullable=False, comment="since it was taken last"),
        sa.Column(
            "tools",
            sa.String(500),
            server_default="",
            nullable=False,
            comment="of the picture, as the viewer says",
        ),
        sa.CheckConstraint(f"outcome IN {OUTCOMES}", name=op.f("ck_fiction_result_outcome")),
        sa.ForeignKeyConstraint(["given"], ["fiction_given.id"], name=op.f("fk_fiction_result_given")),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_fiction_result_person")),
        sa.PrimaryKeyConstraint("given", name=op.f("pk_fiction_result")),
    )
    op.create_index("ix_fiction_result_person", "fiction_result", ["person", "at"])
