from __future__ import annotations

import json
from pathlib import Path
from random import Random
from xml.etree import ElementTree as ET

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.errors import BadConfig
from screener.stream.port import Message
from tests.cli import parcels, rings
from tests.cli.shell import Shell
from tests.stages.world import Worker


def told(shell: Shell) -> None:
    """A ring of 60 parcels among 100 strangers' has gone through [network]."""
    chance = Random(5)
    ties = [*rings.ring(60, chance), *rings.strangers(100, 4000, chance, first=1000)]
    with parcels.opened(shell) as world:
        world.publish([Message(topics.TIES, one.parcel_id.encode(), encode(one)) for one in ties])
        with Worker.start(world.log, world.network()) as worker:
            worker.finish()


def test_the_ring_comes_first_and_its_base_is_pointed_out(shell: Shell) -> None:
    told(shell)
    first = shell.ok("networks").splitlines()[2]
    assert "transit base" in first
    assert " 60 " in first
    group = shell.objects("networks", "--json", "--limit", "1")[0]
    assert group["parcels"] == 60
    assert [one["link"][:4] for one in group["patterns"]] == ["ba5e"]
    assert group["patterns"][0]["figures"]["names"] == 1


def test_one_group_is_shown_as_a_tree_of_who_sends_to_whom(shell: Shell) -> None:
    told(shell)
    group = shell.objects("networks", "--json", "--limit", "1")[0]
    said = shell.ok("networks", "--group", group["group_id"][:8])
    assert all(title in said for title in ("stands out", "who sends to whom", "routes", "largest parcels"))
    assert f"{group['sticks']['mean']:,.0f}" in said
    assert "→ person" in said


def test_a_group_is_a_graph_for_other_tools_and_a_picture(shell: Shell, tmp_path: Path) -> None:
    told(shell)
    graph, picture = tmp_path / "ring.graphml", tmp_path / "ring.svg"
    shell.ok("networks", "--limit", "1", "--graphml", str(graph), "--svg", str(picture))
    group = shell.objects("networks", "--json", "--limit", "1")[0]
    space = "{http://graphml.graphdrawing.org/xmlns}"
    root = ET.parse(graph).getroot()
    nodes = {node.get("id") for node in root.iter(f"{space}node")}
    ends = {edge.get(end) for edge in root.iter(f"{space}edge") for end in ("source", "target")}
    assert len(nodes) == len(group["members"])
    assert ends <= nodes
    circles = list(ET.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == len(nodes) + 3  # and those of the legend
    shell.ok("networks", "--limit", "1", "--svg", str(tmp_path / "again.svg"))
    assert (tmp_path / "again.svg").read_bytes() == picture.read_bytes()


def test_without_a_group_it_says_so(shell: Shell) -> None:
    with parcels.opened(shell):
        pass
    assert shell.ok("networks") == ""
    refused = shell.run("networks", "--group", "G-none")
    assert refused.exit_code == 2
    assert "no group begins with" in refused.output


def test_without_topics_it_says_what_to_do(shell: Shell) -> None:
    refused = shell.run("networks")
    assert isinstance(refused.exception, BadConfig)
    assert "screener topics create" in str(refused.exception)


def test_json_is_the_group_of_the_contract(shell: Shell) -> None:
    told(shell)
    with parcels.opened(shell) as world:
        latest = {record.key: record.value for record in world.records(topics.NETWORKS)}
    shown = {one["group_id"]: one for one in shell.objects("networks", "--json", "--limit", "1000")}
    assert shown == {(key or b"").decode(): json.loads(value) for key, value in latest.items() if value}
