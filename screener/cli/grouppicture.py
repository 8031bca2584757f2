"""A group as a picture: people, phone numbers and addresses as dots, who sends to whom as arrows."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from screener.contracts.wire import Group, GroupEdge, GroupMember

SIZE, EDGE, LEGEND = 720, 60, 46
COLOURS = {"person": "#2f6db3", "phone": "#3f8f5b", "address": "#b9762c"}
STEPS = 300

Points = NDArray[np.float64]


def svg(group: Group) -> str:
    """The members and edges that a group lists, laid out by springs; equal groups give equal pictures."""
    places = layout(len(group.members), group.edges)
    lines = [_line(edge, places) for edge in group.edges]
    dots = [
        _dot(member, place, _pointed(group, member))
        for member, place in zip(group.members, places, strict=True)
    ]
    parts = [_HEAD, *lines, *dots, *_legend(group), "</svg>\n"]
    return "\n".join(parts)


def layout(count: int, edges: tuple[GroupEdge, ...]) -> Points:
    """Where each member is drawn: all push each other away, edges pull (Fruchterman and Reingold)."""
    angles = np.arange(count) * 2.399963  # the golden angle: nobody begins on top of another
    at = np.sqrt(np.arange(count) + 0.5)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    pairs = np.array([(edge.source, edge.target) for edge in edges if edge.source != edge.target], dtype=int)
    for step in range(STEPS):
        at = at + _moved(at, pairs.reshape(-1, 2)) * (1.0 - step / STEPS)
    span = max(float(np.ptp(at, axis=0).max(initial=0.0)), 1e-9)
    middle = (at.max(axis=0) + at.min(axis=0)) / 2.0
    return np.asarray((at - middle) / span * (SIZE - 2 * EDGE) + SIZE / 2.0)


def _moved(at: Points, pairs: NDArray[np.int_]) -> Points:
    """One step of the springs, at most a tenth of the usual length of an edge."""
    apart = at[:, None] - at[None]
    squared = (apart**2).sum(axis=2) + 1e-3
    force = (apart / squared[..., None]).sum(axis=1)
    pull = at[pairs[:, 0]] - at[pairs[:, 1]]
    pull *= np.linalg.norm(pull, axis=1, keepdims=True)
    np.subtract.at(force, pairs[:, 0], pull)
    np.add.at(force, pairs[:, 1], pull)
    force -= 0.02 * at
    length = np.linalg.norm(force, axis=1, keepdims=True)
    return np.asarray(force / np.maximum(length, 1e-9) * np.minimum(length, 0.1))


_HEAD = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE + LEGEND}"
 width="{SIZE}" height="{SIZE + LEGEND}" font-family="sans-serif" font-size="12">
<defs><marker id="to" viewBox="0 0 8 8" refX="16" refY="4" markerWidth="8"
 markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
<path d="M0 1 L8 4 L0 7 z" fill="#555"/></marker></defs>
<rect width="100%" height="100%" fill="white"/>"""


def _line(edge: GroupEdge, places: Points) -> str:
    (x1, y1), (x2, y2) = places[edge.source], places[edge.target]
    look = 'stroke="#ccc" stroke-dasharray="3 3"'
    if edge.how == "sent":
        width = min(0.6 + 0.4 * edge.parcels**0.5, 5.0)
        look = f'stroke="#555" stroke-width="{width:.1f}" marker-end="url(#to)"'
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {look}/>'


def _dot(member: GroupMember, place: Points, pointed: bool) -> str:
    x, y = place
    radius = min(4.0 + 1.2 * (member.sent + member.received) ** 0.5, 16.0)
    ring = ' stroke="#c0392b" stroke-width="3"' if pointed else ' stroke="white"'
    title = f"{member.kind} {member.link}: sent {member.sent}, received {member.received}"
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{COLOURS[member.kind]}"{ring}>'
        f"<title>{escape(title)}</title></circle>"
    )


def _pointed(group: Group, member: GroupMember) -> bool:
    return any((one.kind, one.link) == (member.kind, member.link) for one in group.patterns)


def _legend(group: Group) -> list[str]:
    head = f"{group.group_id}: {group.parcels:,} parcels, about {group.sticks.mean:,.0f} sticks"
    if group.patterns:
        head += "; ringed: " + ", ".join(dict.fromkeys(one.code.replace("_", " ") for one in group.patterns))
    texts = [f'<text x="{EDGE / 2:.0f}" y="{SIZE + 14}">{escape(head)}</text>']
    for number, (kind, colour) in enumerate(COLOURS.items()):
        x = EDGE / 2 + 6 + 90 * number
        texts.append(f'<circle cx="{x:.0f}" cy="{SIZE + 30}" r="6" fill="{colour}"/>')
        texts.append(f'<text x="{x + 12:.0f}" y="{SIZE + 34}">{kind}</text>')
    return texts
