"""The least rights: what each part of Screener and each hub may do on the log, and nothing else.

The one table from which `screener topics create --acls` and `screener hub add` make ACLs, and
docs/rights.md is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from screener.contracts import topics
from screener.stream.rights import CLUSTER_NAME, Operation, Resource, Right

INTERNAL_PREFIXES = ("screener.", "investigations.")
HUB_PREFIXES = (topics.MANIFESTS, topics.SCANS, topics.VERDICTS)

PUBLISH_PREFIX = "screener.publish."
"""What the transactional ids of Screener's gateways begin with; the hub's name and a dot follow."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of Screener with a principal of its own; `does` says why it needs its rights."""

    name: str
    does: str
    rights: tuple[Right, ...]

    @property
    def user(self) -> str:
        """The name of its user where none is given."""
        return f"screener.{self.name}"


def on_topics(operation: Operation, *names: str) -> tuple[Right, ...]:
    return tuple(Right(Resource.TOPIC, name, operation) for name in names)


def on_prefixes(operation: Operation, *prefixes: str) -> tuple[Right, ...]:
    return tuple(Right(Resource.TOPIC, prefix, operation, prefixed=True) for prefix in prefixes)


READ, WRITE, DESCRIBE = Operation.READ, Operation.WRITE, Operation.DESCRIBE

SEES_TOPICS = (
    *on_prefixes(DESCRIBE, *INTERNAL_PREFIXES),
    *on_prefixes(Operation.DESCRIBE_CONFIGS, *INTERNAL_PREFIXES),
)
"""That topics are there and how they are kept: a worker looks before it starts. Shows nothing they hold."""


def in_group(name: str) -> tuple[Right, ...]:
    """A stage's membership, and the transactions of its slots."""
    return (
        Right(Resource.GROUP, name, READ),
        Right(Resource.TRANSACTIONAL_ID, f"{name}.", WRITE, prefixed=True),
    )


PARTS: tuple[Part, ...] = (
    Part(
        "score",
        "checks and seals what hubs send, runs the model",
        (
            *on_prefixes(READ, topics.MANIFESTS, topics.SCANS),
            *on_topics(WRITE, topics.EVIDENCE, topics.LOOKS, topics.REJECTED),
            *in_group("screener.score"),
            *SEES_TOPICS,
        ),
    ),
    Part(
        "decide",
        "pairs evidence, decides, keeps the images of what it flags",
        (
            *on_topics(READ, topics.EVIDENCE, topics.DECIDE_STATE, *topics.LISTS),
            *on_prefixes(READ, topics.SCANS),
            *on_topics(
                WRITE, topics.DECIDE_STATE, topics.DECISIONS, topics.SIGHTINGS, topics.TIES, topics.FLAGGED
            ),
            *on_prefixes(WRITE, topics.VERDICTS),
            *in_group("screener.decide"),
            *SEES_TOPICS,
        ),
    ),
    Part(
        "tally",
        "sums what the same people sent",
        (
            *on_topics(READ, topics.SIGHTINGS, topics.TALLY_STATE),
            *on_topics(WRITE, topics.TALLY_STATE, topics.EVIDENCE),
            *in_group("screener.tally"),
            *SEES_TOPICS,
        ),
    ),
    Part(
        "network",
        "keeps who belongs together",
        (
            *on_topics(READ, topics.TIES, topics.NETWORK_STATE),
            *on_topics(WRITE, topics.NETWORK_STATE, topics.NETWORKS),
            *in_group("screener.network"),
            *SEES_TOPICS,
        ),
    ),
    Part(
        "drift",
        "watches how the scans of each scanner look, and alarms when that has changed",
        (
            *on_topics(READ, topics.LOOKS, topics.DRIFT_STATE),
            *on_topics(WRITE, topics.DRIFT_STATE, topics.ALARMS),
            *in_group("screener.drift"),
            *SEES_TOPICS,
        ),
    ),
    Part(
        "review",
        "shows investigators what was flagged, and takes what they found and what they enter on the lists",
        (
            *on_topics(
                READ,
                topics.FLAGGED,
                topics.DECISIONS,
                topics.OUTCOMES,
                topics.TIES,
                *topics.LISTS,
            ),
            *on_topics(WRITE, topics.OUTCOMES, topics.CHECKPOINTS, *topics.LISTS),
            Right(Resource.TRANSACTIONAL_ID, PUBLISH_PREFIX + "_review.", WRITE, prefixed=True),
        ),
    ),
    Part(
        "lists",
        "`screener lists`: tips, senders, licences",
        (*on_topics(READ, *topics.LISTS), *on_topics(WRITE, *topics.LISTS)),
    ),
    Part(
        "audit",
        "`screener watch`, `stats`, `networks`, `policy replay`, `audit verify`: reads what was decided, "
        "what is alarmed, and what the record of reads and writes was",
        on_topics(
            READ,
            topics.DECISIONS,
            topics.FLAGGED,
            topics.OUTCOMES,
            topics.NETWORKS,
            topics.ALARMS,
            topics.CHECKPOINTS,
            topics.REJECTED,
        ),
    ),
    Part(
        "replay",
        "`screener replay`: sends dead letters back to the hubs' topics",
        (
            *on_topics(READ, topics.REJECTED, topics.REPLAYED),
            *on_topics(WRITE, topics.REPLAYED),
            *on_prefixes(WRITE, topics.MANIFESTS, topics.SCANS),
        ),
    ),
    Part(
        "admin",
        "`screener topics`, `doctor`, `hub add`, `remove`, `list`, `check`, `anchor`; whoever may alter the "
        "cluster may give itself any right, so this is the key to all of it",
        (
            *(
                Right(Resource.CLUSTER, CLUSTER_NAME, operation)
                for operation in (Operation.ALTER, Operation.CREATE, DESCRIBE)
            ),
            *(
                right
                for operation in (Operation.ALTER_CONFIGS, Operation.DELETE, READ)
                for right in on_prefixes(operation, *HUB_PREFIXES)
            ),
            *on_topics(
                READ,
                topics.EVIDENCE,
                topics.DECIDE_STATE,
                topics.SIGHTINGS,
                topics.TIES,
                topics.LOOKS,
                topics.ALARMS,
            ),
            *on_topics(WRITE, topics.LOOKS),
            *on_topics(
                Operation.DELETE,
                *(topics.EVIDENCE, topics.SIGHTINGS, topics.LOOKS),
                *(topics.DECIDE_STATE, topics.TALLY_STATE, topics.NETWORK_STATE, topics.DRIFT_STATE),
            ),
            *(Right(Resource.GROUP, "screener.", one, prefixed=True) for one in (READ, DESCRIBE)),
            *SEES_TOPICS,
        ),
    ),
)
"""Screener's own parts."""

MADE_BY_HAND = frozenset({"admin"})
"""Parts whose rights no command grants: whoever runs it has them, and says who else gets them."""


def user_of_hub(hub: str) -> str:
    """The name of a hub's user where none is given."""
    return f"hub.{hub}"


def own_prefix(hub: str) -> str:
    """What a hub's consumer groups and transactional ids begin with; no hub's name holds a dot."""
    return f"hub.{hub}."


def hub_topics(hub: str) -> tuple[str, str, str]:
    """What belongs to one hub: what it writes, and what it reads."""
    return topics.manifests(hub), topics.scans(hub), topics.verdicts(hub)


def hub_rights(hub: str, *, gateway: bool = False) -> tuple[Right, ...]:
    """What a hub may do: write its two topics, read its verdicts, in groups and transactions of its own.

    A `gateway` of ours looks in the log for what of its outbox came in, so it may read back what the hub
    itself has written, and how large a message its topics take.
    """
    manifests, scans, verdicts = hub_topics(hub)
    own = own_prefix(hub)
    least = (
        *on_topics(WRITE, manifests, scans),
        *on_topics(READ, verdicts),
        Right(Resource.GROUP, own, READ, prefixed=True),
        Right(Resource.TRANSACTIONAL_ID, own, WRITE, prefixed=True),
    )
    if not gateway:
        return least
    slots = f"{PUBLISH_PREFIX}{hub}."
    return (
        *least,
        *on_topics(READ, manifests, scans),
        *on_topics(Operation.DESCRIBE_CONFIGS, manifests, scans),
        Right(Resource.TRANSACTIONAL_ID, slots, WRITE, prefixed=True),
    )


def parts(names: Sequence[str]) -> list[Part]:
    """The parts of these names, in the order of the table."""
    return [part for part in PARTS if part.name in names]
