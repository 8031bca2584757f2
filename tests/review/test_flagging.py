"""What is kept of a flagged message: figures for the queue, and no word of who sent or receives it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts import examples
from screener.contracts.wire import (
    ClassProbabilities,
    Content,
    Facts,
    Flagged,
    Grade,
    Match,
    Reason,
    Selection,
    Why,
)
from screener.review import flagging
from tests.review.flags import NOW, flagged

WEEK = timedelta(days=7)


def columns(of: Flagged) -> dict[str, Any]:
    return flagging.columns(of, of.manifest, WEEK)


def seen(cigarettes: float, loose_tobacco: float, e_cigarettes: float, *codes: str) -> Flagged:
    """One view with these probabilities, and reasons of these codes."""
    findings = examples.SCAN_EVIDENCE.findings
    assert findings is not None
    p = ClassProbabilities(cigarettes=cigarettes, loose_tobacco=loose_tobacco, e_cigarettes=e_cigarettes)
    scan = replace(examples.SCAN_EVIDENCE, findings=replace(findings, p=p))
    reasons = tuple(Reason(code=code, figures={}, text=code) for code in codes)
    scans = (replace(examples.FLAGGED.scans[0], scan=scan),)
    return flagged(decision={"reasons": reasons}, scans=scans)


@pytest.mark.parametrize(
    ("of", "kind"),
    [
        (seen(0.9, 0.1, 0.1, "tip", "tobacco_over_limit", "sticks_over_limit"), "loose_tobacco"),
        (seen(0.1, 0.1, 0.9, "e_cigarettes"), "e_cigarettes"),
        (seen(0.6, 0.7, 0.1, "risk"), "loose_tobacco"),
        (seen(0.1, 0.2, 0.1, "random_inspection"), "none"),
        (flagged(scans=(), decision={"reasons": ()}), "unjudged"),
    ],
)
def test_the_kind_is_the_product_that_is_likeliest_over_its_limit(of: Flagged, kind: str) -> None:
    assert flagging.kind(of) == kind
    assert kind in flagging.KINDS


def test_the_figures_of_the_queue() -> None:
    facts = Facts(
        identified=True,
        late=False,
        more_views=False,
        seen=(),
        declared=None,
        tips=(Match(entry_id="t-1", kind="phone", role="consignor"),),
        grade=Grade.B,
    )
    selection = Selection(why=Why.LOAD, probability=1.0)
    found = columns(flagged(decision={"facts": facts, "selection": selection}, due_at=NOW))
    wanted = {"tip": True, "grade": "B", "sticks": 800.0, "tobacco_g": 540.0, "p_over": 0.0, "due_at": NOW}
    wanted |= {"courier": "Example Express", "waybill": "SF1234567890", "why": "load", "outcome": "hold"}
    assert wanted.items() <= found.items()
    assert found["law_due_at"] == examples.DECISION.arrived_at + WEEK


def test_a_parcel_without_scan_and_manifest_has_a_row_too() -> None:
    bare = replace(flagged(decision={"load": None}, scans=()), manifest=None)
    found = columns(bare)
    assert (found["courier"], found["waybill"], found["sticks"], found["kind"]) == (
        "",
        "",
        None,
        "cigarettes",
    ) or (found["kind"] == "unjudged")
    assert list(flagging.links(None)) == []


def test_search_reads_what_people_look_for() -> None:
    lines = columns(flagged("P-7"))["search"].split("\n")
    for wanted in ("east", "P-7", "SF1234567890", "Example Express", "茶叶", "load_over_limit", "xray-3"):
        assert wanted in lines
    assert any("About 800 cigarettes" in line for line in lines)
    assert "S-20261102-000042" in lines


@given(number=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), gap=st.sampled_from(["", " ", "-"]))
def test_a_phone_number_in_the_contents_is_not_searched(number: str, gap: str) -> None:
    written = f"茶叶 电话{number[:3]}{gap}{number[3:7]}{gap}{number[7:]}收"
    lines = columns(flagged(manifest={"contents": (Content(text=written),)}))["search"].split("\n")
    assert "茶叶 电话收" in lines


def test_search_reads_no_sealed_or_hashed_word_of_people() -> None:
    of = flagged()
    assert of.manifest is not None
    for party in (of.manifest.consignor, of.manifest.consignee):
        for hashed in (party.links.name, party.links.phone, party.links.address):
            assert hashed is None or hashed not in columns(of)["search"]
