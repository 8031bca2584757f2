"""Who may sign in, and with which grants; every change is made by somebody and recorded.

No account is ever removed: the record and the decisions name it. One that is disabled cannot sign in, and
its sessions end at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from screener.errors import BadInput
from screener.review import passwords, sessions
from screener.review.audit import Deed, record
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.rights import EVERY, Grant, Reviewer, Role, Verb
from screener.review.schema import grant as grants
from screener.review.schema import person

LANGUAGES: Final = ("zh", "en")

LONGEST_SHOWN: Final = 64
_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")
_PLACE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

ALONE: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Roles that go with no other: nobody can both act and cover it, or give himself the means to."""


@dataclass(frozen=True, slots=True)
class Account:
    """A person as an administrator sees him; `issuer` is set for one who comes by OpenID Connect."""

    id: int
    name: str
    shown: str
    language: str
    issuer: str | None
    has_password: bool
    made_at: datetime
    disabled_at: datetime | None
    grants: tuple[Grant, ...]


def console(user: str) -> Reviewer:
    """Whoever runs a command where the database lies, and so can read and change it all; recorded as such.

    No account can have such a name, which holds a colon.
    """
    return Reviewer(0, f"console:{user}", "en", (Grant(Role.ADMINISTRATOR), Grant(Role.AUDITOR)))


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an OpenID provider vouches for: `subject` is unique there for ever, the names are not."""

    issuer: str
    subject: str
    name: str
    shown: str


def add(
    connection: Connection,
    who: Reviewer,
    now: datetime,
    name: str,
    *,
    shown: str = "",
    password: str | None = None,
    language: str = "zh",
) -> int:
    """A new account without any grant; returns its row. Raises `Denied`, `BadInput`, `Conflict`.

    Without a password nobody can sign in with it yet.
    """
    _require(who)
    folded = folded_name(name)
    kept = None if password is None else passwords.hashed(password, folded)
    row = _insert(connection, now, name=folded, shown=shown or name, language=language, password=kept)
    record(connection, Deed(now, who.name, "add_person", _target(folded)))
    return row


def of_issuer(connection: Connection, now: datetime, found: Identity, language: str) -> int | None:
    """The account of one whom an OpenID provider has vouched for, made where he comes for the first time.

    Known by issuer and subject alone: a name that a local account has leads to an account beside it, never
    into it. None where the account is disabled.
    """
    known = (person.c.issuer == found.issuer) & (person.c.subject == found.subject)
    row = connection.execute(select(person.c.id, person.c.disabled_at).where(known)).first()
    if row is not None:
        return None if row.disabled_at else int(row.id)
    name = _free_name(connection, found.name)
    shown = "".join(char for char in found.shown if char.isprintable())[:LONGEST_SHOWN] or name
    known_by = {"issuer": found.issuer, "subject": found.subject}
    made = _insert(connection, now, name=name, shown=shown, language=language, **known_by)
    record(connection, Deed(now, name, "first_sign_in", _target(name), {"issuer": found.issuer}))
    return made


def kept_password(connection: Connection, name: str) -> tuple[int, str] | None:
    """The row and hash of an account that may sign in by password, or None."""
    if not _is_name(fold(name)):
        return None
    query = select(person.c.id, person.c.password).where(
        person.c.name == fold(name), person.c.password.is_not(None), person.c.disabled_at.is_(None)
    )
    row = connection.execute(query).first()
    return None if row is None else (row.id, row.password)


def check(connection: Connection, name: str, password: str) -> int | None:
    """The row of the person whose password it is; None, after the same time, for anybody else."""
    found = kept_password(connection, name)
    if not passwords.matches(found and found[1], password) or found is None:
        return None
    return found[0]


def rehash(connection: Connection, person_id: int, password: str) -> None:
    """Keep a password that was right under today's parameters."""
    kept = passwords.rehashed(password)
    connection.execute(update(person).where(person.c.id == person_id).values(password=kept))


def set_password(connection: Connection, who: Reviewer, now: datetime, person_id: int, password: str) -> None:
    """Give another person a new password, and end all sessions. Raises `Denied`, `Hidden`, `BadInput`."""
    row = _other(connection, who, person_id)
    _expect_local(row)
    _keep_password(connection, row, password)
    record(connection, Deed(now, who.name, "set_password", _target(row.name)))


def change_password(connection: Connection, who: Reviewer, now: datetime, old: str, new: str) -> None:
    """Change one's own password, and end all sessions. Raises `Denied` for a wrong old one, `BadInput`."""
    row = _row(connection, who.person)
    if not passwords.matches(row.password, old):
        raise Denied("the password is not right")
    _keep_password(connection, row, new)
    record(connection, Deed(now, who.name, "change_password", _target(row.name)))


def set_language(connection: Connection, who: Reviewer, language: str) -> None:
    """The language of one's own pages from now on. Raises `BadInput`."""
    _expect_language(language)
    connection.execute(update(person).where(person.c.id == who.person).values(language=language))


def disable(connection: Connection, who: Reviewer, now: datetime, person_id: int) -> None:
    """Nobody signs in with it any more, and its sessions end. Raises `Denied`, `Hidden`, `Conflict`."""
    row = _other(connection, who, person_id)
    if row.disabled_at is not None:
        raise Conflict(f"{row.name}: is disabled already")
    connection.execute(update(person).where(person.c.id == person_id).values(disabled_at=now))
    sessions.end_all(connection, person_id)
    record(connection, Deed(now, who.name, "disable_person", _target(row.name)))


def enable(connection: Connection, who: Reviewer, now: datetime, person_id: int) -> None:
    """Take a disabling back. Raises `Denied`, `Hidden`, `Conflict`."""
    row = _other(connection, who, person_id)
    if row.disabled_at is None:
        raise Conflict(f"{row.name}: is not disabled")
    connection.execute(update(person).where(person.c.id == person_id).values(disabled_at=None))
    record(connection, Deed(now, who.name, "enable_person", _target(row.name)))


def grant(connection: Connection, who: Reviewer, now: datetime, person_id: int, given: Grant) -> None:
    """Give a role somewhere. Raises `Denied`, `Hidden`, `Conflict` for one that is there, `BadInput`.

    An administrator and an auditor are nothing else.
    """
    row = _other(connection, who, person_id, given)
    _expect_place(given)
    held = _grants(connection, person_id)
    if given in held:
        raise Conflict(f"{row.name}: has this grant already")
    _expect_compatible(row.name, {one.role for one in held} | {given.role})
    connection.execute(insert(grants).values(person=person_id, **_columns(given)))
    record(connection, Deed(now, who.name, "grant", _target(row.name), _columns(given)))


def revoke(connection: Connection, who: Reviewer, now: datetime, person_id: int, given: Grant) -> None:
    """Take a role back. Raises `Denied`, `Hidden`, `Conflict` for one that is not there."""
    row = _other(connection, who, person_id, given)
    found = [grants.c[name] == value for name, value in _columns(given).items()]
    if connection.execute(delete(grants).where(grants.c.person == person_id, *found)).rowcount == 0:
        raise Conflict(f"{row.name}: does not have this grant")
    record(connection, Deed(now, who.name, "revoke", _target(row.name), _columns(given)))


def people(connection: Connection, who: Reviewer, now: datetime) -> tuple[Account, ...]:
    """All accounts by name. Raises `Denied`."""
    _require(who)
    held: dict[int, list[Grant]] = {}
    for row in connection.execute(select(grants).order_by(grants.c.role, grants.c.hub, grants.c.agency)):
        held.setdefault(row.person, []).append(_grant_of(row))
    rows = connection.execute(select(person).order_by(person.c.name)).all()
    record(connection, Deed(now, who.name, "list_people", "people"))
    return tuple(_account(row, tuple(held.get(row.id, ()))) for row in rows)


def find(connection: Connection, name: str) -> int:
    """The row of the account of this name. Raises `Hidden`."""
    query = select(person.c.id).where(person.c.name == fold(name))
    found: int | None = connection.scalar(query) if _is_name(fold(name)) else None
    if found is None:
        raise Hidden(f"{name}: there is no such person")
    return found


def reviewer_of(connection: Connection, person_id: int) -> Reviewer | None:
    """Who acts for an account, with the grants of this moment; None where it is disabled or not there."""
    row = connection.execute(select(person).where(person.c.id == person_id)).first()
    if row is None or row.disabled_at is not None:
        return None
    return Reviewer(row.id, row.name, row.language, _grants(connection, person_id))


def _insert(connection: Connection, now: datetime, *, name: str, shown: str, **columns: str | None) -> int:
    _expect_language(columns["language"])
    if len(shown) > LONGEST_SHOWN or any(unicodedata.category(char) == "Cc" for char in shown):
        raise BadInput("person_shown", f"shown name: expected at most {LONGEST_SHOWN} printable characters")
    if connection.scalar(select(person.c.id).where(person.c.name == name)) is not None:
        raise Conflict(f"{name}: there is such an account already")
    values = {"name": name, "shown": shown, "made_at": now, **columns}
    return int(connection.execute(insert(person).values(values).returning(person.c.id)).scalar_one())


def _free_name(connection: Connection, wanted: str) -> str:
    """The name that a provider gave, as far as it can be one of ours, with a number where it is taken."""
    kept = re.sub(r"[^\w.@-]+", "-", fold(wanted)).strip("-.@")[:48] or "person"
    taken = set(
        connection.scalars(select(person.c.name).where(person.c.name.startswith(kept, autoescape=True)))
    )
    names = (kept, *(f"{kept}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _keep_password(connection: Connection, row: Row[Any], password: str) -> None:
    kept = passwords.hashed(password, row.name)
    connection.execute(update(person).where(person.c.id == row.id).values(password=kept))
    sessions.end_all(connection, row.id)


def _other(connection: Connection, who: Reviewer, person_id: int, given: Grant | None = None) -> Row[Any]:
    """The account of somebody else whom `who` may administer, there where `given` is given."""
    _require(who, *((given.hub, given.agency) if given else ()))
    if who.person == person_id:
        raise Denied("nobody changes his own account: ask another administrator")
    return _row(connection, person_id)


def _require(who: Reviewer, hub: str = EVERY, agency: str = EVERY) -> None:
    if not who.may(Verb.ADMINISTER, hub, agency):
        raise Denied("accounts and grants are an administrator's")


def _row(connection: Connection, person_id: int) -> Row[Any]:
    row = connection.execute(select(person).where(person.c.id == person_id)).first()
    if row is None:
        raise Hidden(f"person {person_id}: there is none")
    return row


def _grants(connection: Connection, person_id: int) -> tuple[Grant, ...]:
    query = select(grants).where(grants.c.person == person_id)
    ordered = query.order_by(grants.c.role, grants.c.hub, grants.c.agency)
    return tuple(_grant_of(row) for row in connection.execute(ordered))


def _grant_of(row: Row[Any]) -> Grant:
    return Grant(Role(row.role), row.hub, row.agency)


def _columns(given: Grant) -> dict[str, str]:
    return {"role": given.role.value, "hub": given.hub, "agency": given.agency}


def _account(row: Row[Any], held: tuple[Grant, ...]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        shown=row.shown,
        language=row.language,
        issuer=row.issuer,
        has_password=row.password is not None,
        made_at=row.made_at,
        disabled_at=row.disabled_at,
        grants=held,
    )


def fold(name: str) -> str:
    """One name for all ways of writing it: no `Li` beside `li`."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def folded_name(name: str) -> str:
    folded = fold(name)
    if not _is_name(folded):
        raise BadInput(
            "person_name", "name: expected up to 64 letters, digits and . @ - _, a letter or digit first"
        )
    return folded


def _is_name(folded: str) -> bool:
    return _NAME.fullmatch(folded) is not None


def _expect_local(row: Row[Any]) -> None:
    if row.issuer is not None:
        raise BadInput("person_issuer", f"{row.name}: signs in by {row.issuer}, which keeps the password")


def _expect_language(language: str | None) -> None:
    if language not in LANGUAGES:
        raise BadInput("language", f"language: expected one of {', '.join(LANGUAGES)}")


def _expect_place(given: Grant) -> None:
    for place in (given.hub, given.agency):
        if place != EVERY and not _PLACE.fullmatch(place):
            raise BadInput("grant_place", "grant: expected * or the name of a hub and of an agency")


def _expect_compatible(name: str, roles: set[Role]) -> None:
    if len(roles) > 1 and (alone := ALONE & roles):
        wanted = " and ".join(sorted(alone))
        raise BadInput("grants_conflict", f"{name}: expected {wanted} to have no other role")


def _target(name: str) -> str:
    return f"person:{name}"
