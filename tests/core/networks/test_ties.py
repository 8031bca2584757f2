from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from screener.contracts.wire import LicenceMatch, Links, ManifestEvidence, Tie, Why
from screener.core import policy
from screener.core.facts import facts_of
from screener.core.lists import Lists
from screener.core.networks.note import TieNote, noted
from screener.core.ties import tie_of
from tests.core.deciding import NOW_MS, decided, parcel_of
from tests.core.evidence import PARTY, findings, manifest, scan

SHIPPED = policy.read(Path("configs/policy.toml"))
SENDER = replace(PARTY, links=Links(name="00", phone="11", address="22"), region="430100")


def declared(sender: Links | None = None) -> ManifestEvidence:
    party = SENDER if sender is None else replace(SENDER, links=sender)
    return replace(manifest(), consignor=party)


def tied(alarm: float, sticks: float, sender: Links | None = None, *, licensed: bool = False) -> Tie | None:
    """What a parcel with one view of this alarm ties together; its draw chooses it never."""
    parcel = parcel_of(declared(sender), scan(found=findings(alarm, sticks)))
    facts = facts_of(parcel, Lists(), 0.999, NOW_MS)
    if licensed:
        covers = LicenceMatch(entry_id="L1", sticks=None, tobacco_g=None, e_cigarettes=False)
        facts = replace(facts, licence=covers)
    return tie_of(parcel, facts, decided(parcel, SHIPPED), SHIPPED)


def test_a_parcel_with_a_legal_load_ties_its_people() -> None:
    found = tied(0.9, 150.0)
    assert found is not None
    assert (found.consignor.phone, found.consignor.address, found.consignor.region) == ("11", "22", "430100")
    assert found.consignor.person not in (None, "00")
    assert 100 < found.sticks.mean < 150
    assert noted(found).sender[0].startswith("person:")


def test_a_clean_parcel_and_one_that_names_nobody_tie_nothing() -> None:
    assert tied(0.01, 0.0) is None
    assert tied(0.9, 150.0, Links(name="00")) is None


def test_a_name_alone_is_nobody() -> None:
    found = tied(0.9, 150.0, Links(name="00", address="22"))
    assert found is not None
    assert found.consignee.person is None
    assert noted(found).receiver == ()


def test_what_a_licence_explains_ties_nobody() -> None:
    assert tied(0.9, 150.0, licensed=True) is None


def test_a_parcel_held_for_its_load_ties_its_people_even_so() -> None:
    found = tied(0.99, 5000.0)
    assert found is not None
    assert (found.held, found.why) == (True, Why.LOAD)


def test_a_note_is_read_as_it_was_written() -> None:
    found = tied(0.9, 150.0)
    assert found is not None
    assert TieNote.decode(noted(found).encode()) == noted(found)
