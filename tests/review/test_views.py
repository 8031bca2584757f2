"""Saved views: one's own, and what others share."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from screener.errors import BadInput
from screener.review import database, queue, views
from screener.review.errors import Denied, Hidden
from screener.review.queue import Due, Filters
from screener.review.rights import Reviewer, Role
from screener.review.views import View
from tests.review.stations import NOW, somebody

OVERDUE = Filters(state="open", due=Due.OVERDUE, hub="east", q="茶叶")


def save(engine: Engine, who: Reviewer, name: str, filters: Filters = OVERDUE, shared: bool = False) -> int:
    with database.writing(engine) as connection:
        return views.save(connection, who, NOW, name, filters, shared=shared)


def seen(engine: Engine, who: Reviewer) -> list[View]:
    with database.reading(engine) as connection:
        return list(views.views(connection, who))


def test_views_of_one_are_not_seen_by_others_unless_shared(engine: Engine) -> None:
    li, wang = somebody(engine, "li"), somebody(engine, "wang")
    own, shared = save(engine, li, "mine"), save(engine, li, "ours", shared=True)
    assert [(one.id, one.mine) for one in seen(engine, li)] == [(own, True), (shared, True)]
    (other,) = seen(engine, wang)
    assert (other.id, other.mine, other.by) == (shared, False, "officer li")
    assert queue.parsed(other.query) == OVERDUE
    with pytest.raises(Hidden), database.writing(engine) as connection:
        views.remove(connection, wang, NOW, shared)


def test_the_same_name_is_saved_over_and_others_have_their_own(engine: Engine) -> None:
    li, wang = somebody(engine, "li"), somebody(engine, "wang")
    first = save(engine, li, "late")
    assert save(engine, wang, "late") != first
    assert save(engine, li, " late ", Filters(), shared=True) == first
    assert [one.query for one in seen(engine, li)] == [""]
    with database.writing(engine) as connection:
        views.remove(connection, li, NOW, first)
    assert seen(engine, li) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(BadInput):
        save(engine, somebody(engine, "li"), name)


def test_a_person_keeps_a_bounded_number(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 1)
    li = somebody(engine, "li")
    save(engine, li, "a")
    with pytest.raises(BadInput, match="at most 1"):
        save(engine, li, "b")
    save(engine, li, "a")


def test_who_sees_no_parcel_sees_no_shared_view_and_shares_none(engine: Engine) -> None:
    li, root = somebody(engine, "li"), somebody(engine, "root", Role.ADMINISTRATOR)
    newcomer = replace(somebody(engine, "new"), grants=())
    save(engine, li, "ours", shared=True)
    for who in (root, newcomer):
        assert seen(engine, who) == []
        with pytest.raises(Denied):
            save(engine, who, "theirs", shared=True)
