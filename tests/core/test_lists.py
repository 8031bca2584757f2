"""Which entries a parcel meets: by what, of whom, until when, and however the lists came to be."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.wire import Grade, Target
from screener.core.entries import Entry, bare_pattern, bare_waybill, fits, flaw, id_of, topic_of
from screener.core.layers import MOST_CHANGES, Layered
from screener.core.lists import MOST_TIPS, Change, Lists, Met
from screener.core.parcel import ManifestNote, PartyNote, milliseconds
from screener.core.sought import Sought
from tests.core.deciding import parcel_of
from tests.core.evidence import at, manifest
from tests.core.listing import (
    NOW_S,
    entries,
    licence,
    link,
    parties,
    party,
    patterns,
    sender,
    target,
    tip,
    waybills,
)

NOW_MS = milliseconds(at(NOW_S))
STRANGER = party(0)


def meet(
    lists: Lists,
    *,
    consignor: PartyNote = STRANGER,
    consignee: PartyNote = STRANGER,
    waybill: str = "YT-9",
) -> Met:
    return lists.meeting(waybill, consignor, consignee, NOW_MS)


def note(waybill: str, consignor: PartyNote, consignee: PartyNote) -> ManifestNote:
    known = parcel_of(manifest()).manifest
    assert known is not None
    return replace(known, waybill=waybill, consignor=consignor, consignee=consignee)


# --- however they came to be -------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.tuples(entries(), st.booleans()), max_size=5), max_size=5),
    waybills,
    parties,
    parties,
)
@settings(max_examples=80)
def test_equal_entries_answer_alike_whatever_the_order_they_came_in(
    batches: list[list[tuple[Entry, bool]]], waybill: str, consignor: PartyNote, consignee: PartyNote
) -> None:
    lists, standing, offset = Lists(), dict[tuple[str, str], Entry](), 0
    for batch in batches:
        for topic in topics.LISTS:
            changes = []
            for entry, removed in batch:
                if topic_of(entry) == topic:
                    changes.append(Change(id_of(entry), None if removed else entry, offset))
                    standing.pop((topic, id_of(entry)), None)
                    standing |= {} if removed else {(topic, id_of(entry)): entry}
                    offset += 1
            lists = lists.changed(topic, changes, offset)
    anew = Lists.of([standing[key] for key in sorted(standing, reverse=True)])
    assert lists.meeting(waybill, consignor, consignee, NOW_MS) == anew.meeting(
        waybill, consignor, consignee, NOW_MS
    )
    assert {one.tip_id for one in lists.tips_after(0)} == {one.tip_id for one in anew.tips_after(0)}


@given(st.lists(patterns, max_size=6), patterns, waybills)
@settings(max_examples=80)
def test_patterns_that_came_and_went_leave_nothing_behind(
    gone: list[str], standing: str, waybill: str
) -> None:
    entries = [tip(f"G{n}", target("waybill", pattern=one)) for n, one in enumerate(gone)]
    stays = tip("T", target("waybill", pattern=standing))
    removed = [Change(one.tip_id, None, 10 + n) for n, one in enumerate(entries)]
    lists = Lists.of([stays, *entries]).changed(topics.TIPS, removed, 20)
    assert meet(lists, waybill=waybill) == meet(Lists.of([stays]), waybill=waybill)


@given(st.lists(entries(), max_size=8), waybills, parties)
def test_a_tip_is_met_once_in_each_role(found: list[Entry], waybill: str, consignor: PartyNote) -> None:
    tips = meet(Lists.of(found), waybill=waybill, consignor=consignor).tips
    assert len({(match.entry_id, match.role) for match in tips}) == len(tips)


def test_a_change_leaves_the_lists_before_as_they_were() -> None:
    before = Lists.of([tip("T", target("phone"))])
    after = before.changed(topics.TIPS, [Change("T", None, 1)], 2)
    assert (len(meet(before, consignor=party(1)).tips), len(meet(after, consignor=party(1)).tips)) == (1, 0)
    assert (before.offsets[topics.TIPS], after.offsets[topics.TIPS]) == (1, 2)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 9))), max_size=30))
def test_layers_are_a_mapping(changes: list[tuple[str, int | None]]) -> None:
    layered: Layered[int] = Layered()
    plain: dict[str, int] = {}
    for key, value in changes:
        layered = layered.changed({key: value})
        plain = {name: known for name, known in {**plain, key: value}.items() if known is not None}
    assert {key: layered.get(key) for key in "abcdef"} == {key: plain.get(key) for key in "abcdef"}
    assert sorted(layered.values()) == sorted(plain.values())


def test_many_changes_are_laid_down() -> None:
    layered: Layered[int] = Layered()
    layered = layered.changed({str(n): n for n in range(MOST_CHANGES)}).changed({"0": None, "x": 1})
    assert not layered.changes
    assert (layered.get("0"), layered.get("1"), layered.get("x")) == (None, 1, 1)


# --- by what, of whom --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["phone", "name", "address", "building"])
def test_a_tip_names_consignor_or_consignee(kind: str) -> None:
    lists = Lists.of([tip("T", target(kind))])
    (sent,) = meet(lists, consignor=party(1)).tips
    (received,) = meet(lists, consignee=party(1)).tips
    assert (sent.role, received.role) == ("consignor", "consignee")
    assert (sent.entry_id, sent.kind, sent.source) == ("T", kind, "hotline")
    assert meet(lists, consignor=party(2), consignee=party(3)) == Met()


def test_a_tip_names_a_waybill_by_its_pattern() -> None:
    lists = Lists.of([tip("T", target("waybill", pattern="sf 123*"))])
    (met,) = meet(lists, waybill="SF-1239").tips
    assert (met.kind, met.role) == ("waybill", "parcel")
    assert meet(lists, waybill="SF124") == Met()


def test_a_sender_is_graded_as_consignor_alone() -> None:
    lists = Lists.of([sender("S", target("phone"), Grade.C)])
    assert meet(lists, consignor=party(1)).grade is Grade.C
    assert meet(lists, consignee=party(1)) == Met()


@given(st.lists(st.sampled_from(Grade), min_size=1, max_size=4))
def test_of_several_grades_the_worst_counts(grades: list[Grade]) -> None:
    lists = Lists.of(
        sender(f"S{n}", target("phone" if n % 2 else "address"), grade) for n, grade in enumerate(grades)
    )
    worst_last = [Grade.AAA, Grade.AA, Grade.A, Grade.B, Grade.C]
    assert meet(lists, consignor=party(1)).grade == max(grades, key=worst_last.index)


def test_of_several_licences_the_one_that_covers_most_counts() -> None:
    small, large = licence("1", target("phone"), 500.0), licence("2", target("waybill"), 5000.0)
    boundless = licence("3", target("address"), None)

    def met(*found: Entry) -> str | None:
        licensed = meet(Lists.of(found), consignor=party(1), waybill="SF1234").licence
        return None if licensed is None else licensed.entry_id

    assert met(small, large) == met(large, small) == "2"
    assert met(small, boundless, large) == "3"
    assert met() is None


def test_what_has_expired_is_not_in_force() -> None:
    for seconds, met in [(NOW_S - 1, False), (NOW_S, False), (NOW_S + 0.001, True)]:
        named, until = target("phone"), at(seconds)
        lists = Lists.of(
            [
                tip("T", named, until),
                sender("S", named, Grade.C, until),
                licence("L", named, expires_at=until),
            ]
        )
        found = meet(lists, consignor=party(1))
        assert (bool(found.tips), found.grade is not None, found.licence is not None) == (met, met, met)


def test_an_entry_is_in_force_before_the_time_it_was_added() -> None:
    lists = Lists.of([replace(tip("T", target("phone")), added_at=at(NOW_S + 3600))])
    assert meet(lists, consignor=party(1)).tips


def test_no_manifest_meets_nothing() -> None:
    assert Lists.of([tip("T", target("phone"))]).meets(None, NOW_MS) == Met()


def test_tips_that_are_told_are_bounded() -> None:
    lists = Lists.of(tip(f"T{n:03}", target("phone")) for n in range(100))
    told = meet(lists, consignor=party(1)).tips
    assert [match.entry_id for match in told] == [f"T{n:03}" for n in range(MOST_TIPS)]


# --- waybill patterns --------------------------------------------------------------------------------


@given(patterns, waybills)
@settings(max_examples=80)
def test_a_star_stands_for_any_letters_and_digits(pattern: str, waybill: str) -> None:
    plain = bare_pattern(pattern).replace("*", "[0-9A-Z]*")
    assert bool(fits(bare_pattern(pattern)).fullmatch(bare_waybill(waybill))) == bool(
        re.fullmatch(plain, bare_waybill(waybill))
    )
    lists = Lists.of([tip("T", target("waybill", pattern=pattern))])
    assert bool(meet(lists, waybill=waybill).tips) == bool(re.fullmatch(plain, bare_waybill(waybill)))


def test_no_pattern_makes_a_long_search() -> None:
    """With a search that goes back, 31 stars over 64 letters would never end."""
    assert not fits("A*" * 31 + "B").fullmatch("A" * 64)


# --- re-examination ----------------------------------------------------------------------------------


@given(st.lists(entries(), max_size=8), waybills, parties, parties)
@settings(max_examples=80)
def test_what_is_sought_is_what_is_met_and_is_never_passed_over(
    found: list[Entry], waybill: str, consignor: PartyNote, consignee: PartyNote
) -> None:
    lists = Lists.of(found)
    sought = Sought.of(lists.tips_after(0))
    manifest_note = note(waybill, consignor, consignee)
    parcel = replace(parcel_of(manifest()), manifest=manifest_note)
    named = sought.names(manifest_note, NOW_MS)
    assert named == bool(lists.meets(manifest_note, NOW_MS).tips)
    assert sought.may_be_in(parcel.encode()) or not named


def test_only_the_tips_after_an_offset_are_new() -> None:
    lists = Lists.of([tip("A", target("phone")), tip("B", target("name"))])
    assert [one.tip_id for one in lists.tips_after(1)] == ["B"]
    assert lists.tips_after(2) == ()
    again = lists.changed(topics.TIPS, [Change("A", tip("A", target("phone", 2)), 2)], 3)
    assert [one.tip_id for one in again.tips_after(1)] == ["B", "A"]


def test_a_parcel_that_no_link_is_in_needs_no_decoding() -> None:
    row = replace(parcel_of(manifest()), manifest=note("W", party(1), party(2))).encode()
    assert Sought.of([tip("T", target("phone", 2))]).may_be_in(row)
    assert not Sought.of([tip("T", target("phone", 3))]).may_be_in(row)
    assert Sought.of([tip("T", target("waybill"))]).may_be_in(row)


# --- what no list takes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (sender("S", target("name")), "$.target.kind"),
        (sender("S", target("building")), "$.target.kind"),
        (licence("L", target("name")), "$.target.kind"),
        (tip("T", Target(kind="waybill", pattern="**-S*F1")), "$.target.pattern"),
        (tip("T", Target(kind="waybill", link=link("phone", 1))), "$.target"),
        (tip("T", Target(kind="phone", pattern="SF123*")), "$.target"),
        (tip("T", Target(kind="phone")), "$.target"),
    ],
)
def test_a_flaw_is_named(entry: Entry, where: str) -> None:
    assert (flaw(entry) or "").startswith(f"{where}: expected")


@given(entries())
def test_sound_entries_have_no_flaw(entry: Entry) -> None:
    if entry.target.kind != "waybill":
        assert flaw(entry) is None
