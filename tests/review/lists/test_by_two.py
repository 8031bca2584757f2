"""Who may enter what; what explains a load or spares a sender is entered by two."""

from __future__ import annotations

import pytest

from screener.errors import BadInput
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.lists import comparing, jobs, rights
from screener.review.rights import Role
from tests.review.lists.desks import HEAD, PHONE, Desk, a_licence, a_sender, a_tip
from tests.review.stations import HOME, somebody


def test_a_licence_is_published_by_two_and_never_by_the_same(desk: Desk) -> None:
    job = desk.enters("licences", a_licence())
    assert desk.confirms(job) == jobs.SECONDING
    with pytest.raises(Denied):
        desk.seconds(job, who=desk.li)
    desk.works()
    assert desk.in_the_log("licences") == {}
    desk.seconds(job)
    desk.works()
    assert list(desk.in_the_log("licences")) == ["permit-1"]


@pytest.mark.parametrize(("grade", "by_two"), [("AAA", True), ("AA", True), ("A", False), ("C", False)])
def test_grades_that_spare_a_sender_want_two(desk: Desk, grade: str, by_two: bool) -> None:
    job = desk.enters("senders", a_sender(grade=grade))
    assert (desk.confirms(job) == jobs.SECONDING) == by_two


@pytest.mark.parametrize("batch", [1, 500])
def test_one_such_line_of_a_file_is_enough(desk: Desk, batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "BATCH", batch)
    job = desk.uploads("senders", HEAD, f"s1,{PHONE},,C,,", "s2,13900000001,,AA,,")
    desk.works()
    assert desk.job(job).weighty == 1
    assert desk.confirms(job) == jobs.SECONDING


def test_a_refusal_says_why_and_publishes_nothing(desk: Desk) -> None:
    job = desk.enters("licences", a_licence())
    desk.confirms(job)
    with pytest.raises(BadInput):
        desk.seconds(job, agrees=False)
    desk.seconds(job, agrees=False, note="许可证已过期")
    desk.works()
    assert desk.job(job).state == jobs.REFUSED and desk.in_the_log("licences") == {}
    with pytest.raises(Conflict):
        desk.seconds(job)


def test_a_list_that_changed_is_looked_at_by_both_again(desk: Desk) -> None:
    job = desk.enters("senders", a_sender(grade="AAA"))
    desk.confirms(job)
    desk.publishes(desk.enters("senders", a_sender(grade="C")))
    assert desk.seconds(job) == jobs.COMPARING
    desk.works()
    assert desk.counts(job) == (0, 1, 0, 0) and desk.job(job).state == jobs.READY


def test_who_may_not_enter_a_list_does_not(desk: Desk) -> None:
    engine = desk.engine
    one_hub = somebody(engine, "qian", Role.SUPERVISOR, hub="east")
    for who in (desk.zhao, one_hub, somebody(engine, "sun", Role.READER)):
        with pytest.raises(Denied):
            desk.enters("licences", a_licence(), who=who)
        with pytest.raises(Denied):
            desk.uploads("senders", HEAD, who=who)
    desk.enters("tips", a_tip(), who=desk.zhao)
    with pytest.raises(Denied):
        desk.enters("tips", a_tip("tip-2"), who=somebody(engine, "zhou", Role.AUDITOR))


def test_another_agency_enters_its_own_tips_and_imports_nothing(desk: Desk) -> None:
    police = somebody(desk.engine, "wu", Role.SUPERVISOR, agency="police")
    with pytest.raises(Denied):
        desk.uploads("tips", "id,phone,source", who=police)
    with pytest.raises(Denied):
        desk.enters("senders", a_sender(), who=police)
    ours = desk.enters("tips", a_tip("tip-ours"))
    with pytest.raises(Hidden):
        desk.confirms(ours, who=police)
    theirs = desk.enters("tips", a_tip("tip-theirs"), who=police)
    assert desk.job(theirs).agency == "police"
    assert rights.sees(police, HOME, "tips") and not rights.sees(police, HOME, "senders")
