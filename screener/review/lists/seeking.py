"""Whether somebody is on a list: by the keyed hash of what is asked, which is kept and recorded nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Final, cast

from sqlalchemy import Connection, Select, select

from screener.core.entries import bare_waybill, fits
from screener.errors import BadInput
from screener.review.audit import Deed, record
from screener.review.lists import standing
from screener.review.lists.rights import visible
from screener.review.lists.standing import Listed
from screener.review.lists.tables import listed
from screener.review.rights import Reviewer
from screener.sealing.parties import Linkable, link
from screener.sealing.ring import KeyRing

KINDS: Final = ("phone", "name", "address", "building", "waybill")
MOST: Final = 200


def seek(
    connection: Connection,
    who: Reviewer,
    home: str,
    now: datetime,
    kind: str,
    *,
    text: str,
    ring: KeyRing,
) -> tuple[Listed, ...]:
    """The entries of all lists, removed ones too, that name this; recorded without it. Raises `BadInput`."""
    if kind not in KINDS:
        raise BadInput("form", f"kind: expected one of {', '.join(KINDS)}")
    query = _by_waybill(connection, text) if kind == "waybill" else _by_hash(kind, text, ring)
    shown = query.where(visible(who, home)).order_by(listed.c.id.desc()).limit(MOST)
    found = standing.rows(connection, shown)
    record(connection, Deed(now, who.name, "list_search", "list:all", {"kind": kind, "found": len(found)}))
    return found


def _by_hash(kind: str, text: str, ring: KeyRing) -> Select[tuple[object, ...]]:
    hashed = link(cast("Linkable", kind), text, ring)
    if hashed is None:
        raise BadInput("list_nobody", f"{kind}: expected a whole one, got one that is masked or says nothing")
    return standing.QUERY.where(listed.c.kind == kind, listed.c.hash == hashed)


def _by_waybill(connection: Connection, text: str) -> Select[tuple[object, ...]]:
    """Patterns are few beside hashes, and are compared one by one."""
    bare = bare_waybill(text)
    patterns = connection.scalars(select(listed.c.pattern).where(listed.c.kind == "waybill").distinct())
    fitting = [one for one in patterns if one is not None and fits(one).fullmatch(bare)]
    return standing.QUERY.where(listed.c.kind == "waybill", listed.c.pattern.in_(fitting[:MOST]))
