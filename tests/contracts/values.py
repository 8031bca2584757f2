"""Strategies for messages of the contract."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from screener.contracts.wire import Content, Energy, Manifest, Money, Party, PitchMm, ScanHeaders, SizeMm

identifiers = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,20}", fullmatch=True)
hubs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
codes = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
times = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))
sha256s = st.binary(min_size=32, max_size=32).map(bytes.hex)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
amounts = st.floats(0, 1e6, allow_nan=False)
lengths_mm = st.floats(1, 5000)
pitches_mm = st.integers(21_000, 20_000_000).map(lambda nm: nm / 1_000_000)

parties = st.builds(
    Party,
    name=names,
    phone=st.none() | texts,
    address=st.none() | texts,
    region=st.none() | codes,
)
moneys = st.builds(Money, amount=amounts, currency=st.sampled_from(["CNY", "EUR"]))
contents = st.builds(
    Content,
    text=texts,
    hs_code=st.none() | st.just("240220"),
    quantity=st.none() | st.integers(0, 10_000_000),
    value=st.none() | moneys,
)
manifests = st.builds(
    Manifest,
    parcel_id=identifiers,
    waybill=identifiers,
    hub=hubs,
    courier=names,
    consignor=parties,
    consignee=parties,
    contents=st.lists(contents, max_size=3).map(tuple),
    weight_g=st.none() | st.floats(1, 2_000_000),
    size_mm=st.none() | st.builds(SizeMm, length=lengths_mm, width=lengths_mm, height=lengths_mm),
    declared_at=times,
    decide_by=st.none() | times,
)


@st.composite
def scans(draw: st.DrawFn) -> ScanHeaders:
    views = draw(st.integers(1, 32))
    return ScanHeaders(
        hub=draw(hubs),
        parcel_id=draw(st.none() | identifiers),
        scan_id=draw(identifiers),
        view=draw(st.integers(1, views)),
        views=views,
        scanner=draw(identifiers),
        pitch_mm=PitchMm(across=draw(pitches_mm), along=draw(pitches_mm)),
        energy=draw(st.sampled_from(Energy)),
        sha256=draw(sha256s),
        content_type=draw(st.sampled_from(["image/jpeg", "image/png", "image/tiff", "application/dicos"])),
        time=draw(st.none() | times),
    )
