"""`screener networks`: parcels that belong together, as a table, a tree, or a graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.contracts.wire import Group
    from screener.stream.port import Log


@click.command("networks")
@click.option("--group", "group_id", metavar="ID", help="Show this group; the beginning of its id will do.")
@click.option(
    "--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="The N largest."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: `Group` of the contract.")
@click.option(
    "--graphml",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write what is shown as a graph for Gephi, yEd, Cytoscape or networkx.",
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the group (or the largest) as a picture.",
)
@click.pass_obj
def command(
    config: Config, *, group_id: str | None, limit: int, as_json: bool, graphml: Path | None, svg: Path | None
) -> None:
    """Show the parcels that belong together.

    Parcels are brought together by shared persons, phone numbers and addresses. The groups with the most
    sticks come first, each with its part of a criminal case and who stands out in it: a transit base (many
    parcels in, many out, few names) or a fan (one sender, many small parcels). Nobody is named: all that
    is known of people are keyed hashes.

    \b
    screener networks                                the largest groups
    screener networks --group G-3f2a                 one of them: who sends to whom
    screener networks --group G-3f2a --svg ring.svg  the same as a picture
    screener networks --limit 1000 --graphml all.graphml
    """
    from screener.cli import compose, grouptext, terminal
    from screener.core import policy

    with compose.open_log(config, "audit") as log:
        groups = sorted(_groups(log), key=lambda one: (-one.sticks.mean, -one.parcels, one.group_id))
    shown = groups[:limit] if group_id is None else [_only(groups, group_id)]
    limits = policy.read(Path(config.decide.policy)).file.networks
    _write(shown, graphml, svg)
    if as_json:
        for group in shown:
            terminal.json_line(_figures(group))
    elif group_id is not None:
        terminal.results().print(grouptext.tree(shown[0], limits))
    elif shown:
        terminal.results().print(grouptext.table(shown, limits))
        terminal.note(f"{len(shown)} of {len(groups)} groups; `screener networks --group ID` shows one")
    else:
        terminal.note("no group yet: no two parcels of interest share anybody, or `screener run` never ran")


def _groups(log: Log) -> list[Group]:
    """All groups, the latest word on each. Raises `BadConfig` where there is no such topic."""
    import msgspec

    from screener.cli import terminal
    from screener.contracts import topics
    from screener.contracts.wire import Group
    from screener.stream.port import Partition

    partitions = log.topics().get(topics.NETWORKS)
    if partitions is None:
        raise BadConfig(f"topic {topics.NETWORKS} is missing: `screener topics create`")
    latest: dict[bytes, bytes | None] = {}
    with terminal.progress() as progress:
        for number in range(partitions):
            place = Partition(topics.NETWORKS, number)
            start, end = log.start(place), log.end(place)
            for record in progress.track(
                log.read(place, start, end), total=end - start, description="reading groups"
            ):
                latest[record.key or b""] = record.value
    return [msgspec.json.decode(value, type=Group) for value in latest.values() if value is not None]


def _only(groups: list[Group], beginning: str) -> Group:
    found = [group for group in groups if group.group_id.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    if found:
        raise click.BadParameter(f"{len(found)} groups begin with {beginning!r}: give more of the id")
    raise click.BadParameter(f"no group begins with {beginning!r}; `screener networks` lists them")


def _figures(group: Group) -> dict[str, object]:
    import msgspec

    figures: dict[str, object] = msgspec.to_builtins(group)
    return figures


def _write(shown: list[Group], graphml: Path | None, svg: Path | None) -> None:
    from screener.cli import groupgraph, grouppicture, terminal

    if graphml is not None:
        graphml.write_text(groupgraph.graphml(shown), encoding="utf-8")
        terminal.note(f"{len(shown)} groups in {graphml}")
    if svg is not None and shown:
        svg.write_text(grouppicture.svg(shown[0]), encoding="utf-8")
        terminal.note(f"group {shown[0].group_id} in {svg}")
