"""Accounts: who may sign in, with which grants, changed by whom."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select, update

from screener.config import ReviewSettings
from screener.errors import BadInput
from screener.review import accounts, audit, database, passwords, sessions
from screener.review.accounts import Identity, console
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.rights import Grant, Reviewer, Role, Verb
from screener.review.schema import person
from tests.review.undoing import undone

SETTINGS = ReviewSettings()
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
ROOT = console("root")
GOOD = "correct horse battery"


def added(connection: Connection, name: str, *grants: Grant) -> Reviewer:
    row = accounts.add(connection, ROOT, NOW, name, password=GOOD)
    for one in grants:
        accounts.grant(connection, ROOT, NOW, row, one)
    who = accounts.reviewer_of(connection, row)
    assert who is not None
    return who


def deeds(connection: Connection) -> list[tuple[str, str, str]]:
    return [(row.who, row.what, row.target) for row in audit.entries(connection)]


def test_a_person_acts_with_the_grants_of_this_moment(engine: Engine) -> None:
    at_east = Grant(Role.INVESTIGATOR, "east")
    with database.writing(engine) as connection:
        li = added(connection, "li", at_east)
        assert li == Reviewer(li.person, "li", "zh", (at_east,))
        accounts.revoke(connection, ROOT, NOW, li.person, at_east)
        now = accounts.reviewer_of(connection, li.person)
        assert now is not None
        assert now.grants == ()
        assert deeds(connection) == [
            ("console:root", what, "person:li") for what in ("add_person", "grant", "revoke")
        ]


def test_a_password_is_right_for_its_own_account_alone(engine: Engine) -> None:
    with database.writing(engine) as connection:
        li = added(connection, "li")
        accounts.add(connection, ROOT, NOW, "wang", password="another one of these")
        accounts.add(connection, ROOT, NOW, "zhao")
        assert accounts.check(connection, "li", GOOD) == li.person
        assert accounts.check(connection, "ＬＩ", GOOD) == li.person
        for name, password in (("wang", GOOD), ("zhao", GOOD), ("zhao", ""), ("nobody", GOOD), ("li", "")):
            assert accounts.check(connection, name, password) is None
        kept = connection.scalar(select(person.c.password).where(person.c.name == "li"))
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert GOOD not in kept


def test_a_hash_of_other_parameters_is_known_as_such(engine: Engine) -> None:
    old = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$4AJCSA5k0cVYYMmDs0FBxS+zJk1oKfOmRGXsmDOyFCU"
    with database.writing(engine) as connection:
        li = added(connection, "li")
        connection.execute(update(person).values(password=old))
        found = accounts.kept_password(connection, "li")
        assert found is not None
        assert passwords.is_outdated(found[1])
        accounts.rehash(connection, li.person, GOOD)
        assert accounts.check(connection, "li", GOOD) == li.person


def test_a_new_password_ends_all_sessions_and_the_old_one(engine: Engine) -> None:
    with database.writing(engine) as connection:
        li = added(connection, "li")
        opened = sessions.begin(connection, NOW, li.person, SETTINGS)
        accounts.set_password(connection, ROOT, NOW, li.person, "another one of these")
        assert sessions.of(connection, NOW, opened.token, SETTINGS) is None
        assert accounts.check(connection, "li", GOOD) is None
        with pytest.raises(Denied):
            accounts.change_password(connection, li, NOW, GOOD, "a third one of these")
        accounts.change_password(connection, li, NOW, "another one of these", "a third one of these")
        assert accounts.check(connection, "li", "a third one of these") == li.person


def test_who_is_disabled_neither_signs_in_nor_acts(engine: Engine) -> None:
    with database.writing(engine) as connection:
        li = added(connection, "li")
        opened = sessions.begin(connection, NOW, li.person, SETTINGS)
        accounts.disable(connection, ROOT, NOW, li.person)
        assert sessions.of(connection, NOW, opened.token, SETTINGS) is None
        assert accounts.check(connection, "li", GOOD) is None
        assert accounts.reviewer_of(connection, li.person) is None
        with pytest.raises(Conflict):
            accounts.disable(connection, ROOT, NOW, li.person)
        accounts.enable(connection, ROOT, NOW, li.person)
        assert accounts.check(connection, "li", GOOD) == li.person


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_administrators_touch_accounts(engine: Engine, role: Role) -> None:
    with database.writing(engine) as connection:
        who, li = added(connection, "wang", Grant(role)), added(connection, "li")
        for attempt in (
            lambda: accounts.add(connection, who, NOW, "zhao"),
            lambda: accounts.set_password(connection, who, NOW, li.person, GOOD),
            lambda: accounts.disable(connection, who, NOW, li.person),
            lambda: accounts.enable(connection, who, NOW, li.person),
            lambda: accounts.grant(connection, who, NOW, li.person, Grant(Role.READER)),
            lambda: accounts.revoke(connection, who, NOW, li.person, Grant(Role.READER)),
            lambda: accounts.people(connection, who, NOW),
        ):
            with pytest.raises(Denied):
                attempt()


def test_nobody_gives_himself_anything(engine: Engine) -> None:
    with database.writing(engine) as connection:
        chief = added(connection, "chief", Grant(Role.ADMINISTRATOR))
        for attempt in (
            lambda: accounts.grant(connection, chief, NOW, chief.person, Grant(Role.READER)),
            lambda: accounts.revoke(connection, chief, NOW, chief.person, Grant(Role.ADMINISTRATOR)),
            lambda: accounts.disable(connection, chief, NOW, chief.person),
        ):
            with pytest.raises(Denied, match="his own account"):
                attempt()


def test_an_administrator_of_one_hub_grants_there_alone(engine: Engine) -> None:
    with database.writing(engine) as connection:
        chief = added(connection, "chief", Grant(Role.ADMINISTRATOR, "east"))
        li = added(connection, "li")
        accounts.grant(connection, chief, NOW, li.person, Grant(Role.READER, "east"))
        for elsewhere in (Grant(Role.READER), Grant(Role.READER, "west")):
            with pytest.raises(Denied):
                accounts.grant(connection, chief, NOW, li.person, elsewhere)
        with pytest.raises(Denied):
            accounts.disable(connection, chief, NOW, li.person)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roles=st.lists(st.sampled_from(list(Role)), min_size=1, max_size=4))
def test_nobody_both_decides_and_covers_it(engine: Engine, roles: list[Role]) -> None:
    """Whatever is granted in whatever order."""
    with undone(engine) as connection:
        li = accounts.add(connection, ROOT, NOW, "li")
        for role in roles:
            try:
                accounts.grant(connection, ROOT, NOW, li, Grant(role))
            except (BadInput, Conflict):
                continue
        who = accounts.reviewer_of(connection, li)
    assert who is not None
    own = [verb for verb in (Verb.DECIDE, Verb.SEE_AUDIT, Verb.ADMINISTER) if who.may(verb)]
    assert len(own) <= 1


@given(st.text(max_size=70))
def test_a_name_is_one_word_that_is_written_one_way(name: str) -> None:
    try:
        folded = accounts.folded_name(name)
    except BadInput:
        return
    assert accounts.folded_name(folded) == folded
    assert ":" not in folded
    assert folded.isprintable()
    assert accounts.fold(name) == folded


def test_of_a_provider_a_person_is_known_by_subject_whatever_the_name(engine: Engine) -> None:
    def of(subject: str, name: str, issuer: str = "https://a") -> int | None:
        return accounts.of_issuer(connection, NOW, Identity(issuer, subject, name, "Shown\n"), "zh")

    with database.writing(engine) as connection:
        local = added(connection, "li").person
        first = of("1", "li")
        assert of("1", "renamed") == first
        everybody = [local, first, of("2", "li"), of("1", "li", "https://b"), of("3", "李 娜/?"), of("4", "")]
        names = connection.scalars(select(person.c.name).order_by(person.c.id)).all()
        shown = connection.scalars(select(person.c.shown).where(person.c.id == first)).one()
        assert first is not None
        with pytest.raises(BadInput):
            accounts.set_password(connection, ROOT, NOW, first, GOOD)
    assert len(set(everybody)) == 6
    assert names == ["li", "li-2", "li-3", "li-4", "李-娜", "person"]
    assert shown == "Shown"


def test_what_is_not_there_or_there_already_is_told(engine: Engine) -> None:
    with database.writing(engine) as connection:
        li = added(connection, "li", Grant(Role.READER))
        with pytest.raises(Conflict):
            accounts.add(connection, ROOT, NOW, "Li")
        with pytest.raises(Conflict):
            accounts.grant(connection, ROOT, NOW, li.person, Grant(Role.READER))
        with pytest.raises(Conflict):
            accounts.revoke(connection, ROOT, NOW, li.person, Grant(Role.READER, "east"))
        with pytest.raises(Hidden):
            accounts.disable(connection, ROOT, NOW, 99)
        for name in ("nobody", "li\0", ""):
            with pytest.raises(Hidden):
                accounts.find(connection, name)
        for place in (Grant(Role.READER, "a\0"), Grant(Role.READER, "*", ""), Grant(Role.READER, "x" * 65)):
            with pytest.raises(BadInput):
                accounts.grant(connection, ROOT, NOW, li.person, place)
        with pytest.raises(BadInput):
            accounts.set_language(connection, li, "fr")
        assert accounts.reviewer_of(connection, 99) is None


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "abababababab", "my li-ming password"])
def test_a_password_that_is_easy_to_guess_is_refused_and_not_repeated(password: str) -> None:
    with pytest.raises(BadInput) as caught:
        passwords.hashed(password, "li-ming")
    assert not password or password not in str(caught.value)


def test_a_password_is_the_same_however_it_is_composed() -> None:
    kept = passwords.hashed("cafe\u0301 au lait, please", "li")
    assert passwords.matches(kept, "caf\u00e9 au lait, please")
    assert not passwords.matches(kept, "cafe au lait, please")
    assert not passwords.matches(None, "caf\u00e9 au lait, please")
