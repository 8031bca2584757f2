"""The table of rights: it covers what the stages name, and docs/rights.md says the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from screener.cli import rightspage
from screener.cli.run import STAGES
from screener.contracts import topics
from screener.stages import rights
from screener.stages.decide import Decide
from screener.stages.drift import DriftWatch
from screener.stages.network import Network
from screener.stages.score import Score
from screener.stages.tally import Tally
from screener.stream.kafka import slots
from screener.stream.rights import Operation, Resource, Right

OWN: dict[str, Any] = {
    "score": Score,
    "decide": Decide,
    "tally": Tally,
    "network": Network,
    "drift": DriftWatch,
}


def allows(part: rights.Part, operation: Operation, topic: str) -> bool:
    return any(_covers(right, operation, topic) for right in part.rights)


def _covers(right: Right, operation: Operation, topic: str) -> bool:
    named = topic.startswith(right.name) if right.prefixed else topic == right.name
    return right.resource is Resource.TOPIC and right.operation is operation and named


def test_every_stage_is_in_the_table() -> None:
    assert set(STAGES) == set(OWN) <= {part.name for part in rights.PARTS}


@pytest.mark.parametrize("name", sorted(OWN))
def test_a_stage_may_read_its_inputs_and_keep_its_state(name: str) -> None:
    stage, (part,) = OWN[name], rights.parts([name])
    inputs = stage.subscription.topics or (topics.manifests("h"), topics.scans("h"))
    assert all(allows(part, Operation.READ, topic) for topic in inputs)
    if stage.changelog is not None:
        assert allows(part, Operation.READ, stage.changelog)
        assert allows(part, Operation.WRITE, stage.changelog)


@pytest.mark.parametrize("part", rights.PARTS, ids=lambda part: part.name)
def test_no_part_is_told_more_than_once(part: rights.Part) -> None:
    assert len(set(part.rights)) == len(part.rights)


@pytest.mark.parametrize("gateway", [False, True])
def test_what_a_hub_may_touch_is_its_own(gateway: bool) -> None:
    """No name that another hub can have begins with a prefix of this one's."""
    for right in rights.hub_rights("east", gateway=gateway):
        assert right.name.endswith("east." if right.prefixed else ".east")
        assert right.resource is not Resource.CLUSTER


def test_the_gateways_prefix_is_that_of_their_slots() -> None:
    assert rights.PUBLISH_PREFIX == slots.PREFIX


def test_the_page_is_fresh() -> None:
    mend = "stale: `python -m screener.cli.rightspage docs/rights.md`"
    assert Path("docs/rights.md").read_text(encoding="utf-8") == rightspage.page(), mend
