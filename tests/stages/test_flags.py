"""A flagged message always fits its topic."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from screener.contracts.reading import encode
from screener.contracts.wire import Flagged, FlaggedScan, StoredImage
from screener.core import policy
from screener.core.parcel import MAX_VIEWS
from screener.stages.decide import fitting
from screener.stream.port import MAX_MESSAGE_BYTES
from tests.core.deciding import decided, parcel_of
from tests.core.evidence import findings, scan

MOST_MAP_BYTES = 64 * 1024


@given(st.lists(st.integers(0, 2 * MOST_MAP_BYTES), min_size=1, max_size=MAX_VIEWS))
def test_a_flag_fits_and_loses_maps_only_where_it_must(maps: list[int]) -> None:
    flagged = flag([b"m" * size for size in maps])
    fitted = fitting(flagged)
    assert len(encode(fitted)) <= MAX_MESSAGE_BYTES
    assert fitted == flagged or len(encode(flagged)) > MAX_MESSAGE_BYTES
    assert [one.scan.image for one in fitted.scans] == [one.scan.image for one in flagged.scans]


def flag(maps: list[bytes]) -> Flagged:
    scans = [
        scan(scan_id=f"S-{number}", found=replace(findings(0.9, sticks=900), map_png=drawn))
        for number, drawn in enumerate(maps)
    ]
    decision = decided(parcel_of(*scans), policy.read(Path("configs/policy.toml")))
    stored = StoredImage(sha256="0" * 64, address=None, gone="gone_from_log")
    return Flagged(
        decision=decision,
        manifest=None,
        scans=tuple(FlaggedScan(scan=one, stored=stored) for one in scans),
        priority=1.0,
    )
