"""Groups as GraphML, which Gephi, yEd, Cytoscape and networkx read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

from screener.contracts.wire import Group

_KEYS = {
    "node": {
        "kind": "string",
        "link": "string",
        "group": "string",
        "sent": "int",
        "received": "int",
        "sticks": "double",
    },
    "edge": {"how": "string", "parcels": "int", "sticks": "double"},
}


def graphml(groups: Iterable[Group]) -> str:
    """One directed graph; a node that is in two groups (a depot's partner) is there once for each."""
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for domain, names in _KEYS.items():
        for name, kind in names.items():
            ET.SubElement(
                root, "key", {"id": f"{domain}_{name}", "for": domain, "attr.name": name, "attr.type": kind}
            )
    graph = ET.SubElement(root, "graph", id="networks", edgedefault="directed")
    for group in groups:
        _add(graph, group)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add(graph: ET.Element, group: Group) -> None:
    for place, member in enumerate(group.members):
        node = ET.SubElement(graph, "node", id=f"{group.group_id}/{place}")
        _data(
            node,
            "node",
            {
                "kind": member.kind,
                "link": member.link,
                "group": group.group_id,
                "sent": member.sent,
                "received": member.received,
                "sticks": member.sticks,
            },
        )
    for edge in group.edges:
        ends = {name: f"{group.group_id}/{getattr(edge, name)}" for name in ("source", "target")}
        _data(
            ET.SubElement(graph, "edge", ends),
            "edge",
            {"how": edge.how, "parcels": edge.parcels, "sticks": edge.sticks},
        )


def _data(element: ET.Element, domain: str, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        ET.SubElement(element, "data", key=f"{domain}_{name}").text = str(value)
