"""A group of parcels that belong together, in words: a row of a table, or a tree of who sends to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from screener.cli import terminal
from screener.contracts.wire import Group, GroupMember, Member, Week
from screener.core.policy import Networks

MOST_SENDERS = 12
MOST_PARCELS = 8
"""So many are shown in a tree; `--json` has all that are told."""

_BARS = " ▁▂▃▄▅▆▇█"


def table(groups: Iterable[Group], limits: Networks) -> Table:
    """One row a group."""
    columns = ["group", "parcels", "held", "sticks", "of a case", "tobacco kg", "persons", "phones"]
    columns += ["addresses", "from", "to", "weeks", "stands out"]
    right = ("parcels", "held", "sticks", "of a case", "tobacco kg", "persons", "phones", "addresses")
    return terminal.table(columns, [_row(group, limits) for group in groups], right=right)


def _row(group: Group, limits: Networks) -> list[str | Text]:
    return [
        group.group_id,
        f"{group.parcels:,}",
        f"{group.held:,}",
        f"{group.sticks.mean:,.0f}",
        _of_a_case(group, limits),
        f"{group.tobacco_g.mean / 1000:,.1f}",
        f"{group.persons:,}",
        f"{group.phones:,}",
        f"{group.addresses:,}",
        _day(group.first_at),
        _day(group.last_at),
        _bars(group.weeks),
        ", ".join(_standing_out(group)),
    ]


def _of_a_case(group: Group, limits: Networks) -> Text:
    """The sticks as a part of what makes a criminal case."""
    part = group.sticks.mean / limits.sticks
    if group.sticks.mean >= limits.grave_sticks:
        return Text(f"{part:.0%} grave", "bold red")
    return Text(f"{part:.0%}" if part >= 0.1 else f"{part:.1%}", "red" if part >= 1.0 else "")


def _standing_out(group: Group) -> list[str]:
    words = {"transit_base": "transit base", "fan": "fan"}
    own = ["depot"] if group.wide else []
    return own + list(dict.fromkeys(words[pattern.code] for pattern in group.patterns))


def tree(group: Group, limits: Networks) -> Tree:
    """Who sends to whom, what passes where, when, and the largest parcels."""
    root = Tree(_head(group, limits))
    _branch(
        root, "stands out", [f"{p.code.replace('_', ' ')}: {p.text} ({p.link[:10]})" for p in group.patterns]
    )
    _senders(root, group)
    _branch(root, "hubs", [_part(part.name, part.parcels, part.sticks) for part in group.hubs])
    _branch(root, "routes", [_part(part.name, part.parcels, part.sticks) for part in group.routes])
    _branch(root, "weeks", [_part(_day(w.since), w.parcels, w.sticks) for w in group.weeks])
    _branch(root, "largest parcels", [_parcel(one) for one in group.largest[:MOST_PARCELS]])
    return root


def _head(group: Group, limits: Networks) -> Text:
    head = Text(group.group_id, "bold")
    head.append(
        f"  {group.parcels:,} parcels, {group.held:,} held, {group.sticks.mean:,.0f} ± "
        f"{group.sticks.sd:,.0f} sticks ({_of_a_case(group, limits)} of a criminal case), "
        f"{group.tobacco_g.mean:,.0f} g loose; "
        f"{group.persons} persons, {group.phones} phones, {group.addresses} addresses; "
        f"{_day(group.first_at)} to {_day(group.last_at)}, known since {_day(group.known_since)}",
        "not bold",
    )
    return head


def _senders(root: Tree, group: Group) -> None:
    sent = [edge for edge in group.edges if edge.how == "sent"]
    order = list(dict.fromkeys(edge.source for edge in sent))
    if not order:
        return
    branch = root.add("who sends to whom")
    for place in order[:MOST_SENDERS]:
        sender = branch.add(Text(_who(group.members, place) + _uses(group, place)))
        for edge in sent:
            if edge.source == place:
                name = "→ " + _who(group.members, edge.target)
                sender.add(Text(_part(name, edge.parcels, edge.sticks)))
    if len(order) > MOST_SENDERS:
        branch.add(Text(f"… {len(order) - MOST_SENDERS} more", "dim"))


def _who(members: Sequence[GroupMember], place: int) -> str:
    return f"{members[place].kind} {members[place].link[:10]}"


def _uses(group: Group, place: int) -> str:
    used = [edge.target for edge in group.edges if edge.how == "uses" and edge.source == place]
    return "".join(f", {_who(group.members, target)}" for target in used)


def _branch(root: Tree, title: str, lines: Sequence[str]) -> None:
    if lines:
        branch = root.add(title)
        for line in lines:
            branch.add(Text(line))


def _part(name: str, parcels: int, sticks: float) -> str:
    return f"{name}  {parcels:,} parcel{'' if parcels == 1 else 's'}, {sticks:,.0f} sticks"


def _parcel(one: Member) -> str:
    load = f"{one.sticks:,.0f} sticks, {one.tobacco_g:,.0f} g"
    return f"{one.hub}/{one.parcel_id}  {terminal.moment(one.at)}  {load}"


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d}"


def _bars(weeks: Sequence[Week]) -> str:
    """The parcels of each week as bars, weeks without one left blank."""
    if not weeks:
        return ""
    counts = {(week.since - weeks[0].since).days // 7: week.parcels for week in weeks}
    most = max(counts.values())
    return "".join(_BARS[-(-counts.get(n, 0) * 8 // most)] for n in range(max(counts) + 1))
