"""Whatever a manifest of the contract declares, a decision follows that can be written and read again."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import decode_internal, encode
from screener.contracts.wire import Content, Decision, Manifest, ManifestEvidence, Money, Party
from screener.core.policy import Policy
from screener.core.risk import NAMES
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import at, findings, manifest, scan
from tests.core.scenes import BOOKS, ROUTE, policy_with

LEAST, MOST = 5e-324, 1e12
ODD = replace(BOOKS, log_value_per_kg=1000.0, log_g_per_piece=-1000.0, log_value_per_kg_sd=1000.0)
worths = st.sampled_from([0.0, LEAST, 1e-300, 1.0, MOST]) | st.floats(0, MOST)
lines = st.builds(
    Content,
    text=st.sampled_from(["", "书"]),
    hs_code=st.none() | st.sampled_from(["4901", "2402"]),
    quantity=st.none() | st.sampled_from([0, 1, 10_000_000]),
    value=st.none() | st.builds(Money, amount=worths, currency=st.sampled_from(["CNY", "JPY", "XXX"])),
)
weights_g = st.none() | st.sampled_from([0.1, 2e6]) | st.floats(0.1, 2e6)
loads = st.sampled_from([0.0, 1.0, 1e300])


def policy(steepness: float, rate: float) -> Policy:
    """Every signal weighs as much as it may; what is usual, routes and rates are out of this world."""
    made = policy_with(dict.fromkeys(NAMES, steepness), base=-1000.0)
    model = replace(made.risk, goods={"49": ODD}, routes={ROUTE: 1000.0, ROUTE[:6] + ">*": 1000.0})
    return replace(made, risk=model, file=replace(made.file, currencies={"CNY": 1.0, "JPY": rate}))


def paper(contents: tuple[Content, ...], weight_g: float | None) -> ManifestEvidence:
    """A manifest that the contract takes, as evidence."""
    sent = Manifest(
        parcel_id="P-1",
        waybill="W-1",
        hub="h1",
        courier="swift",
        consignor=Party(name="张三"),
        consignee=Party(name="李四"),
        contents=contents,
        weight_g=weight_g,
        declared_at=at(0),
    )
    msgspec.json.decode(encode(sent), type=Manifest)
    ends = [replace(manifest().consignor, region=region) for region in ROUTE.split(">")]
    return replace(manifest(), contents=contents, weight_g=weight_g, consignor=ends[0], consignee=ends[1])


@given(
    contents=st.lists(lines, max_size=4).map(tuple),
    weight_g=weights_g,
    load=st.tuples(loads, loads),
    steepness=st.sampled_from([1.0, 1000.0]),
    rate=st.sampled_from([LEAST, 0.05, 1e308]),
)
def test_any_manifest_of_the_contract_is_decided_in_words_that_can_be_read_again(
    contents: tuple[Content, ...],
    weight_g: float | None,
    load: tuple[float, float],
    steepness: float,
    rate: float,
) -> None:
    found = scan(found=findings(0.9, sticks=load[0], tobacco_g=load[1]))
    decision = decided(parcel_of(paper(contents, weight_g), found), policy(steepness, rate))
    assert decode_internal(encode(decision), Decision) == decision


def test_amounts_that_come_to_more_than_any_may_say_nothing() -> None:
    most = Content(text="x", hs_code="4901", quantity=1, value=Money(amount=MOST, currency="CNY"))
    decision = decided(parcel_of(paper((most, most), 500.0), scan()), policy(1.0, 1.0))
    assert decision.facts is not None
    assert decision.facts.declared is not None
    assert decision.facts.declared.value is None
    assert decision.risk is not None
    assert "value_for_weight" not in {one.name for one in decision.risk.signals}
