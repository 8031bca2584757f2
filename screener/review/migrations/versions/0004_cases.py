"""The tables of cases"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "case_",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False, comment="agency-year-serial"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column(
            "words", sa.String(length=512), nullable=False, comment="number and title as they are searched"
        ),
        sa.Column("state", sa.String(length=16), server_default="open", nullable=False),
        sa.Column(
            "clue_at",
            sa.BigInteger(),
            nullable=False,
            comment="the clue or the first seizure: the law counts from it",
        ),
        sa.Column("begun_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column(
            "lead",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="who answers for it",
        ),
        sa.Column("filed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("result", sa.String(length=16), nullable=True, comment="how it ended"),
        sa.Column(
            "version", sa.Integer(), server_default="1", nullable=False, comment="grows with every step"
        ),
        sa.CheckConstraint("state IN ('open', 'filed', 'closing', 'closed')", name=op.f("ck_case__state")),
        sa.ForeignKeyConstraint(["begun_by"], ["person.id"], name=op.f("fk_case__begun_by")),
        sa.ForeignKeyConstraint(["lead"], ["person.id"], name=op.f("fk_case__lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_")),
        sa.UniqueConstraint("number", name=op.f("uq_case__number")),
        sa.UniqueConstraint("year", "serial", name=op.f("uq_case__year_serial")),
    )
    with op.batch_alter_table("case_", schema=None) as batch_op:
        batch_op.create_index("ix_case__filed_at", ["filed_at"], unique=False)
        batch_op.create_index("ix_case__state", ["state", "clue_at"], unique=False)

    op.create_table(
        "case_agency",
        sa.Column(
            "case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=16),
            nullable=False,
            comment="it takes the case over, or works on it together",
        ),
        sa.Column("state", sa.String(length=16), server_default="offered", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("offered_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("answer", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('referral', 'joint')", name=op.f("ck_case_agency_kind")),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'returned', 'closed')", name=op.f("ck_case_agency_state")
        ),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_agency_case")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_case_agency_changed_by")),
        sa.ForeignKeyConstraint(["offered_by"], ["person.id"], name=op.f("fk_case_agency_offered_by")),
        sa.PrimaryKeyConstraint("case", "agency", name=op.f("pk_case_agency")),
    )
    with op.batch_alter_table("case_agency", schema=None) as batch_op:
        batch_op.create_index("ix_case_agency_agency", ["agency", "state", "case"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=512), nullable=False),
        sa.Column("content_type", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_file_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_file_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("case", "sha256", "agency", name=op.f("uq_case_file_case_sha256_agency")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_file_case"), ["case"], unique=False)

    op.create_table(
        "case_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("corrects", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_note_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_note_case")),
        sa.ForeignKeyConstraint(["corrects"], ["case_note.id"], name=op.f("fk_case_note_corrects")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    with op.batch_alter_table("case_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_note_case"), ["case"], unique=False)

    op.create_table(
        "case_parcel",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parcel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_parcel_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_parcel_case")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_case_parcel_ended_by")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_case_parcel_parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_parcel")),
    )
    with op.batch_alter_table("case_parcel", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_parcel_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_parcel_parcel"), ["parcel"], unique=False)
        batch_op.create_index(
            "ux_case_parcel",
            ["case", "parcel"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "case_person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "hash",
            sa.String(length=64),
            nullable=False,
            comment="keyed: equal hash, same name, phone or address",
        ),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="the party as its message had it"),
        sa.Column("aad", sa.String(length=512), nullable=False, comment="what its seal is bound to"),
        sa.Column(
            "parcel",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="where it was taken from",
        ),
        sa.Column("side", sa.String(length=16), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_why", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('person', 'phone', 'address')", name=op.f("ck_case_person_kind")),
        sa.CheckConstraint(
            "role IN ('suspect', 'sender', 'receiver', 'witness')", name=op.f("ck_case_person_role")
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_person_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_person_case")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_case_person_ended_by")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_case_person_parcel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_person")),
    )
    with op.batch_alter_table("case_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_person_case"), ["case"], unique=False)
        batch_op.create_index("ix_case_person_hash", ["kind", "hash"], unique=False)

    op.create_table(
        "case_share",
        sa.Column(
            "case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "item", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('parcel', 'person', 'note', 'file', 'task')", name=op.f("ck_case_share_kind")
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_share_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_share_case")),
        sa.PrimaryKeyConstraint("case", "agency", "kind", "item", name=op.f("pk_case_share")),
    )
    op.create_table(
        "case_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "reference",
            sa.String(length=128),
            server_default="",
            nullable=False,
            comment="of the document behind it",
        ),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "second",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="who confirmed or refused it",
        ),
        sa.Column("seconded_at", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=True, comment="whether the second person refused it"),
        sa.Column("second_note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_step_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_step_case")),
        sa.ForeignKeyConstraint(["second"], ["person.id"], name=op.f("fk_case_step_second")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    with op.batch_alter_table("case_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_step_case"), ["case"], unique=False)

    op.create_table(
        "case_task",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("assignee", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["assignee"], ["person.id"], name=op.f("fk_case_task_assignee")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_case_task_by")),
        sa.ForeignKeyConstraint(["case"], ["case_.id"], name=op.f("fk_case_task_case")),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_case_task_done_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_task")),
    )
    with op.batch_alter_table("case_task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_task_assignee"), ["assignee"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_task_case"), ["case"], unique=False)
