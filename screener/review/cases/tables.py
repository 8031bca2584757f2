"""The tables of `screener.review.cases`. Rows only grow but for what says that something has ended.

`agency` of an item is whose people entered it. What an agency that was asked to join may see of the home
agency's items stands in `case_share`, item by item.
"""

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
)

from screener.review.schema import Instant, Number, metadata

case_ = Table(
    "case_",
    metadata,
    Column("id", Number, primary_key=True),
    Column("number", String(64), nullable=False, unique=True, comment="agency-year-serial"),
    Column("year", Integer, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("words", String(512), nullable=False, comment="number and title as they are searched"),
    Column("state", String(16), nullable=False, server_default="open"),
    Column(
        "clue_at", Instant, nullable=False, comment="the clue or the first seizure: the law counts from it"
    ),
    Column("begun_by", ForeignKey("person.id"), nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("lead", ForeignKey("person.id"), nullable=False, comment="who answers for it"),
    Column("filed_at", Instant),
    Column("closed_at", Instant),
    Column("result", String(16), comment="how it ended"),
    Column("version", Integer, nullable=False, server_default="1", comment="grows with every step"),
    UniqueConstraint("year", "serial"),
    CheckConstraint("state IN ('open', 'filed', 'closing', 'closed')", name="state"),
    Index("ix_case__state", "state", "clue_at"),
    Index("ix_case__filed_at", "filed_at"),
)

case_step = Table(
    "case_step",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("reference", String(128), nullable=False, server_default="", comment="of the document behind it"),
    Column("result", String(16)),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("second", ForeignKey("person.id"), comment="who confirmed or refused it"),
    Column("seconded_at", Instant),
    Column("refused", Boolean, comment="whether the second person refused it"),
    Column("second_note", Text, nullable=False, server_default=""),
)
"""What moved a case; never overwritten but for its seconding."""

case_parcel = Table(
    "case_parcel",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("why", Text, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_by", ForeignKey("person.id")),
    Column("ended_at", Instant),
    Column("ended_why", Text),
)
_in_it = case_parcel.c.ended_at.is_(None)
Index(
    "ux_case_parcel",
    case_parcel.c.case,
    case_parcel.c.parcel,
    unique=True,
    sqlite_where=_in_it,
    postgresql_where=_in_it,
)

case_person = Table(
    "case_person",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("hash", String(64), nullable=False, comment="keyed: equal hash, same name, phone or address"),
    Column("sealed", LargeBinary, nullable=False, comment="the party as its message had it"),
    Column("aad", String(512), nullable=False, comment="what its seal is bound to"),
    Column("parcel", ForeignKey("parcel.id"), comment="where it was taken from"),
    Column("side", String(16)),
    Column("role", String(16), nullable=False),
    Column("agency", String(64), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ended_by", ForeignKey("person.id")),
    Column("ended_at", Instant),
    Column("ended_why", Text),
    CheckConstraint("kind IN ('person', 'phone', 'address')", name="kind"),
    CheckConstraint("role IN ('suspect', 'sender', 'receiver', 'witness')", name="role"),
    Index("ix_case_person_hash", "kind", "hash"),
)
"""People of a case: sealed as they came, so that who destroys a key destroys them here as well."""

case_note = Table(
    "case_note",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("corrects", ForeignKey("case_note.id")),
    Column("agency", String(64), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
)

case_file = Table(
    "case_file",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("address", String(512), nullable=False),
    Column("content_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("agency", String(64), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("case", "sha256", "agency"),
)

case_task = Table(
    "case_task",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case", ForeignKey("case_.id"), nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("assignee", ForeignKey("person.id"), index=True),
    Column("due_at", Instant),
    Column("agency", String(64), nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("done_by", ForeignKey("person.id")),
    Column("done_at", Instant),
)

case_agency = Table(
    "case_agency",
    metadata,
    Column("case", ForeignKey("case_.id"), primary_key=True, autoincrement=False),
    Column("agency", String(64), primary_key=True),
    Column("kind", String(16), nullable=False, comment="it takes the case over, or works on it together"),
    Column("state", String(16), nullable=False, server_default="offered"),
    Column("note", Text, nullable=False, server_default=""),
    Column("offered_by", ForeignKey("person.id"), nullable=False),
    Column("offered_at", Instant, nullable=False),
    Column("answer", Text, nullable=False, server_default=""),
    Column("changed_by", ForeignKey("person.id"), nullable=False),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("kind IN ('referral', 'joint')", name="kind"),
    CheckConstraint("state IN ('offered', 'accepted', 'returned', 'closed')", name="state"),
    Index("ix_case_agency_agency", "agency", "state", "case"),
)
"""Another agency's part in a case; while it is not returned it sees the case and what is shared with it."""

case_share = Table(
    "case_share",
    metadata,
    Column("case", ForeignKey("case_.id"), primary_key=True, autoincrement=False),
    Column("agency", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("item", Number, primary_key=True, autoincrement=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    CheckConstraint("kind IN ('parcel', 'person', 'note', 'file', 'task')", name="kind"),
)
"""What of a case another agency sees beside its own items and the parcels that were handed over to it."""
