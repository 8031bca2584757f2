"""The tables of the workstation, for SQLite and PostgreSQL alike.

Times are aware UTC in Python and whole milliseconds since 1970 in the database. What people did is never
overwritten: `action`, `custody` and `audit` only grow, and a correction is a new row. Personal data lies
sealed in `parcel.flagged` and nowhere else.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have names that both databases agree on, so that migrations can speak of them."""

metadata = MetaData(naming_convention=CONVENTION)

Number = BigInteger().with_variant(Integer, "sqlite")
"""A row's number: SQLite counts `INTEGER` keys alone by itself."""


class Instant(TypeDecorator[datetime]):
    """An aware time, kept as whole milliseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else round(value.timestamp() * 1000)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


# --- parcels --------------------------------------------------------------------------------------

parcel = Table(
    "parcel",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(128), nullable=False),
    Column("parcel_id", String(256), nullable=False),
    Column("revision", Integer, nullable=False, comment="of the decision that it shows"),
    Column("outcome", String(32), nullable=False),
    Column("why", String(32), nullable=False),
    Column("kind", String(32), nullable=False, comment="the product that is likeliest over its limit"),
    Column("priority", Float, nullable=False),
    Column("due_at", Instant, comment="when the belt wants an answer"),
    Column("law_due_at", Instant, comment="by when the law wants it filed"),
    Column("courier", String(128), nullable=False, server_default=""),
    Column("waybill", String(256), nullable=False, server_default=""),
    Column("grade", String(8), comment="of its sender"),
    Column("tip", Boolean, nullable=False),
    Column("sticks", Float, comment="the middle estimate"),
    Column("tobacco_g", Float),
    Column("p_over", Float),
    Column("arrived_at", Instant, nullable=False),
    Column("flagged_at", Instant, nullable=False),
    Column("state", String(24), nullable=False, server_default="waiting"),
    Column("claimed_by", ForeignKey("person.id")),
    Column("lease_until", Instant),
    Column("version", Integer, nullable=False, server_default="1", comment="grows with every change"),
    Column("search", Text, nullable=False, server_default="", comment="what full-text search reads"),
    Column("flagged", LargeBinary, nullable=False, comment="the newest message whole, as it came"),
    Column(
        "fiction", ForeignKey("fiction_given.id"), comment="for training: to whom it was given; none: real"
    ),
    UniqueConstraint("hub", "parcel_id"),
    CheckConstraint(
        "state IN ('waiting', 'seconding', 'inspecting', 'seized', 'referred', 'closed')", name="state"
    ),
    Index("ix_parcel_claimed", "claimed_by"),
    Index("ix_parcel_waybill", "waybill"),
    Index("ix_parcel_parcel_id", "parcel_id"),
)
"""A flagged parcel as the queue shows it: `seconding` waits for a second person, `inspecting` is open.

What is long comes last: SQLite reads a row from its beginning, and the queue reads thousands of them.
"""

# The orders of `queue`: the belt by due time, the rest by priority. Both carry all that filters ask for:
# beside its message a row lies on a page of its own, and a rare filter passes thousands of rows.
_place = (parcel.c.priority.desc(), parcel.c.flagged_at, parcel.c.id)
_asked = tuple(
    parcel.c[name]
    for name in ("hub", "courier", "kind", "why", "grade", "tip", "law_due_at", "claimed_by", "lease_until")
)
Index("ix_parcel_queue", parcel.c.state, *_place, parcel.c.due_at, *_asked)
Index("ix_parcel_belt", parcel.c.state, parcel.c.due_at, *_place, *_asked)
Index("ix_parcel_law", parcel.c.state, parcel.c.law_due_at, parcel.c.hub)
Index("ix_parcel_hub", parcel.c.state, parcel.c.hub)

# Few rows have one, and it comes after what is long: it is asked for through this index alone.
_fictional = parcel.c.fiction.is_not(None)
Index("ix_parcel_fiction", parcel.c.fiction, sqlite_where=_fictional, postgresql_where=_fictional)

scan = Table(
    "scan",
    metadata,
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="its place in the message, from 1"),
    Column("scan_id", String(64), nullable=False, index=True),
    Column("sha256", String(64), nullable=False),
    Column("signature", LargeBinary, comment="what it looks like, to find similar ones; none: not seen yet"),
)
"""The views of a parcel, to find it by a scan's number or by what it looks like."""

_unseen = scan.c.signature.is_(None)
Index("ix_scan_unseen", scan.c.parcel, sqlite_where=_unseen, postgresql_where=_unseen)

searched = Table(
    "searched",
    metadata,
    Column("parcel", ForeignKey("parcel.id"), primary_key=True, autoincrement=False),
    Column("written", Text, nullable=False, comment="the words of `parcel.search` as they are compared"),
)

TEXT: Final = "parcel_text"
"""The grams of `searched`: made by the migration alone, since each database has its own kind of table."""

link = Table(
    "link",
    metadata,
    Column("parcel", ForeignKey("parcel.id"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("hash", String(64), nullable=False),
    Index("ix_link_hash", "kind", "hash"),
)
"""The keyed hashes of a parcel's people: equal hash, same name, phone, address or building."""

flag = Table(
    "flag",
    metadata,
    Column("id", Number, primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False),
    Column("topic", String(249), nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    UniqueConstraint("topic", "partition", "offset"),
)
"""Every flagged message as it came: the history of a parcel's decisions."""

intake = Table(
    "intake",
    metadata,
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
"""How far each partition has been read; written in the transaction that keeps what was read."""

refused = Table(
    "refused",
    metadata,
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("why", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
"""Flagged messages that could not be read; they stay in the log, and somebody must look."""


# --- what people do -------------------------------------------------------------------------------

action = Table(
    "action",
    metadata,
    Column("id", Number, primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("revision", Integer, nullable=False, comment="of the decision that was looked at"),
    Column("kind", String(24), nullable=False),
    Column("details", Text, nullable=False, comment="JSON; its fields depend on the kind"),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("stands_at", Instant, nullable=False, comment="until then it can be undone"),
    Column("undone_at", Instant),
    Column("second", ForeignKey("person.id"), comment="who confirmed or refused it"),
    Column("seconded_at", Instant),
    Column("refused", Boolean, comment="whether the second person refused it"),
    Column("second_note", Text, nullable=False, server_default=""),
    Column("corrects", ForeignKey("action.id")),
)
"""What was decided, found or handed over; a row is never overwritten but for its undoing and seconding."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Number, primary_key=True),
    Column("action", ForeignKey("action.id"), index=True),
    Column("topic", String(249), nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, comment="none: it removes what has this key"),
    Column("headers", LargeBinary, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("taken_at", Instant, comment="from here on it may have been sent"),
    Column("sent_at", Instant),
    Column("withdrawn", Boolean, nullable=False, server_default=false(), comment="undone before it was sent"),
    Column("refused", Text, comment="why the log will never take it; somebody must look"),
    Index("ix_outbox_waiting", "sent_at", "not_before"),
    Index("ix_outbox_key", "topic", "key"),
)
"""Messages that were decided on together with what they tell, and are sent once they stand."""

seizure = Table(
    "seizure",
    metadata,
    Column("id", Number, primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("action", ForeignKey("action.id"), nullable=False, unique=True),
    Column("seal", String(128), nullable=False, unique=True),
)

custody = Table(
    "custody",
    metadata,
    Column("id", Number, primary_key=True),
    Column("seizure", ForeignKey("seizure.id"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("given_by", String(256), nullable=False),
    Column("taken_by", String(256), nullable=False),
    Column("place", String(256), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
)
"""The chain of custody: where a seizure lies and who gave it to whom."""

handover = Table(
    "handover",
    metadata,
    Column("id", Number, primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("action", ForeignKey("action.id"), nullable=False, unique=True),
    Column("agency", String(64), nullable=False),
    Column("state", String(16), nullable=False, server_default="offered"),
    Column("changed_at", Instant, nullable=False),
    CheckConstraint("state IN ('offered', 'accepted', 'returned', 'closed')", name="state"),
    Index("ix_handover_agency", "agency", "state", "parcel"),
)
"""A referral to another agency, with a state of its own."""

photograph = Table(
    "photograph",
    metadata,
    Column("id", Number, primary_key=True),
    Column("parcel", ForeignKey("parcel.id"), nullable=False, index=True),
    Column("action", ForeignKey("action.id"), index=True),
    Column("sha256", String(64), nullable=False),
    Column("address", String(512), nullable=False),
    Column("content_type", String(64), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("by", ForeignKey("person.id"), nullable=False),
    Column("at", Instant, nullable=False),
)


# --- who they are ---------------------------------------------------------------------------------

person = Table(
    "person",
    metadata,
    Column("id", Number, primary_key=True),
    Column("name", String(128), nullable=False, unique=True, comment="to sign in with"),
    Column("shown", String(256), nullable=False, comment="as others see it"),
    Column("password", String(256), comment="argon2id; none for those who come by OIDC"),
    Column("issuer", String(512)),
    Column("subject", String(256)),
    Column("language", String(16), nullable=False, server_default="zh"),
    Column("made_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    UniqueConstraint("issuer", "subject"),
)

grant = Table(
    "grant_",
    metadata,
    Column("person", ForeignKey("person.id"), primary_key=True),
    Column("role", String(16), primary_key=True),
    Column("hub", String(128), primary_key=True, server_default="*"),
    Column("agency", String(64), primary_key=True, server_default="*"),
    CheckConstraint(
        "role IN ('reader', 'investigator', 'supervisor', 'auditor', 'administrator')", name="role"
    ),
)
"""Who may act as what, where; `*` is every hub or agency."""

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False),
)
"""Who is signed in. The token itself is kept nowhere."""

attempt = Table(
    "attempt",
    metadata,
    Column("id", Number, primary_key=True),
    Column("who", String(128), nullable=False, comment="a name or an address, hashed"),
    Column("at", Instant, nullable=False),
    Index("ix_attempt_who", "who", "at"),
)
"""Failed sign-ins, for their rate limit."""

oidc_start = Table(
    "oidc_start",
    metadata,
    Column("state_sha256", String(64), primary_key=True),
    Column("browser_sha256", String(64), nullable=False, comment="of the cookie of the browser that began"),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(128), nullable=False, comment="of PKCE"),
    Column("at", Instant, nullable=False),
)
"""Sign-ins by OpenID Connect that were begun and have not come back; each comes back once."""

saved_view = Table(
    "saved_view",
    metadata,
    Column("id", Number, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", Text, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("person", "name"),
)


# --- the record of all reads and writes -----------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False, comment="without gaps, from 1"),
    Column("at", Instant, nullable=False),
    Column("who", String(128), nullable=False),
    Column("what", String(64), nullable=False),
    Column("target", String(512), nullable=False),
    Column("details", Text, nullable=False, comment="canonical JSON"),
    Column("before", String(64), nullable=False, comment="the hash of row n - 1"),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_target", "target"),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("n", BigInteger, primary_key=True, autoincrement=False, comment="the last row it vouches for"),
    Column("at", Instant, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""Signed heads of the chain, published to a topic, so that who owns the database cannot rewrite it alone."""
