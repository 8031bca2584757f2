"""The wire types: strict about types, lenient about fields they do not know.

Schema changes only add optional fields; a new major version is a new CloudEvents type. The JSON Schemas
and the AsyncAPI document under `docs/contracts/` are generated from this file.

Times are aware and UTC on our own messages. Units stand in the names.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Identifier = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$(?!\n)")]
"""A parcel id, waybill number, scan id, hub or scanner name: safe in a key and a file name."""

HubName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$(?!\n)")]
"""A courier hub: safe as the last part of a topic."""

# `$` alone would let a trailing newline pass in Python; `(?!\n)` is read alike by JSON Schema.
Code = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
Time = Annotated[datetime, Meta(tz=True)]
Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Meta(ge=0.0)]
Offset = Annotated[int, Meta(ge=0)]


class Message(Struct, frozen=True, kw_only=True, omit_defaults=False):
    """What every message body has in common: frozen, named fields, unknown fields ignored."""


# --- from the hub ---------------------------------------------------------------------------------


class Party(Message, frozen=True, kw_only=True):
    """A consignor or consignee. Name, phone and address are personal data; the region code is not."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    phone: Annotated[str, Meta(max_length=40)] | None = None
    address: Annotated[str, Meta(max_length=500)] | None = None
    region: Code | None = None


class Money(Message, frozen=True, kw_only=True):
    """An amount in whole and broken units of an ISO 4217 currency."""

    amount: Annotated[float, Meta(ge=0.0, le=1e12)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]


class Content(Message, frozen=True, kw_only=True):
    """One line of the declaration."""

    text: Annotated[str, Meta(max_length=500)]
    hs_code: Annotated[str, Meta(pattern=r"^[0-9]{4,12}$(?!\n)")] | None = None
    quantity: Annotated[int, Meta(ge=0, le=10_000_000)] | None = None
    value: Money | None = None


class SizeMm(Message, frozen=True, kw_only=True):
    """Outer size of the parcel in mm."""

    length: Annotated[float, Meta(gt=0, le=10_000)]
    width: Annotated[float, Meta(gt=0, le=10_000)]
    height: Annotated[float, Meta(gt=0, le=10_000)]


class Manifest(Message, frozen=True, kw_only=True):
    """What a hub knows of a parcel before it is scanned; the body of `parcels.manifests.HUB`."""

    parcel_id: Identifier
    waybill: Identifier
    hub: HubName
    courier: Annotated[str, Meta(min_length=1, max_length=64)]
    consignor: Party
    consignee: Party
    contents: Annotated[tuple[Content, ...], Meta(max_length=200)] = ()
    weight_g: Annotated[float, Meta(ge=0.1, le=2_000_000)] | None = None
    size_mm: SizeMm | None = None
    declared_at: Time
    decide_by: Time | None = None


class Energy(StrEnum):
    """What a scan's pixels mean. A single-energy scan carries no material information."""

    SINGLE = "single"
    DUAL = "dual"


class PitchMm(Message, frozen=True, kw_only=True):
    """Size of a pixel on the object, in mm: across the belt (image rows), along it (image columns)."""

    across: Annotated[float, Meta(gt=0.02, le=20)]
    along: Annotated[float, Meta(gt=0.02, le=20)]


class ScanHeaders(Message, frozen=True, kw_only=True):
    """What a hub says of a scan, in CloudEvents attributes; the value is the image or a reference.

    `parcel_id` is None where no barcode was read. Views of one pass of a parcel share `scan_id`.
    """

    hub: HubName
    parcel_id: Identifier | None
    scan_id: Identifier
    view: Annotated[int, Meta(ge=1, le=32)]
    views: Annotated[int, Meta(ge=1, le=32)]
    scanner: Identifier
    pitch_mm: PitchMm
    energy: Energy
    sha256: Sha256
    content_type: str
    time: Time | None = None


class ImageReference(Message, frozen=True, kw_only=True):
    """Where an image lies that is too large to travel inline: `file://` or `s3://`."""

    address: Annotated[str, Meta(max_length=1000, pattern=r"^(file|s3)://")]
    sha256: Sha256
    bytes: Annotated[int, Meta(gt=0, le=1 << 30)]
    content_type: Annotated[str, Meta(max_length=100)]


# --- inside: screener.evidence, keyed by parcel id ------------------------------------------------


class Sealed(Message, frozen=True, kw_only=True):
    """Bytes that only those with the key `key_id` can read (AES-256-GCM: nonce, then ciphertext and tag)."""

    key_id: Code
    box: bytes


class Links(Message, frozen=True, kw_only=True):
    """Keyed hashes of one party, for linking without reading: equal hash, equal normalised identity.

    None where the field is absent, masked (`138****8000`), or empty once normalised.
    """

    name: str | None = None
    phone: str | None = None
    address: str | None = None
    building: str | None = None
    """The address down to the building, without floor, unit and room."""


class SealedParty(Message, frozen=True, kw_only=True):
    """A party with its personal fields sealed together."""

    personal: Sealed
    links: Links
    region: Code | None = None


class ManifestEvidence(Message, frozen=True, kw_only=True, tag="manifest"):
    """A checked manifest with its personal data sealed. `digest` tells equal ones, by key."""

    hub: HubName
    parcel_id: Identifier
    waybill: Identifier
    courier: str
    consignor: SealedParty
    consignee: SealedParty
    contents: tuple[Content, ...]
    weight_g: float | None
    size_mm: SizeMm | None
    declared_at: Time
    decide_by: Time | None
    digest: Sha256
    arrived_at: Time


class LogAddress(Message, frozen=True, kw_only=True):
    """A record's place in the log."""

    topic: str
    partition: Offset
    offset: Offset


class ImageAddress(Message, frozen=True, kw_only=True):
    """Where the image of a scan lies: in the record itself (`log`), or at the hub's `reference`."""

    sha256: Sha256
    bytes: Offset
    content_type: str
    log: LogAddress
    reference: str | None = None


class Estimate(Message, frozen=True, kw_only=True):
    """A quantity with its uncertainty: 10th, 50th and 90th percentile."""

    low: NonNegative
    mid: NonNegative
    high: NonNegative


class ClassProbabilities(Message, frozen=True, kw_only=True):
    """Per scan, the calibrated probability that it shows any of this."""

    cigarettes: Probability
    loose_tobacco: Probability
    e_cigarettes: Probability


class Findings(Message, frozen=True, kw_only=True):
    """What the model says of one scan. `alarm` is the one number that thresholds apply to.

    `threshold` is the model's own for this scan; a policy may set another.
    """

    alarm: Probability
    threshold: Probability
    p: ClassProbabilities
    sticks: Estimate
    tobacco_g: Estimate
    map_png: bytes
    map_pitch_mm: float
    model: str


class Failure(Message, frozen=True, kw_only=True):
    """Why a scan could not be judged: the reason code of its dead letter, or `no_model`."""

    reason: str
    detail: str


class ScanEvidence(Message, frozen=True, kw_only=True, tag="scan"):
    """One view of a parcel, judged (`findings`) or not (`failure`): exactly one of the two."""

    hub: HubName
    parcel_id: Identifier
    identified: bool
    scan_id: Identifier
    view: int
    views: int
    scanner: Identifier
    energy: Energy
    pitch_mm: PitchMm
    image: ImageAddress
    findings: Findings | None
    failure: Failure | None
    scanned_at: Time | None
    arrived_at: Time
    scored_at: Time


class ReadUntil(Message, frozen=True, kw_only=True):
    """All records of this input partition with a log time before `time_ms` have been passed on."""

    topic: str
    partition: Offset
    time_ms: int


class Progress(Message, frozen=True, kw_only=True, tag="progress"):
    """How far [score] has read, told to every partition of the evidence; timers run on it.

    `inputs` counts the partitions of both topics of each hub spoken of, so that a reader knows whose
    word is still missing; a topic that does not exist counts 0.
    """

    read_until: tuple[ReadUntil, ...]
    inputs: dict[str, int]


class Identity(StrEnum):
    """By what parcels are brought together. A name alone is none: too many people share it."""

    CONSIGNOR = "consignor"
    CONSIGNEE = "consignee"
    PHONE = "phone"
    ADDRESS = "address"


class Amount(Message, frozen=True, kw_only=True):
    """An uncertain amount that can be added up: its mean and standard deviation."""

    mean: NonNegative
    sd: NonNegative


class Sighting(Message, frozen=True, kw_only=True):
    """One identity seen on one parcel, with its expected load; on `screener.sightings`, keyed by identity.

    A later sighting of the same identity and parcel replaces the earlier. `partner` is the other side of
    the parcel. With `answer`, [tally] answers into the evidence of the parcel, naming the `question`.
    """

    identity: Identity
    link: str
    hub: HubName
    parcel_id: Identifier
    at: Time
    sticks: Amount
    tobacco_g: Amount
    contents: str | None
    partner: str | None
    answer: bool
    question: str | None = None


class Member(Message, frozen=True, kw_only=True):
    """A parcel that counts in a sum, with the means of its load."""

    hub: HubName
    parcel_id: Identifier
    at: Time
    sticks: NonNegative
    tobacco_g: NonNegative


class Total(Message, frozen=True, kw_only=True, tag="total"):
    """[tally]'s answer: what one identity of a parcel has sent or received in the window, this one included.

    `parcels` were seen, `loaded` of them with a load that counts; the sums are over these. `members` are the
    largest loads, the parcel itself apart. `like_contents` parcels declared the same contents, `partners`
    counts the other sides, `first_at` is the first sighting that is remembered.
    """

    hub: HubName
    parcel_id: Identifier
    identity: Identity
    link: str
    window_days: float
    parcels: Offset
    loaded: Offset
    sticks: Amount
    tobacco_g: Amount
    members: tuple[Member, ...]
    like_contents: Offset
    partners: Offset
    hubs: Offset
    first_at: Time
    counted_at: Time
    question: str | None = None


Evidence = ManifestEvidence | ScanEvidence | Progress | Total


# --- lists: screener.tips, screener.senders, screener.licences ------------------------------------


class Grade(StrEnum):
    """The credit grade of a sender; it sets how often its clean parcels are inspected."""

    AAA = "AAA"
    AA = "AA"
    A = "A"
    B = "B"
    C = "C"


class Target(Message, frozen=True, kw_only=True):
    """Whom or what an entry of a list names: a keyed hash of a normalised identity, or a waybill pattern.

    A pattern is a waybill number in which `*` stands for any digits or letters. `sealed` is what was
    entered, for those with a key.
    """

    kind: Literal["phone", "name", "address", "building", "waybill"]
    link: str | None = None
    pattern: Annotated[str, Meta(max_length=64)] | None = None
    sealed: Sealed | None = None


class Tip(Message, frozen=True, kw_only=True):
    """A tip, on `screener.tips`, keyed by `tip_id`; rewards depend on `source` and `reference`."""

    tip_id: Identifier
    target: Target
    source: Annotated[str, Meta(min_length=1, max_length=64)]
    reference: Annotated[str, Meta(max_length=64)] | None = None
    added_at: Time
    expires_at: Time | None = None


class Sender(Message, frozen=True, kw_only=True):
    """A subject with a credit grade, on `screener.senders`, keyed by `sender_id`."""

    sender_id: Identifier
    target: Target
    grade: Grade
    business: Literal["shop", "e_cigarettes", "other"] = "other"
    added_at: Time
    expires_at: Time | None = None


class Licence(Message, frozen=True, kw_only=True):
    """A transport permit or licensed consignor, on `screener.licences`: it explains a load up to its amounts.

    Amounts are for one parcel; None sets no bound.
    """

    licence_id: Identifier
    target: Target
    sticks: NonNegative | None = None
    tobacco_g: NonNegative | None = None
    e_cigarettes: bool = False
    added_at: Time
    expires_at: Time | None = None


# --- out: decisions, verdicts, flagged parcels, dead letters --------------------------------------


class Outcome(StrEnum):
    """What became of a parcel. Only `pass` clears it; everything else is looked at by a human."""

    PASS = "pass"  # noqa: S105 - the sorter's word, no secret
    HOLD = "hold"
    UNSCANNED = "unscanned"
    NO_MANIFEST = "no_manifest"
    INCOMPLETE = "incomplete"
    UNREADABLE = "unreadable"
    UNSCORED = "unscored"
    UNIDENTIFIED = "unidentified"
    LATE = "late"


class Action(StrEnum):
    """What the sorter does."""

    PASS = "pass"  # noqa: S105 - the sorter's word, no secret
    HOLD = "hold"


Figures = dict[str, float | int | str | None]
"""Figures by name, units in the names."""


class Reason(Message, frozen=True, kw_only=True):
    """One reason for an outcome: a stable code, its figures by name (units in the names), a sentence."""

    code: Code
    figures: Figures
    text: str


class Why(StrEnum):
    """Why a parcel was selected for inspection; the first that applies, in this order."""

    TIP = "tip"
    LOAD = "load"
    SUM = "sum"
    UNJUDGED = "unjudged"
    RISK = "risk"
    RANDOM = "random"
    NONE = "none"


class Selection(Message, frozen=True, kw_only=True):
    """Why the parcel was or was not selected for inspection, and with what probability it would be.

    `rate` is the rate of random inspection that applied, `draw` the keyed hash that was compared with it.
    """

    why: Why
    probability: Probability
    rate: Probability = 0.0
    draw: Probability = 0.0


class Snapshot(Message, frozen=True, kw_only=True):
    """All that a decision rests on besides the evidence; the same snapshot gives the same bytes.

    `threshold` is that of the alarm, `risk_threshold` that of the risk as it followed the stream, `lists`
    the offsets up to which the lists were read.
    """

    policy: str
    models: tuple[str, ...]
    threshold: Probability
    log_time: Time
    lists: dict[str, int] = field(default_factory=dict)
    risk_threshold: float | None = None
    risk_model: str | None = None


class Seen(Message, frozen=True, kw_only=True):
    """One view as it weighs in the judgement: figures, or why there are none (`failure`)."""

    scan_id: Identifier
    view: int
    views: int
    scanner: Identifier
    failure: str | None
    model: str | None
    alarm: Probability
    threshold: Probability
    p: ClassProbabilities
    sticks: Estimate
    tobacco_g: Estimate


class Declared(Message, frozen=True, kw_only=True):
    """What weighs of a manifest. `hs_codes` are cut to four digits; `value` only where one currency is used.

    `late_s` is how long after the first scan the manifest came, 0 where it came before.
    """

    weight_g: float | None
    value: Money | None
    pieces: int | None
    lines: int
    described: int
    hs_codes: tuple[str, ...]
    consignor_region: str | None
    consignee_region: str | None
    late_s: NonNegative
    courier: str | None = None


class Match(Message, frozen=True, kw_only=True):
    """An entry of a list that a parcel meets: which one, and by what of whom."""

    entry_id: Identifier
    kind: str
    role: Literal["consignor", "consignee", "parcel"]
    source: str | None = None
    reference: str | None = None


class LicenceMatch(Message, frozen=True, kw_only=True):
    """A licence that a parcel meets, and what it covers."""

    entry_id: Identifier
    sticks: NonNegative | None
    tobacco_g: NonNegative | None
    e_cigarettes: bool


class Facts(Message, frozen=True, kw_only=True):
    """All of a parcel that its judgement weighs: with the same policy the same facts give the same judgement.

    `draw` is the keyed hash of the parcel; `totals` are [tally]'s answers, `missing_totals` came too late.
    """

    identified: bool
    late: bool
    more_views: bool
    seen: tuple[Seen, ...]
    declared: Declared | None
    totals: tuple[Total, ...] = ()
    missing_totals: Offset = 0
    tips: tuple[Match, ...] = ()
    grade: Grade | None = None
    business: str | None = None
    licence: LicenceMatch | None = None
    draw: Probability = 0.0


class Signal(Message, frozen=True, kw_only=True):
    """What one signal added to the log-odds of a parcel being over the limit: `weight` times `figure`."""

    name: Code
    figure: float
    weight: float
    added: float
    text: str


class Risk(Message, frozen=True, kw_only=True):
    """The probability that a parcel is over a limit, from score, load and metadata, and what each added.

    `rank` (log-odds) is by what the parcel competes for its hub's capacity: the risk, or that the load seen
    is over the limit, whichever is more. None where it is held whatever the capacity.
    """

    p: Probability
    log_odds: float
    base: float
    signals: tuple[Signal, ...]
    rank: float | None = None


class Load(Message, frozen=True, kw_only=True):
    """The estimated load over all views of a parcel; `over_limit` is how likely it is too much."""

    sticks: Estimate
    tobacco_g: Estimate
    e_cigarettes: Probability
    alarm: Probability
    over_limit: Probability = 0.0


class Decision(Message, frozen=True, kw_only=True):
    """A decision in full, on `screener.decisions`; the same evidence and snapshot give the same bytes."""

    hub: HubName
    parcel_id: Identifier
    revision: Annotated[int, Meta(ge=1)]
    outcome: Outcome
    action: Action
    reasons: tuple[Reason, ...]
    load: Load | None
    selection: Selection
    snapshot: Snapshot
    arrived_at: Time
    scored_at: Time | None
    decided_at: Time
    risk: Risk | None = None
    facts: Facts | None = None


# --- who belongs together: screener.ties, screener.networks ----------------------------------------


class Linked(StrEnum):
    """What joins parcels in a network. A name alone does not: too many people share it."""

    PERSON = "person"
    PHONE = "phone"
    ADDRESS = "address"


class End(Message, frozen=True, kw_only=True):
    """One end of a tie: keyed hashes of a consignor or consignee, and its region.

    `person` is the hash of name and phone number or address together, alike for both ends.
    """

    person: str | None = None
    phone: str | None = None
    address: str | None = None
    region: Code | None = None


class Tie(Message, frozen=True, kw_only=True):
    """A parcel of interest and whom it ties together, on `screener.ties`; a later revision replaces it.

    With nobody at either end it only withdraws what an earlier revision said.
    `sticks` and `tobacco_g` are the load as it counts in sums: nothing where it is unlikely or licensed.
    """

    hub: HubName
    parcel_id: Identifier
    revision: Annotated[int, Meta(ge=1)]
    at: Time
    consignor: End
    consignee: End
    sticks: Amount
    tobacco_g: Amount
    held: bool
    why: Why


class GroupMember(Message, frozen=True, kw_only=True):
    """A person, phone number or address of a group: parcels sent and received, and what was in them."""

    kind: Linked
    link: str
    sent: Offset
    received: Offset
    sticks: NonNegative


class GroupEdge(Message, frozen=True, kw_only=True):
    """Two members, by their places in `members`: one sent to the other, or uses it (a phone, an address)."""

    source: Offset
    target: Offset
    how: Literal["sent", "uses"]
    parcels: Offset
    sticks: NonNegative


class Part(Message, frozen=True, kw_only=True):
    """What of a group passed one hub, or went from one region to another (`430100 > 110105`)."""

    name: str
    parcels: Offset
    sticks: NonNegative


class Week(Message, frozen=True, kw_only=True):
    """What of a group came in seven days, so that one sees it grow."""

    since: Time
    parcels: Offset
    sticks: NonNegative


class Pattern(Message, frozen=True, kw_only=True):
    """Somebody in a group who stands out: a transit base or a fan, with the figures that say why."""

    code: Literal["transit_base", "fan"]
    kind: Linked
    link: str
    figures: dict[str, float | int]
    text: str


class Group(Message, frozen=True, kw_only=True):
    """Parcels that belong together by shared identities, on `screener.networks`, keyed by `group_id`.

    The counts and sums are over all parcels in the window; `members`, `edges`, `largest`, `hubs` and
    `routes` are the largest of each, so that a message stays small. `wide` is the group of one identity
    that has too many partners to join anybody: its parcels count in the groups of others too.
    `known_since` is when its oldest member was first seen, which may be before the window.
    """

    group_id: Identifier
    wide: bool
    window_days: float
    parcels: Offset
    held: Offset
    sticks: Amount
    tobacco_g: Amount
    persons: Offset
    phones: Offset
    addresses: Offset
    known_since: Time
    first_at: Time
    last_at: Time
    members: tuple[GroupMember, ...]
    edges: tuple[GroupEdge, ...]
    largest: tuple[Member, ...]
    hubs: tuple[Part, ...]
    routes: tuple[Part, ...]
    weeks: tuple[Week, ...]
    patterns: tuple[Pattern, ...]


class Verdict(Message, frozen=True, kw_only=True):
    """What the hub's sorter reads on `parcels.verdicts.HUB`: the action and nothing of the why.

    A scan without a readable barcode has a parcel id of ours, and is known to the hub by its `scan_id`.
    """

    parcel_id: Identifier
    scan_id: Identifier | None
    action: Action
    revision: int
    arrived_at: Time
    decided_at: Time


class StoredImage(Message, frozen=True, kw_only=True):
    """Where the evidence store keeps an image; `address` is None where it was gone: `gone` says why."""

    sha256: Sha256
    address: str | None
    gone: str | None


class FlaggedScan(Message, frozen=True, kw_only=True):
    """One view with its findings and its image's place in the evidence store."""

    scan: ScanEvidence
    stored: StoredImage


class Flagged(Message, frozen=True, kw_only=True):
    """All that an investigator needs, on `investigations.flagged`."""

    decision: Decision
    manifest: ManifestEvidence | None
    scans: tuple[FlaggedScan, ...]
    priority: float
    due_at: Time | None = None


Quality = Literal["right", "tobacco_within_limit", "wrong", "unclear"]
"""How good an alert was: it found what it should, tobacco within the limit, none; or it cannot be said."""


Origin = Literal["genuine", "counterfeit", "smuggled", "mixed", "unknown"]
"""Where tobacco comes from: out of the licensed trade, a forger's, over the border; some of each."""


class Inspection(Message, frozen=True, kw_only=True):
    """What an investigator found in a parcel, on `investigations.outcomes`, keyed by parcel id.

    `revision` is that of the decision it was opened on; `e_cigarettes` counts devices and cartridges. A later
    inspection of the same parcel, or one that `corrects` it, replaces an earlier. `quality` is how good the
    alert was in the light of it. `leaf_g` of `tobacco_g` is leaf, the rest cut tobacco; `value_cny` is what
    all of it is worth.
    """

    inspection_id: Identifier
    hub: HubName
    parcel_id: Identifier
    revision: Annotated[int, Meta(ge=1)]
    inspected_at: Time
    sticks: Offset
    tobacco_g: NonNegative
    e_cigarettes: Offset
    over_limit: bool
    corrects: Identifier | None = None
    quality: Quality | None = None
    origin: Origin | None = None
    leaf_g: NonNegative | None = None
    value_cny: NonNegative | None = None


class Disposition(Message, frozen=True, kw_only=True):
    """What became of a flagged parcel, on `investigations.outcomes`, keyed by parcel id, as its own type.

    `revision` is that of the decision that was looked at. A later disposition of the same parcel replaces an
    earlier; `reopen` takes back whatever was decided. `quality` is how good the alert was, where that can be
    said already; the quality of an inspection counts before it. `agency` is to whom it was referred.
    """

    disposition_id: Identifier
    hub: HubName
    parcel_id: Identifier
    revision: Annotated[int, Meta(ge=1)]
    decided_at: Time
    kind: Literal["release", "seize", "refer", "reopen"]
    quality: Quality | None = None
    agency: Code | None = None


class Checkpoint(Message, frozen=True, kw_only=True):
    """A signed head of a workstation's record, on `screener.review.checkpoints`, keyed by agency.

    It vouches for all rows up to row `n`, whose hash is `hash`: each row holds the hash of the row before.
    Signed (Ed25519, by the key whose public half has a SHA-256 that begins with `key_id`) are the ASCII
    characters `screener.review.checkpoint.v1 AGENCY N AT_MS HASH`, `AT_MS` being milliseconds since 1970.
    """

    agency: Code
    n: Annotated[int, Meta(ge=1)]
    at: Time
    hash: Sha256
    key_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]
    signature: bytes


# --- what scanners look like ----------------------------------------------------------------------


class Glance(Message, frozen=True, kw_only=True):
    """What a picture looks like in a few figures, none of which shows what lies in it.

    Luminances are 0 to 1. `air` is the level of empty belt and `tint` its colour (red and blue less green);
    `matter` the share that is darker than air, `median` and `dark` the median and the 5th percentile of its
    luminance, `chroma` how colourful it is. `edges` are log energies of the finest detail along and across
    the belt, and of coarser detail along and across, against the coarsest; `noise` is the log of what
    flickers from pixel to pixel. `colours` are shares of matter in 255ths: the hues and then grey, in dark
    matter and in light.
    """

    air: float
    tint: tuple[float, float]
    matter: Probability
    median: float
    dark: float
    chroma: float
    edges: tuple[float, float, float, float]
    noise: float
    colours: bytes


class Look(Message, frozen=True, kw_only=True, tag="look"):
    """What one scan looked like, on `screener.looks`, keyed `hub/scanner`.

    `failure` is why it was not judged. What could not be decoded has no `glance` and no size in pixels; what
    was judged has the `model` and its `alarm`. `at` is the log time of the scan.
    """

    hub: HubName
    scanner: Identifier
    view: int
    energy: Energy
    pitch_mm: PitchMm
    at: Time
    size_px: tuple[int, int] | None = None
    glance: Glance | None = None
    model: str | None = None
    alarm: Probability | None = None
    failure: str | None = None


class Anchor(Message, frozen=True, kw_only=True, tag="anchor"):
    """From here on the scanner is as it should be: the next scans are its reference; on `screener.looks`."""

    hub: HubName
    scanner: Identifier
    at: Time


class Drift(StrEnum):
    """What of a scanner has changed."""

    PALETTE = "palette"
    BRIGHTNESS = "brightness"
    DETAIL = "detail"
    PITCH = "pitch"
    ENERGY = "energy"
    VIEWS = "views"
    SIZE = "size"
    SCORE = "score"
    FAILURES = "failures"


class ScannerAlarm(Message, frozen=True, kw_only=True):
    """A scanner has changed, or is as it was again; on `screener.alarms`, keyed `hub/scanner/what`.

    `since` is when the change seems to have begun, `scans` how many scans it has been seen for, `size` how
    large it is in spreads of the reference. `figures` are what stands for it, then (`was`) and now (`is`).
    `reference` says what it was compared with and `model` which model has been judging.
    """

    hub: HubName
    scanner: Identifier
    what: Drift
    raised: bool
    at: Time
    since: Time
    scans: Annotated[int, Meta(ge=0)]
    size: float
    figures: dict[str, float]
    text: str
    reference: str
    model: str | None = None


class DeadLetter(Message, frozen=True, kw_only=True):
    """The attributes of a dead letter on `screener.rejected`; its value is the sealed original message."""

    stage: Code
    reason: Code
    detail: str
    topic: str
    partition: Offset
    offset: Offset
    timestamp_ms: int
    hub: str | None
    key_id: Code
    rejected_at: Time
