"""The tables of `screener.review.lists`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
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

listed = Table(
    "listed",
    metadata,
    Column("id", Number, primary_key=True),
    Column("list", String(16), nullable=False, comment="tips, senders or licences"),
    Column("entry_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False, comment="by what it names its subject"),
    Column("hash", String(64), comment="of whom it names"),
    Column("pattern", String(64), comment="of the waybills that it names, as they are compared"),
    Column("source", String(64)),
    Column("reference", String(64), comment="under which a reward is paid"),
    Column("grade", String(8)),
    Column("business", String(16)),
    Column("agency", String(64), nullable=False, comment="whose entry it is"),
    Column("by", ForeignKey("person.id"), comment="who entered it here; none: another program did"),
    Column("second", ForeignKey("person.id"), comment="who confirmed it"),
    Column("added_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("removed_at", Instant),
    Column("version", Integer, nullable=False, comment="grows with every change of what it says"),
    Column("offset", BigInteger, comment="of its record; none: it was not read back yet"),
    Column("value", LargeBinary, nullable=False, comment="the entry as its topic has it, its subject sealed"),
    UniqueConstraint("list", "entry_id"),
    CheckConstraint("list IN ('tips', 'senders', 'licences')", name="list"),
    Index("ix_listed_hash", "kind", "hash"),
    Index("ix_listed_counted", "list", "removed_at", "expires_at", "agency", "kind", "business", "grade"),
)
"""What the topics of the lists hold, and what was removed from them while we looked."""

list_job = Table(
    "list_job",
    metadata,
    Column("id", Number, primary_key=True),
    Column("list", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("agency", String(64), nullable=False, comment="whose entries they become"),
    Column("from_file", Boolean, nullable=False),
    Column("replaces", Boolean, nullable=False, server_default=false()),
    Column("bytes", BigInteger, nullable=False, server_default="0"),
    Column("sha256", String(64), comment="of the file"),
    Column("encoding", String(16)),
    Column("expected", Integer, nullable=False, server_default="0", comment="lines of the file"),
    Column("lines", Integer, nullable=False, server_default="0", comment="of the file, read so far"),
    Column("entries", Integer, nullable=False, server_default="0", comment="that it speaks of"),
    Column("wrong", Integer, nullable=False, server_default="0"),
    Column("added", Integer, nullable=False, server_default="0"),
    Column("changed", Integer, nullable=False, server_default="0"),
    Column("removed", Integer, nullable=False, server_default="0"),
    Column("unchanged", Integer, nullable=False, server_default="0"),
    Column(
        "weighty", Integer, nullable=False, server_default="0", comment="entries that want a second person"
    ),
    Column("published", Integer, nullable=False, server_default="0", comment="the last that was worked on"),
    Column("swept", Boolean, nullable=False, server_default=false(), comment="what it needed is gone"),
    Column("failed", Text, comment="why the file could not be read"),
    Column("looked_at", Instant, comment="until when parcels were looked through"),
    Column("confirmed_at", Instant),
    Column("second", ForeignKey("person.id"), comment="who confirmed or refused it"),
    Column("second_note", Text, nullable=False, server_default=""),
    Column("ended_at", Instant),
    CheckConstraint(
        "state IN ('reading', 'comparing', 'ready', 'seconding', 'publishing',"
        " 'done', 'failed', 'dropped', 'refused')",
        name="state",
    ),
    Index("ix_list_job_open", "state", "list"),
)
"""A change of a list from its entering to its publication: one entry of a form, or those of a file."""

list_piece = Table(
    "list_piece",
    metadata,
    Column("job", ForeignKey("list_job.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("key_id", String(64), nullable=False),
    Column("box", LargeBinary, nullable=False, comment="a part of the file, sealed"),
)
"""A file that is being read; it is gone when it was."""

list_change = Table(
    "list_change",
    metadata,
    Column("job", ForeignKey("list_job.id"), primary_key=True),
    Column("n", Integer, primary_key=True, comment="its place in the order, from 1"),
    Column("entry_id", String(64), nullable=False),
    Column("what", String(16), nullable=False),
    Column("base", Integer, nullable=False, comment="the version of the entry that it changes; 0: none"),
    Column("value", LargeBinary, comment="the entry; none where it is removed"),
    UniqueConstraint("job", "entry_id"),
    CheckConstraint("what IN ('unread', 'added', 'changed', 'removed', 'unchanged')", name="what"),
)
"""What a job does to each entry."""

list_wrong = Table(
    "list_wrong",
    metadata,
    Column("job", ForeignKey("list_job.id"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("why", Text, nullable=False),
)
"""Lines of a file that no list takes, and why; nothing of them is kept."""

list_match = Table(
    "list_match",
    metadata,
    Column("job", ForeignKey("list_job.id"), primary_key=True),
    Column("entry_id", String(64), primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
)
"""Parcels that came, and that the entries of a job would have named."""

tip_hold = Table(
    "tip_hold",
    metadata,
    Column("entry_id", String(64), primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), primary_key=True, index=True),
    Column("at", Instant, nullable=False, comment="of the first decision that named it"),
)
"""Which parcels a tip has named: what it led to follows from what was done with them."""
