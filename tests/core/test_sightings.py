"""What [tally] is told of a parcel."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.wire import (
    Amount,
    Content,
    Facts,
    Findings,
    Identity,
    LicenceMatch,
    Links,
    ManifestEvidence,
    SealedParty,
    Sighting,
)
from screener.core.facts import facts_of
from screener.core.lists import Lists
from screener.core.parcel import Parcel
from screener.core.policy import Policy, read
from screener.core.sightings import NOTHING, digest_of, identities, key_of, sightings_of, withdrawn
from tests.core.deciding import NOW_MS, parcel_of
from tests.core.evidence import PARTY, findings, manifest, scan

SENDER = Links(name="a" * 32, phone="b" * 32, address="c" * 32)
RECEIVER = Links(name="d" * 32, phone="e" * 32)
links = st.builds(
    Links,
    name=st.sampled_from([None, "a" * 32, "d" * 32]),
    phone=st.sampled_from([None, "b" * 32, "e" * 32]),
    address=st.sampled_from([None, "c" * 32, "f" * 32]),
)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return read(Path("configs/policy.toml"))


def parties(consignor: Links = SENDER, consignee: Links = RECEIVER) -> ManifestEvidence:
    sides = [SealedParty(personal=PARTY.personal, links=one) for one in (consignor, consignee)]
    contents = (Content(text="Tea"),)
    return replace(manifest(), consignor=sides[0], consignee=sides[1], contents=contents)


def seen(
    policy: Policy, *found: Findings, on: ManifestEvidence | None = None, licence: LicenceMatch | None = None
) -> tuple[Sighting, ...]:
    views = [scan(found=one, view=number, views=len(found)) for number, one in enumerate(found, 1)]
    parcel = parcel_of(on or parties(), *views)
    return sightings_of(parcel, replace(facts(parcel), licence=licence), policy)


def facts(parcel: Parcel) -> Facts:
    return facts_of(parcel, Lists(), 0.5, NOW_MS)


def test_each_identity_of_both_sides_is_sighted_with_whom_it_deals(policy: Policy) -> None:
    sighted = {one.identity: one for one in seen(policy, findings(0.01))}
    assert set(sighted) == set(Identity)
    assert len(seen(policy, findings(0.01))) == 5  # two people, two phone numbers, one address
    assert sighted[Identity.CONSIGNOR].partner == sighted[Identity.CONSIGNEE].link
    assert sighted[Identity.CONSIGNEE].partner == sighted[Identity.CONSIGNOR].link
    assert sighted[Identity.ADDRESS].partner == sighted[Identity.CONSIGNEE].link


def test_a_parcel_without_manifest_is_not_sighted(policy: Policy) -> None:
    parcel = parcel_of(scan(found=findings(0.9, sticks=300)))
    assert sightings_of(parcel, facts(parcel), policy) == ()


@given(links, links)
def test_a_name_alone_is_no_identity_and_none_is_sighted_twice(
    policy: Policy, consignor: Links, consignee: Links
) -> None:
    sighted = seen(policy, findings(0.9), on=parties(consignor, consignee))
    keys = [key_of(one) for one in sighted]
    assert len(keys) == len(set(keys))
    people = [side for side in (consignor, consignee) if side.name and (side.phone or side.address)]
    assert sum(one.identity in ("consignor", "consignee") for one in sighted) == len(people)
    contacts = {side.phone for side in (consignor, consignee)} - {None}
    assert {one.link for one in sighted if one.identity == "phone"} == contacts
    assert not {side.name for side in (consignor, consignee)} & {one.link for one in sighted}


def test_two_people_of_one_name_are_told_apart_and_one_with_two_addresses_is_not() -> None:
    moved, other = replace(SENDER, address="f" * 32), replace(SENDER, phone="f" * 32)
    [first, same, another] = [_consignor(one) for one in (SENDER, moved, other)]
    assert first == same != another


def _consignor(party: Links) -> str:
    note = parcel_of(parties(party)).manifest
    assert note is not None
    return next(link for (identity, link) in identities(note) if identity is Identity.CONSIGNOR)


def test_a_load_counts_from_the_probability_of_the_policy_and_is_sighted_as_nothing_below(
    policy: Policy,
) -> None:
    doubtful, likely = (seen(policy, findings(p, sticks=300.0))[0] for p in (0.49, 0.51))
    assert doubtful.sticks == NOTHING
    assert likely.sticks.mean == pytest.approx(0.51 * 300)
    assert doubtful.answer


def test_a_load_counts_only_where_its_view_alarms(policy: Policy) -> None:
    """A view that does not reach its scanner's threshold counts for nothing, however likely its load."""
    likely = findings(0.9, sticks=300.0)
    quiet, strict = replace(likely, alarm=0.49), policy_with_threshold(policy, 0.95)
    assert seen(policy, quiet)[0].sticks == seen(strict, likely)[0].sticks == NOTHING
    assert seen(policy, likely)[0].sticks.mean == pytest.approx(0.9 * 300)
    beside = seen(policy, quiet, findings(0.6, sticks=100.0))[0]
    assert beside.sticks.mean == pytest.approx(0.6 * 100)
    assert beside.answer
    assert seen(policy, quiet)[0].answer


def policy_with_threshold(policy: Policy, threshold: float) -> Policy:
    """The same policy, with a threshold of its own for the scanner."""
    return replace(policy, file=replace(policy.file, thresholds={"h1/scanner-1": threshold}))


def test_only_a_parcel_that_may_hold_a_load_waits_for_its_sums(policy: Policy) -> None:
    assert [one.answer for one in seen(policy, findings(0.04))] == [False] * 5
    assert [one.answer for one in seen(policy, findings(0.06))] == [True] * 5


def test_views_of_a_parcel_are_not_added_up(policy: Policy) -> None:
    both = seen(policy, findings(0.9, sticks=300), findings(0.8, sticks=320))[0]
    assert both.sticks == seen(policy, findings(0.9, sticks=300))[0].sticks


shown = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 500))


@given(shown, shown)
def test_more_seen_never_counts_less(
    policy: Policy, one: tuple[float, float, float], more: tuple[float, float, float]
) -> None:
    (alarm, p, sticks), (louder, likelier, sticks_more) = one, more
    raised = findings(min(1.0, p + likelier), sticks=sticks + sticks_more)
    before = seen(policy, replace(findings(p, sticks=sticks), alarm=alarm))[0]
    after = seen(policy, replace(raised, alarm=min(1.0, alarm + louder)))[0]
    assert after.sticks.mean >= before.sticks.mean - 1e-9


@pytest.mark.parametrize(("covered", "counts"), [(None, False), (300.0, False), (200.0, True)])
def test_a_load_that_a_licence_explains_does_not_count(
    policy: Policy, covered: float | None, counts: bool
) -> None:
    licence = LicenceMatch(entry_id="L-1", sticks=covered, tobacco_g=0.0, e_cigarettes=False)
    sighted = seen(policy, findings(0.9, sticks=300.0), licence=licence)
    assert all((one.sticks != NOTHING) is counts for one in sighted)


def test_what_changes_a_sighting_changes_its_digest(policy: Policy) -> None:
    one, same, other = (seen(policy, findings(0.9, sticks=s)) for s in (100.0, 100.0, 101.0))
    assert digest_of(one) == digest_of(same) != digest_of(other)
    assert digest_of(one) != digest_of(one[1:])


def test_amounts_are_those_of_each_kind(policy: Policy) -> None:
    sighted = seen(policy, findings(0.9, sticks=100.0), findings(0.9, tobacco_g=2000.0))[0]
    assert sighted.sticks.mean == pytest.approx(90.0)
    assert sighted.tobacco_g.mean == pytest.approx(1800.0)
    assert isinstance(sighted.sticks, Amount)


def test_who_stands_on_the_manifest_no_more_is_sighted_without_a_load(policy: Policy) -> None:
    before = parcel_of(parties()).manifest
    assert before is not None
    corrected = replace(RECEIVER, phone="f" * 32)
    parcel = parcel_of(parties(consignee=corrected), scan(found=findings(0.9, sticks=300)))
    gone = withdrawn(before, parcel)
    assert {one.identity: one.link for one in gone if one.identity == "phone"} == {"phone": "e" * 32}
    assert all(one.sticks == one.tobacco_g == NOTHING and not one.answer for one in gone)
    here = {key_of(one) for one in sightings_of(parcel, facts(parcel), policy)}
    assert not here & {key_of(one) for one in gone}
    assert withdrawn(before, parcel_of(parties())) == ()
