"""The reckoning finds whatever is missing or doubled, and counts every parcel once by what weighs most."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from screener.contracts.wire import Why
from screener.demo.reckoning import Fate, Truth, complaints, confusion, ids_of, is_done, reckon
from screener.hub.sent import Mishap, Sent
from tests.demo.values import accounts, decision, letter, whole

seeds = st.integers(0, 1000)
WHY = (Why.LOAD, Why.UNJUDGED, Why.RANDOM, Why.NONE)


def sent(mishap: Mishap = Mishap.NONE, *, over: bool = False, sticks: int = 0) -> Sent:
    return Sent(parcel_id="P-1", scan_id="S-1", views=1, messages=2, mishap=mishap, over=over, sticks=sticks)


@given(seeds)
@settings(max_examples=20)
def test_a_whole_ledger_is_done_and_has_no_complaint(seed: int) -> None:
    known = accounts(seed)
    assert is_done(known, whole(known))
    assert list(complaints(known, whole(known))) == []


@given(seeds, st.data())
@settings(max_examples=20)
def test_a_parcel_without_a_decision_is_named(seed: int, data: st.DataObject) -> None:
    known = accounts(seed)
    ledger = whole(known)
    lost = data.draw(st.sampled_from(sorted(ledger.decisions)))
    del ledger.decisions[lost]
    assert not is_done(known, ledger)
    assert list(complaints(known, ledger)) == [f"{lost}: sent, and never decided"]


@given(seeds, st.data())
@settings(max_examples=20)
def test_a_decision_made_twice_is_named_and_a_revision_is_not(seed: int, data: st.DataObject) -> None:
    known = accounts(seed)
    ledger = whole(known)
    twice = data.draw(st.sampled_from(sorted(ledger.decisions)))
    ledger.decisions[twice].append(decision(twice, revision=2))
    assert list(complaints(known, ledger)) == []
    ledger.decisions[twice].append(decision(twice, revision=2))
    assert list(complaints(known, ledger)) == [f"{twice}: expected each revision once, got [1, 2, 2]"]


@given(seeds)
@settings(max_examples=10)
def test_a_dead_letter_too_few_too_many_or_twice_is_told(seed: int) -> None:
    known = accounts(seed, 40)
    few, many, twice = whole(known), whole(known), whole(known)
    few.letters.pop()
    many.letters.append(letter(9999))
    twice.letters[-1] = twice.letters[0]
    assert not is_done(known, few)
    for ledger in (few, many, twice):
        assert len(list(complaints(known, ledger))) == 1


def test_a_decision_on_what_was_never_sent_is_named() -> None:
    ledger = whole([sent()])
    ledger.decisions["P-2"] = [decision("P-2")]
    assert list(complaints([sent()], ledger)) == ["P-2: decided, and never sent"]


@given(st.sampled_from(WHY), st.sampled_from(WHY))
def test_a_parcel_of_two_decisions_counts_by_the_graver(one: Why, other: Why) -> None:
    unread = sent(Mishap.NO_BARCODE)
    ledger = whole([unread])
    for parcel_id, why in zip(ids_of(unread), (one, other), strict=True):
        ledger.decisions[parcel_id] = [decision(parcel_id, why)]
    (found,) = reckon([unread], ledger)
    assert found.decision.selection.why == min(one, other, key=WHY.index)


def test_the_last_revision_counts() -> None:
    ledger = whole([sent()])
    ledger.decisions["P-1"] = [decision("P-1", Why.UNJUDGED), decision("P-1", Why.LOAD, revision=2)]
    assert reckon([sent()], ledger)[0].fate is Fate.LOAD


def test_truth_is_over_within_or_without() -> None:
    known = [sent(over=True, sticks=600), sent(sticks=200), sent()]
    ledger = whole([sent()])
    ledger.decisions["P-1"] = [decision("P-1", Why.LOAD)]
    counts = confusion(reckon(known, ledger))
    assert counts == {(truth, Fate.LOAD): 1 for truth in Truth}


def test_what_nobody_knows_is_in_no_confusion() -> None:
    unknown = Sent(parcel_id="P-1", scan_id="S-1", views=1, messages=2, mishap=Mishap.NONE)
    assert confusion(reckon([unknown], whole([unknown]))) == {}
