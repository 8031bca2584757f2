"""The names of the topics. A hub's identity is the topic it may write."""

from __future__ import annotations

MANIFESTS = "parcels.manifests."
SCANS = "parcels.scans."
VERDICTS = "parcels.verdicts."

EVIDENCE = "screener.evidence"
DECISIONS = "screener.decisions"
REJECTED = "screener.rejected"
REPLAYED = "screener.replayed"
DECIDE_STATE = "screener.decide.state"
SIGHTINGS = "screener.sightings"
TALLY_STATE = "screener.tally.state"
TIPS = "screener.tips"
SENDERS = "screener.senders"
LICENCES = "screener.licences"
TIES = "screener.ties"
NETWORK_STATE = "screener.network.state"
NETWORKS = "screener.networks"
LOOKS = "screener.looks"
DRIFT_STATE = "screener.drift.state"
ALARMS = "screener.alarms"
CHECKPOINTS = "screener.review.checkpoints"
FLAGGED = "investigations.flagged"
OUTCOMES = "investigations.outcomes"

LISTS = (TIPS, SENDERS, LICENCES)

HUB_INPUTS = r"parcels\.(manifests|scans)\.[A-Za-z0-9][A-Za-z0-9_-]*"
"""What [score] subscribes to."""


def manifests(hub: str) -> str:
    return MANIFESTS + hub


def scans(hub: str) -> str:
    return SCANS + hub


def verdicts(hub: str) -> str:
    return VERDICTS + hub


def hub_of(topic: str) -> str | None:
    """The hub that a topic belongs to, or None for an internal one."""
    for prefix in (MANIFESTS, SCANS, VERDICTS):
        if topic.startswith(prefix):
            return topic.removeprefix(prefix)
    return None
