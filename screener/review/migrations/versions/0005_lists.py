"""The tables of lists, and which parcels tips have named so far; a message may remove what has its key"""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make them."""
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.alter_column(
            "value",
            existing_type=sa.LargeBinary(),
            nullable=True,
            comment="none: it removes what has this key",
        )
    op.create_table(
        "list_job",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False, comment="whose entries they become"),
        sa.Column("from_file", sa.Boolean(), nullable=False),
        sa.Column("replaces", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True, comment="of the file"),
        sa.Column("encoding", sa.String(length=16), nullable=True),
        sa.Column("expected", sa.Integer(), server_default="0", nullable=False, comment="lines of the file"),
        sa.Column(
            "lines", sa.Integer(), server_default="0", nullable=False, comment="of the file, read so far"
        ),
        sa.Column("entries", sa.Integer(), server_default="0", nullable=False, comment="that it speaks of"),
        sa.Column("wrong", sa.Integer(), server_default="0", nullable=False),
        sa.Column("added", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("removed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "weighty",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="entries that want a second person",
        ),
        sa.Column(
            "published",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="the last that was worked on",
        ),
        sa.Column(
            "swept", sa.Boolean(), server_default=sa.false(), nullable=False, comment="what it needed is gone"
        ),
        sa.Column("failed", sa.Text(), nullable=True, comment="why the file could not be read"),
        sa.Column(
            "looked_at", sa.BigInteger(), nullable=True, comment="until when parcels were looked through"
        ),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "second",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="who confirmed or refused it",
        ),
        sa.Column("second_note", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('reading', 'comparing', 'ready', 'seconding', 'publishing', 'done', 'failed', 'dropped', 'refused')",
            name=op.f("ck_list_job_state"),
        ),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_list_job_by")),
        sa.ForeignKeyConstraint(["second"], ["person.id"], name=op.f("fk_list_job_second")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_job")),
    )
    with op.batch_alter_table("list_job", schema=None) as batch_op:
        batch_op.create_index("ix_list_job_open", ["state", "list"], unique=False)

    op.create_table(
        "listed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("list", sa.String(length=16), nullable=False, comment="tips, senders or licences"),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="by what it names its subject"),
        sa.Column("hash", sa.String(length=64), nullable=True, comment="of whom it names"),
        sa.Column(
            "pattern",
            sa.String(length=64),
            nullable=True,
            comment="of the waybills that it names, as they are compared",
        ),
        sa.Column("source", sa.String(length=64), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=True, comment="under which a reward is paid"),
        sa.Column("grade", sa.String(length=8), nullable=True),
        sa.Column("business", sa.String(length=16), nullable=True),
        sa.Column("agency", sa.String(length=64), nullable=False, comment="whose entry it is"),
        sa.Column(
            "by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="who entered it here; none: another program did",
        ),
        sa.Column(
            "second",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="who confirmed it",
        ),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("removed_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, comment="grows with every change of what it says"),
        sa.Column(
            "offset", sa.BigInteger(), nullable=True, comment="of its record; none: it was not read back yet"
        ),
        sa.Column(
            "value",
            sa.LargeBinary(),
            nullable=False,
            comment="the entry as its topic has it, its subject sealed",
        ),
        sa.CheckConstraint("list IN ('tips', 'senders', 'licences')", name=op.f("ck_listed_list")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f("fk_listed_by")),
        sa.ForeignKeyConstraint(["second"], ["person.id"], name=op.f("fk_listed_second")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed")),
        sa.UniqueConstraint("list", "entry_id", name=op.f("uq_listed_list_entry_id")),
    )
    with op.batch_alter_table("listed", schema=None) as batch_op:
        batch_op.create_index(
            "ix_listed_counted",
            ["list", "removed_at", "expires_at", "agency", "kind", "business", "grade"],
            unique=False,
        )
        batch_op.create_index("ix_listed_hash", ["kind", "hash"], unique=False)

    op.create_table(
        "list_change",
        sa.Column("job", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False, comment="its place in the order, from 1"),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column(
            "base", sa.Integer(), nullable=False, comment="the version of the entry that it changes; 0: none"
        ),
        sa.Column("value", sa.LargeBinary(), nullable=True, comment="the entry; none where it is removed"),
        sa.CheckConstraint(
            "what IN ('unread', 'added', 'changed', 'removed', 'unchanged')", name=op.f("ck_list_change_what")
        ),
        sa.ForeignKeyConstraint(["job"], ["list_job.id"], name=op.f("fk_list_change_job")),
        sa.PrimaryKeyConstraint("job", "n", name=op.f("pk_list_change")),
        sa.UniqueConstraint("job", "entry_id", name=op.f("uq_list_change_job_entry_id")),
    )
    op.create_table(
        "list_piece",
        sa.Column("job", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False, comment="a part of the file, sealed"),
        sa.ForeignKeyConstraint(["job"], ["list_job.id"], name=op.f("fk_list_piece_job")),
        sa.PrimaryKeyConstraint("job", "number", name=op.f("pk_list_piece")),
    )
    op.create_table(
        "list_wrong",
        sa.Column("job", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["list_job.id"], name=op.f("fk_list_wrong_job")),
        sa.PrimaryKeyConstraint("job", "line", name=op.f("pk_list_wrong")),
    )
    op.create_table(
        "list_match",
        sa.Column("job", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("parcel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["job"], ["list_job.id"], name=op.f("fk_list_match_job")),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_list_match_parcel")),
        sa.PrimaryKeyConstraint("job", "entry_id", "parcel", name=op.f("pk_list_match")),
    )
    op.create_table(
        "tip_hold",
        sa.Column("entry_id", sa.String(length=64), nullable=False),
        sa.Column("parcel", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="of the first decision that named it"),
        sa.ForeignKeyConstraint(["parcel"], ["parcel.id"], name=op.f("fk_tip_hold_parcel")),
        sa.PrimaryKeyConstraint("entry_id", "parcel", name=op.f("pk_tip_hold")),
    )
    with op.batch_alter_table("tip_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tip_hold_parcel"), ["parcel"], unique=False)
    _keep_what_tips_named(op.get_bind())


def _keep_what_tips_named(connection: sa.Connection) -> None:
    """From the newest message of each parcel that a tip held."""
    parcel = sa.table(
        "parcel", sa.column("id"), sa.column("tip"), sa.column("flagged_at"), sa.column("flagged")
    )
    tip_hold = sa.table("tip_hold", sa.column("entry_id"), sa.column("parcel"), sa.column("at"))
    held = sa.select(parcel.c.id, parcel.c.flagged_at, parcel.c.flagged).where(parcel.c.tip == sa.true())
    for item_id, flagged_at, message in connection.execute(held):
        facts = json.loads(message)["decision"].get("facts") or {}
        for entry_id in sorted({one["entry_id"] for one in facts.get("tips", ())}):
            row = {"entry_id": entry_id, "parcel": item_id, "at": flagged_at}
            connection.execute(sa.insert(tip_hold).values(row))
