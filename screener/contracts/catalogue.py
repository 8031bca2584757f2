"""All channels and the messages on them: what the documents are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec import Struct

from screener.contracts import cloudevents, dead_letter, examples, publishing, schemas, topics, wire
from screener.contracts.cloudevents import IMAGE_REFERENCE, IMAGE_TYPES, JSON, Event, Headers
from screener.contracts.outgoing import Outgoing
from screener.contracts.reading import encode
from screener.contracts.schemas import Schema

_PARCEL_KEY: Final = "the parcel id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message; `body` is its wire type, None where the value is no JSON; `value` says what."""

    name: str
    title: str
    event_type: str
    content_types: tuple[str, ...]
    key: str
    body: Any
    value: str
    example: Outgoing
    own_headers: Mapping[str, Schema] = field(default_factory=dict)

    def headers(self) -> Schema:
        """The JSON Schema of its headers."""
        own = {name: dict(schema) for name, schema in self.own_headers.items()}
        return schemas.header_schema(self.event_type, self.content_types, own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A topic, or one for each hub; `writer` and `readers` are who may write and who reads it."""

    name: str
    address: str
    writer: str
    readers: str
    text: str
    kinds: tuple[Kind, ...]

    @property
    def by_hub(self) -> bool:
        return "{hub}" in self.address


def _ours(body: Struct, event_type: str, parcel_id: str | None) -> Outgoing:
    headers: Headers = cloudevents.to_headers(
        Event(
            id="example-1",
            source="screener/example",
            type=event_type,
            subject=parcel_id,
            content_type=JSON,
        )
    )
    return Outgoing(key=parcel_id.encode() if parcel_id else None, headers=headers, value=encode(body))


_MANIFEST = Kind(
    name="manifest",
    title="A manifest",
    event_type=cloudevents.MANIFEST,
    content_types=(JSON,),
    key=f"absent, or {_PARCEL_KEY}",
    body=wire.Manifest,
    value="`Manifest` as JSON, at most 1 MiB",
    example=publishing.manifest_message(examples.MANIFEST, event_id="m-1"),
)
_SCAN = Kind(
    name="scan",
    title="One view of a scan, the image inline",
    event_type=cloudevents.SCAN,
    content_types=IMAGE_TYPES,
    key=f"absent, or {_PARCEL_KEY}",
    body=None,
    value="the image itself",
    example=publishing.scan_message(examples.SCAN, b"\x89PNG", event_id="s-1"),
    own_headers=schemas.scan_header_schemas(),
)
_SCAN_REFERENCE = Kind(
    name="scan-reference",
    title="One view of a scan, the image elsewhere",
    event_type=cloudevents.SCAN,
    content_types=(IMAGE_REFERENCE,),
    key=f"absent, or {_PARCEL_KEY}",
    body=wire.ImageReference,
    value="`ImageReference` as JSON, for images above 1 MB",
    example=publishing.scan_message(examples.SCAN, examples.IMAGE_REFERENCE, event_id="s-1"),
    own_headers=schemas.scan_header_schemas(),
)
_EVIDENCE = Kind(
    name="evidence",
    title="A sealed manifest, a judged scan, how far [score] has read, or what an identity adds up to",
    event_type=cloudevents.EVIDENCE,
    content_types=(JSON,),
    key=f"{_PARCEL_KEY}; none for progress, which goes to every partition",
    body=wire.Evidence,
    value="`ManifestEvidence`, `ScanEvidence`, `Progress` or `Total` as JSON",
    example=_ours(examples.SCAN_EVIDENCE, cloudevents.EVIDENCE, examples.MANIFEST.parcel_id),
)
_DECISION = Kind(
    name="decision",
    title="A decision in full",
    event_type=cloudevents.DECISION,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Decision,
    value="`Decision` as JSON",
    example=_ours(examples.DECISION, cloudevents.DECISION, examples.MANIFEST.parcel_id),
)
_VERDICT = Kind(
    name="verdict",
    title="What the sorter does with a parcel",
    event_type=cloudevents.VERDICT,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Verdict,
    value="`Verdict` as JSON",
    example=_ours(examples.VERDICT, cloudevents.VERDICT, examples.MANIFEST.parcel_id),
)
_FLAGGED = Kind(
    name="flagged",
    title="A held parcel with all that an investigator needs",
    event_type=cloudevents.FLAGGED,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Flagged,
    value="`Flagged` as JSON",
    example=_ours(examples.FLAGGED, cloudevents.FLAGGED, examples.MANIFEST.parcel_id),
)
_SIGHTING = Kind(
    name="sighting",
    title="An identity seen on a parcel, with the load that counts",
    event_type=cloudevents.SIGHTING,
    content_types=(JSON,),
    key="identity/link",
    body=wire.Sighting,
    value="`Sighting` as JSON",
    example=_ours(examples.SIGHTING, cloudevents.SIGHTING, examples.MANIFEST.parcel_id),
)
_TIE = Kind(
    name="tie",
    title="A parcel of interest and whom it ties together",
    event_type=cloudevents.TIE,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Tie,
    value="`Tie` as JSON",
    example=_ours(examples.TIE, cloudevents.TIE, examples.MANIFEST.parcel_id),
)
_GROUP = Kind(
    name="group",
    title="Parcels that belong together",
    event_type=cloudevents.GROUP,
    content_types=(JSON,),
    key="the group id",
    body=wire.Group,
    value="`Group` as JSON; nothing where the group is no more",
    example=_ours(examples.GROUP, cloudevents.GROUP, examples.GROUP.group_id),
)
_INSPECTION = Kind(
    name="inspection",
    title="What an investigator found in a parcel",
    event_type=cloudevents.INSPECTION,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Inspection,
    value="`Inspection` as JSON",
    example=_ours(examples.INSPECTION, cloudevents.INSPECTION, examples.MANIFEST.parcel_id),
)
_DISPOSITION = Kind(
    name="disposition",
    title="What became of a flagged parcel",
    event_type=cloudevents.DISPOSITION,
    content_types=(JSON,),
    key=_PARCEL_KEY,
    body=wire.Disposition,
    value="`Disposition` as JSON",
    example=_ours(examples.DISPOSITION, cloudevents.DISPOSITION, examples.MANIFEST.parcel_id),
)
_LOOK = Kind(
    name="look",
    title="What a scan looked like, or that its scanner is anchored anew",
    event_type=cloudevents.LOOK,
    content_types=(JSON,),
    key="hub/scanner",
    body=wire.Look | wire.Anchor,
    value="`Look` or `Anchor` as JSON",
    example=_ours(examples.LOOK, cloudevents.LOOK, None),
)
_SCANNER_ALARM = Kind(
    name="scanner-alarm",
    title="A scanner has changed, or is as it was again",
    event_type=cloudevents.SCANNER_ALARM,
    content_types=(JSON,),
    key="hub/scanner/what",
    body=wire.ScannerAlarm,
    value="`ScannerAlarm` as JSON",
    example=_ours(examples.SCANNER_ALARM, cloudevents.SCANNER_ALARM, None),
)
_CHECKPOINT = Kind(
    name="checkpoint",
    title="A signed head of the record of all reads and writes",
    event_type=cloudevents.CHECKPOINT,
    content_types=(JSON,),
    key="the agency",
    body=wire.Checkpoint,
    value="`Checkpoint` as JSON",
    example=_ours(examples.CHECKPOINT, cloudevents.CHECKPOINT, None),
)
_DEAD_LETTER = Kind(
    name="dead-letter",
    title="A message that broke its contract",
    event_type=cloudevents.REJECTED,
    content_types=(dead_letter.CONTENT_TYPE,),
    key="topic/partition/offset of the message",
    body=None,
    value="the original message, sealed",
    example=dead_letter.to_message(examples.DEAD_LETTER, b"sealed"),
    own_headers=schemas.dead_letter_header_schemas(),
)

_TIP = Kind(
    name="tip",
    title="A tip",
    event_type=cloudevents.TIP,
    content_types=(JSON,),
    key="the id of the tip",
    body=wire.Tip,
    value="`Tip` as JSON; none removes it",
    example=_ours(examples.TIP, cloudevents.TIP, examples.TIP.tip_id),
)
_SENDER = Kind(
    name="sender",
    title="A sender with a credit grade",
    event_type=cloudevents.SENDER,
    content_types=(JSON,),
    key="the id of the sender",
    body=wire.Sender,
    value="`Sender` as JSON; none removes it",
    example=_ours(examples.SENDER, cloudevents.SENDER, examples.SENDER.sender_id),
)
_LICENCE = Kind(
    name="licence",
    title="A transport permit or licensed consignor",
    event_type=cloudevents.LICENCE,
    content_types=(JSON,),
    key="the id of the licence",
    body=wire.Licence,
    value="`Licence` as JSON; none removes it",
    example=_ours(examples.LICENCE, cloudevents.LICENCE, examples.LICENCE.licence_id),
)

CHANNELS: Final = (
    Channel(
        name="manifests",
        address=topics.manifests("{hub}"),
        writer="the hub",
        readers="[score]",
        text="What a hub knows of its parcels before they are scanned.",
        kinds=(_MANIFEST,),
    ),
    Channel(
        name="scans",
        address=topics.scans("{hub}"),
        writer="the hub",
        readers="[score], and [decide] for the images of flagged parcels",
        text="X-ray scans, one message for each view.",
        kinds=(_SCAN, _SCAN_REFERENCE),
    ),
    Channel(
        name="verdicts",
        address=topics.verdicts("{hub}"),
        writer="[decide]",
        readers="the hub's sorter",
        text="Pass or hold, and nothing of the why. A higher revision replaces a lower one.",
        kinds=(_VERDICT,),
    ),
    Channel(
        name="evidence",
        address=topics.EVIDENCE,
        writer="[score], and [tally] for the totals",
        readers="[decide]",
        text="Internal: all that is known of a parcel, in one partition. Personal data is sealed.",
        kinds=(_EVIDENCE,),
    ),
    Channel(
        name="decisions",
        address=topics.DECISIONS,
        writer="[decide]",
        readers="statistics, audits, investigators' review for its figures",
        text="Internal: every decision with its reasons and the snapshot it rests on.",
        kinds=(_DECISION,),
    ),
    Channel(
        name="flagged",
        address=topics.FLAGGED,
        writer="[decide]",
        readers="investigators' review",
        text="Held parcels. Personal data is sealed, images lie in the evidence store.",
        kinds=(_FLAGGED,),
    ),
    Channel(
        name="sightings",
        address=topics.SIGHTINGS,
        writer="[decide]",
        readers="[tally]",
        text="Internal: whom a parcel was seen with, as keyed hashes, and with what load.",
        kinds=(_SIGHTING,),
    ),
    Channel(
        name="ties",
        address=topics.TIES,
        writer="[decide]",
        readers="[network], the review app",
        text="Internal: parcels of interest with the keyed hashes of whom they tie together.",
        kinds=(_TIE,),
    ),
    Channel(
        name="networks",
        address=topics.NETWORKS,
        writer="[network]",
        readers="`screener networks`",
        text="Groups of parcels that belong together, the latest of each. Hashes and counts only.",
        kinds=(_GROUP,),
    ),
    Channel(
        name="looks",
        address=topics.LOOKS,
        writer="[score], and `screener hub anchor`",
        readers="[drift], `screener hub commission`",
        text="Internal: what each scan looked like in a few figures, by scanner. No image, nothing personal.",
        kinds=(_LOOK,),
    ),
    Channel(
        name="alarms",
        address=topics.ALARMS,
        writer="[drift]",
        readers="operators, `screener watch`",
        text="Scanners that have changed since they were commissioned; the last of each key counts.",
        kinds=(_SCANNER_ALARM,),
    ),
    Channel(
        name="outcomes",
        address=topics.OUTCOMES,
        writer="investigators' review",
        readers="statistics, [decide], the lab, investigators' review for its figures",
        text="What was found in the parcels that were opened, and what became of all that were flagged:"
        " `ce_type` tells them apart. A correction replaces what it corrects.",
        kinds=(_INSPECTION, _DISPOSITION),
    ),
    Channel(
        name="checkpoints",
        address=topics.CHECKPOINTS,
        writer="investigators' review",
        readers="`screener audit verify`",
        text="What the record of all reads and writes was, minute by minute; kept for ever.",
        kinds=(_CHECKPOINT,),
    ),
    Channel(
        name="rejected",
        address=topics.REJECTED,
        writer="every stage",
        readers="operators, `screener replay`",
        text="Dead letters: why and from where in the headers, the message itself sealed.",
        kinds=(_DEAD_LETTER,),
    ),
    Channel(
        name="tips",
        address=topics.TIPS,
        writer="`screener lists`, investigators' review",
        readers="[decide], investigators' review",
        text="Whom or what was tipped off; the last of each id counts. Personal data is hashed and sealed.",
        kinds=(_TIP,),
    ),
    Channel(
        name="senders",
        address=topics.SENDERS,
        writer="`screener lists`, investigators' review",
        readers="[decide], investigators' review",
        text="Senders with their credit grades; the last of each id counts. Hashed and sealed.",
        kinds=(_SENDER,),
    ),
    Channel(
        name="licences",
        address=topics.LICENCES,
        writer="`screener lists`, investigators' review",
        readers="[decide], investigators' review",
        text="What explains a load, and up to how much; the last of each id counts. Hashed and sealed.",
        kinds=(_LICENCE,),
    ),
)

KINDS: Final = tuple(kind for channel in CHANNELS for kind in channel.kinds)
