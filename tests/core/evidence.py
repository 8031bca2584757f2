"""Evidence for tests: plain values with sensible defaults, and Hypothesis strategies over them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from screener.contracts.wire import (
    ClassProbabilities,
    Energy,
    Estimate,
    Failure,
    Findings,
    ImageAddress,
    Links,
    LogAddress,
    ManifestEvidence,
    PitchMm,
    ScanEvidence,
    Sealed,
    SealedParty,
)

START = datetime(2026, 11, 1, tzinfo=UTC)
PARTY = SealedParty(personal=Sealed(key_id="k1", box=b"sealed"), links=Links(name="00" * 16))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def manifest(
    parcel_id: str = "P-1", *, arrived_s: float = 0, decide_by_s: float | None = None, version: int = 0
) -> ManifestEvidence:
    return ManifestEvidence(
        hub="h1",
        parcel_id=parcel_id,
        waybill="W-1",
        courier="swift",
        consignor=PARTY,
        consignee=PARTY,
        contents=(),
        weight_g=900.0,
        size_mm=None,
        declared_at=at(version),
        decide_by=None if decide_by_s is None else at(decide_by_s),
        digest=hashlib.sha256(f"{parcel_id}/{version}".encode()).hexdigest(),
        arrived_at=at(arrived_s),
    )


def estimate(mid: float) -> Estimate:
    return Estimate(low=mid * 0.5, mid=mid, high=mid * 1.5)


def findings(alarm: float, sticks: float = 0.0, tobacco_g: float = 0.0, e: float = 0.0) -> Findings:
    return Findings(
        alarm=alarm,
        threshold=0.5,
        p=ClassProbabilities(cigarettes=alarm, loose_tobacco=alarm if tobacco_g else 0.0, e_cigarettes=e),
        sticks=estimate(sticks),
        tobacco_g=estimate(tobacco_g),
        map_png=b"",
        map_pitch_mm=12.0,
        model="m-1",
    )


def scan(
    parcel_id: str = "P-1",
    *,
    found: Findings | None = None,
    failure: str | None = None,
    scan_id: str = "S-1",
    view: int = 1,
    views: int = 1,
    arrived_s: float = 0,
    identified: bool = True,
    scanned_s: float | None = None,
) -> ScanEvidence:
    content = f"{scan_id}/{view}/{found}/{failure}".encode()
    return ScanEvidence(
        hub="h1",
        parcel_id=parcel_id,
        identified=identified,
        scan_id=scan_id,
        view=view,
        views=views,
        scanner="scanner-1",
        energy=Energy.DUAL,
        pitch_mm=PitchMm(across=1.0, along=1.0),
        image=ImageAddress(
            sha256=hashlib.sha256(content).hexdigest(),
            bytes=len(content),
            content_type="image/png",
            log=LogAddress(topic="parcels.scans.h1", partition=0, offset=0),
        ),
        findings=None if failure else (found or findings(0.01)),
        failure=Failure(reason=failure, detail="") if failure else None,
        scanned_at=None if scanned_s is None else at(scanned_s),
        arrived_at=at(arrived_s),
        scored_at=at(arrived_s),
    )


def pieces() -> st.SearchStrategy[list[ManifestEvidence | ScanEvidence]]:
    """Evidence of one parcel, in any order and with repetitions."""
    loads = st.builds(
        findings,
        st.floats(0, 1),
        st.floats(0, 2000),
        st.floats(0, 20_000),
        st.floats(0, 1),
    )
    scans = st.builds(
        scan,
        found=st.one_of(st.none(), loads),
        failure=st.sampled_from([None, None, "image_corrupt", "unscored"]),
        scan_id=st.sampled_from(["S-1", "S-2"]),
        view=st.integers(1, 2),
        views=st.just(2),
        arrived_s=st.integers(0, 100),
    )
    manifests = st.builds(manifest, arrived_s=st.integers(0, 100), version=st.integers(0, 3))
    return st.lists(st.one_of(manifests, scans), min_size=1, max_size=8)
