"""The tables of `screener.review.ledger`.

All of them follow from the log alone: deleted and followed again they are the same. Amounts are whole
numbers of the smallest unit, so that sums are exact whatever their order.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, text

from screener.review.schema import Instant, Number, metadata

AMOUNTS: Final = (
    "genuine_sticks",
    "counterfeit_sticks",
    "smuggled_sticks",
    "other_sticks",
    "leaf_mg",
    "cut_mg",
    "e_cigarettes",
    "value_fen",
)
"""What was found in parcels over the limit; `other_sticks` are of mixed or unknown origin."""

COUNTS: Final = ("parcels", "held", "opened", "found", "standing", "standing_found")
"""How many parcels: all, held, opened, found over the limit, and those of these that stand for others."""

STRATUM: Final = ("why", "rate", "lucky", "later")
"""By what parcels are brought together to estimate what the others hold (`core.estimates.register.Cell`)."""

CELL: Final = ("day", "hub", "courier", "kind", "agency", *STRATUM)
"""What parcels have in common that are counted together."""


decided = Table(
    "decided",
    metadata,
    Column("id", Number, primary_key=True),
    Column("hub", String(64), nullable=False),
    Column("parcel_id", String(64), nullable=False),
    Column("day", Integer, nullable=False, comment="of its arrival, as YYYYMMDD in the settings' time zone"),
    Column("arrived_at", Instant, nullable=False),
    Column("courier", String(64), nullable=False, comment="none named: empty"),
    Column("courier_at", Instant, comment="when the decision was made that names it"),
    Column("kind", String(32), nullable=False, comment="the product that is likeliest over its limit"),
    Column("agency", String(32), nullable=False, comment="to whom it is referred; to nobody: empty"),
    Column("why", String(16), nullable=False, comment="of its first decision"),
    Column("rate", Float, nullable=False, comment="of the random draw"),
    Column("lucky", Boolean, nullable=False, comment="whether the draw alone would have selected it"),
    Column("first", Integer, nullable=False, comment="the revision that counts as first"),
    Column("first_at", Instant, nullable=False),
    Column("selected", Integer, comment="the first revision that selected it"),
    Column("selected_why", String(16), nullable=False, comment="not selected: empty"),
    Column("newest", Integer, nullable=False, comment="the last revision, and what it said"),
    Column("newest_at", Instant, nullable=False),
    Column("outcome", String(32), nullable=False),
    Column("held", Boolean, nullable=False, comment="whether any decision held it"),
    Column("opened", Boolean, nullable=False),
    Column("found", Boolean, nullable=False, comment="opened and over the limit"),
    Column("standing", Boolean, nullable=False, comment="opened after it was selected"),
    *(Column(name, BigInteger, nullable=False) for name in AMOUNTS),
    Index("uq_decided_parcel", "hub", "parcel_id", unique=True),
)
"""Every parcel that was decided on, a row each: what its decisions say together, and what was found in it."""

# What is behind a figure is read page by page, and most figures are of few parcels.
Index("ix_decided_day", decided.c.day, decided.c.id)
for _name in ("held", "opened", "found"):
    Index(  # SQLite uses it where a query says the same as it does, to the letter
        f"ix_decided_{_name}",
        decided.c.day,
        decided.c.id,
        sqlite_where=text(f"{_name} = 1"),
        postgresql_where=decided.c[_name],
    )

told = Table(
    "told",
    metadata,
    Column("hub", String(64), primary_key=True),
    Column("parcel_id", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True, comment="inspection or disposition"),
    Column("name", String(64), primary_key=True),
    Column("value", LargeBinary, nullable=False, comment="the message as it came"),
)
"""What was told of parcels that were opened or decided on by people; a correction leaves what it corrects."""

daily = Table(
    "daily",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("hub", String(64), primary_key=True),
    Column("courier", String(64), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("agency", String(32), primary_key=True),
    Column("why", String(16), primary_key=True),
    Column("rate", Float, primary_key=True),
    Column("lucky", Boolean, primary_key=True),
    Column("later", String(16), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in (*COUNTS, *AMOUNTS)),
    Index("ix_daily_choices", "hub", "courier", "kind", "agency", "day"),
)
"""The rows of `decided` counted by `CELL`; figures are sums of its rows."""

zone = Table(
    "ledger_zone",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("time_zone", String(64), nullable=False),
)
"""In which time zone the days of this ledger begin: one row."""
