"""One example of each message, for the documents and the tests; every name and number in them is made up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from screener.contracts.wire import (
    Action,
    Amount,
    Checkpoint,
    ClassProbabilities,
    Content,
    DeadLetter,
    Decision,
    Disposition,
    Drift,
    End,
    Energy,
    Estimate,
    Findings,
    Flagged,
    FlaggedScan,
    Glance,
    Grade,
    Group,
    GroupEdge,
    GroupMember,
    Identity,
    ImageAddress,
    ImageReference,
    Inspection,
    Licence,
    Linked,
    Links,
    Load,
    LogAddress,
    Look,
    Manifest,
    ManifestEvidence,
    Member,
    Money,
    Outcome,
    Part,
    Party,
    Pattern,
    PitchMm,
    Progress,
    ReadUntil,
    Reason,
    ScanEvidence,
    ScanHeaders,
    ScannerAlarm,
    Sealed,
    SealedParty,
    Selection,
    Sender,
    Sighting,
    SizeMm,
    Snapshot,
    StoredImage,
    Target,
    Tie,
    Tip,
    Total,
    Verdict,
    Week,
    Why,
)

_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def _at(minute: int, second: float = 0) -> datetime:
    return datetime(2026, 11, 2, 2, minute, int(second), int(second % 1 * 1_000_000), tzinfo=UTC)


MANIFEST: Final = Manifest(
    parcel_id="P-20261102-000017",
    waybill="SF1234567890",
    hub="changsha-1",
    courier="Example Express",
    consignor=Party(name="张三", phone="13800138000", address="长沙市芙蓉路1号", region="430100"),
    consignee=Party(name="李四", phone="13900139000", address="北京市朝阳路2号", region="110105"),
    contents=(Content(text="茶叶", hs_code="090230", quantity=2, value=Money(amount=180.0, currency="CNY")),),
    weight_g=2350.0,
    size_mm=SizeMm(length=320.0, width=240.0, height=180.0),
    declared_at=_at(0),
    decide_by=_at(10),
)

SCAN: Final = ScanHeaders(
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    scan_id="S-20261102-000042",
    view=1,
    views=1,
    scanner="xray-3",
    pitch_mm=PitchMm(across=0.8, along=1.0),
    energy=Energy.DUAL,
    sha256=_SHA256,
    content_type="image/png",
    time=_at(1),
)

IMAGE_REFERENCE: Final = ImageReference(
    address="s3://changsha-1-scans/2026/11/02/S-20261102-000042.png",
    sha256=_SHA256,
    bytes=2_400_000,
    content_type="image/png",
)

MANIFEST_EVIDENCE: Final = ManifestEvidence(
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    waybill=MANIFEST.waybill,
    courier=MANIFEST.courier,
    consignor=SealedParty(
        personal=Sealed(key_id="2026-11", box=b"sealed"), links=Links(name="0" * 32), region="430100"
    ),
    consignee=SealedParty(
        personal=Sealed(key_id="2026-11", box=b"sealed"), links=Links(phone="1" * 32), region="110105"
    ),
    contents=MANIFEST.contents,
    weight_g=MANIFEST.weight_g,
    size_mm=MANIFEST.size_mm,
    declared_at=MANIFEST.declared_at,
    decide_by=MANIFEST.decide_by,
    digest=_SHA256,
    arrived_at=_at(0, 0.25),
)

SCAN_EVIDENCE: Final = ScanEvidence(
    hub=SCAN.hub,
    parcel_id=MANIFEST.parcel_id,
    identified=True,
    scan_id=SCAN.scan_id,
    view=1,
    views=1,
    scanner=SCAN.scanner,
    energy=SCAN.energy,
    pitch_mm=SCAN.pitch_mm,
    image=ImageAddress(
        sha256=_SHA256,
        bytes=210_000,
        content_type=SCAN.content_type,
        log=LogAddress(topic="parcels.scans.changsha-1", partition=3, offset=1017),
    ),
    findings=Findings(
        alarm=0.97,
        threshold=0.6,
        p=ClassProbabilities(cigarettes=0.97, loose_tobacco=0.04, e_cigarettes=0.01),
        sticks=Estimate(low=640.0, mid=800.0, high=1010.0),
        tobacco_g=Estimate(low=420.0, mid=540.0, high=690.0),
        map_png=b"png",
        map_pitch_mm=12.0,
        model="screener-0123456789ab",
    ),
    failure=None,
    scanned_at=SCAN.time,
    arrived_at=_at(1, 0.5),
    scored_at=_at(1, 0.75),
)

PROGRESS: Final = Progress(
    read_until=(ReadUntil(topic="parcels.scans.changsha-1", partition=3, time_ms=1_793_584_860_000),),
    inputs={"parcels.manifests.changsha-1": 6, "parcels.scans.changsha-1": 6},
)

DECISION: Final = Decision(
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    revision=1,
    outcome=Outcome.HOLD,
    action=Action.HOLD,
    reasons=(
        Reason(
            code="load_over_limit",
            figures={"sticks_mid": 800.0, "limit_sticks": 400},
            text="About 800 cigarettes are seen, the limit is 400.",
        ),
    ),
    load=Load(
        sticks=Estimate(low=640.0, mid=800.0, high=1010.0),
        tobacco_g=Estimate(low=420.0, mid=540.0, high=690.0),
        e_cigarettes=0.01,
        alarm=0.97,
    ),
    selection=Selection(why=Why.LOAD, probability=1.0),
    snapshot=Snapshot(
        policy="policy-0123456789ab", models=("screener-0123456789ab",), threshold=0.6, log_time=_at(1, 1)
    ),
    arrived_at=_at(0, 0.25),
    scored_at=_at(1, 0.75),
    decided_at=_at(1, 1),
)

SIGHTING: Final = Sighting(
    identity=Identity.PHONE,
    link="1" * 32,
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    at=DECISION.arrived_at,
    sticks=Amount(mean=145.0, sd=42.0),
    tobacco_g=Amount(mean=0.0, sd=0.0),
    contents="0123456789abcdef",
    partner="2" * 32,
    answer=True,
)

TOTAL: Final = Total(
    hub=SIGHTING.hub,
    parcel_id=SIGHTING.parcel_id,
    identity=SIGHTING.identity,
    link=SIGHTING.link,
    window_days=14.0,
    parcels=3,
    loaded=2,
    sticks=Amount(mean=305.0, sd=58.0),
    tobacco_g=Amount(mean=0.0, sd=0.0),
    members=(
        Member(hub="changsha-2", parcel_id="P-20261030-000151", at=_at(0), sticks=160.0, tobacco_g=0.0),
    ),
    like_contents=2,
    partners=1,
    hubs=2,
    first_at=_at(0),
    counted_at=_at(1, 1.25),
)

TIE: Final = Tie(
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    revision=1,
    at=DECISION.arrived_at,
    consignor=End(person="2" * 32, phone="3" * 32, address="4" * 32, region="430100"),
    consignee=End(person="5" * 32, phone="1" * 32, region="110105"),
    sticks=Amount(mean=793.0, sd=199.0),
    tobacco_g=Amount(mean=22.0, sd=110.0),
    held=True,
    why=Why.LOAD,
)

GROUP: Final = Group(
    group_id="G-0123456789ab",
    wide=False,
    window_days=90.0,
    parcels=12,
    held=3,
    sticks=Amount(mean=2210.0, sd=310.0),
    tobacco_g=Amount(mean=60.0, sd=150.0),
    persons=8,
    phones=7,
    addresses=4,
    known_since=_at(0, 0.25),
    first_at=_at(0, 0.25),
    last_at=_at(30),
    members=(
        GroupMember(kind=Linked.PERSON, link="2" * 32, sent=12, received=0, sticks=2210.0),
        GroupMember(kind=Linked.PERSON, link="5" * 32, sent=0, received=4, sticks=1340.0),
    ),
    edges=(GroupEdge(source=0, target=1, how="sent", parcels=4, sticks=1340.0),),
    largest=(
        Member(hub=MANIFEST.hub, parcel_id=MANIFEST.parcel_id, at=_at(0, 0.25), sticks=793.0, tobacco_g=22.0),
    ),
    hubs=(Part(name=MANIFEST.hub, parcels=12, sticks=2210.0),),
    routes=(Part(name="430100 > 110105", parcels=4, sticks=1340.0),),
    weeks=(Week(since=datetime(2026, 10, 29, tzinfo=UTC), parcels=12, sticks=2210.0),),
    patterns=(
        Pattern(
            code="fan",
            kind=Linked.PERSON,
            link="2" * 32,
            figures={"sent": 12, "received": 0, "receivers": 7, "sticks_per_parcel": 184.2},
            text="one sender: 12 parcels to 7 receivers, 184 sticks each",
        ),
    ),
)

VERDICT: Final = Verdict(
    parcel_id=MANIFEST.parcel_id,
    scan_id=None,
    action=Action.HOLD,
    revision=1,
    arrived_at=DECISION.arrived_at,
    decided_at=DECISION.decided_at,
)

FLAGGED: Final = Flagged(
    decision=DECISION,
    manifest=MANIFEST_EVIDENCE,
    scans=(
        FlaggedScan(
            scan=SCAN_EVIDENCE,
            stored=StoredImage(sha256=_SHA256, address=f"sha256/{_SHA256[:2]}/{_SHA256}", gone=None),
        ),
    ),
    priority=0.97,
)

INSPECTION: Final = Inspection(
    inspection_id="I-20261102-000003",
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    revision=DECISION.revision,
    inspected_at=_at(42),
    sticks=800,
    tobacco_g=0.0,
    e_cigarettes=0,
    over_limit=True,
    quality="right",
    origin="counterfeit",
    leaf_g=0.0,
    value_cny=960.0,
)

DISPOSITION: Final = Disposition(
    disposition_id="tobacco.4.19de2b1c2a0",
    hub=MANIFEST.hub,
    parcel_id=MANIFEST.parcel_id,
    revision=DECISION.revision,
    decided_at=_at(55),
    kind="seize",
    quality="right",
)

LOOK: Final = Look(
    hub=MANIFEST.hub,
    scanner=SCAN.scanner,
    view=1,
    energy=Energy.DUAL,
    pitch_mm=SCAN.pitch_mm,
    at=_at(0, 0.25),
    size_px=(640, 812),
    glance=Glance(
        air=0.9963,
        tint=(-0.0012, -0.0031),
        matter=0.5943,
        median=0.6931,
        dark=0.2574,
        chroma=0.2743,
        edges=(-0.565, -0.221, -0.238, -0.065),
        noise=-4.902,
        colours=bytes([0, 0, 4, 1, *[0] * 20, 4, 0, 0, 25, 221, *[0] * 21]),
    ),
    model=SCAN_EVIDENCE.findings.model if SCAN_EVIDENCE.findings else None,
    alarm=0.0312,
)

SCANNER_ALARM: Final = ScannerAlarm(
    hub=MANIFEST.hub,
    scanner=SCAN.scanner,
    what=Drift.PALETTE,
    raised=True,
    at=_at(5),
    since=_at(0),
    scans=61,
    size=7.9,
    figures={"unknown_colours_was": 0.014, "unknown_colours_is": 0.463},
    text="46 % of what is seen has colours that were 1 % before",
    reference="first-300@2026-11-01T08:00:00Z",
    model=LOOK.model,
)

CHECKPOINT: Final = Checkpoint(
    agency="tobacco",
    n=1840,
    at=_at(5),
    hash="3f" * 32,
    key_id="9c" * 16,
    signature=b"64 bytes of Ed25519",
)

DEAD_LETTER: Final = DeadLetter(
    stage="score",
    reason="schema",
    detail="$.consignor.phone: expected str | null, got int",
    topic="parcels.manifests.changsha-1",
    partition=2,
    offset=4711,
    timestamp_ms=1_793_584_800_250,
    hub="changsha-1",
    key_id="2026-11",
    rejected_at=_at(0, 0.5),
)

TIP: Final = Tip(
    tip_id="tip-20261102-7",
    target=Target(kind="phone", link="1" * 32, sealed=Sealed(key_id="2026-11", box=b"sealed")),
    source="hotline",
    reference="R-2026-0815",
    added_at=_at(0),
    expires_at=datetime(2027, 2, 2, tzinfo=UTC),
)

SENDER: Final = Sender(
    sender_id="shop-430100-0042.phone",
    target=Target(kind="phone", link="2" * 32, sealed=Sealed(key_id="2026-11", box=b"sealed")),
    grade=Grade.B,
    business="shop",
    added_at=_at(0),
)

LICENCE: Final = Licence(
    licence_id="permit-2026-0007",
    target=Target(kind="waybill", pattern="SF12345*"),
    sticks=50_000.0,
    tobacco_g=0.0,
    added_at=_at(0),
    expires_at=datetime(2026, 12, 1, tzinfo=UTC),
)
