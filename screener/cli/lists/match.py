"""`screener lists match`: what a parcel would meet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
import msgspec

from screener.cli.lists.entering import KINDS
from screener.cli.lists.opened import read_entries
from screener.config import Config

if TYPE_CHECKING:
    from screener.core.lists import Met
    from screener.core.parcel import PartyNote
    from screener.sealing.ring import KeyRing


@click.command("match")
@click.option("--waybill", default="", metavar="TEXT", help="The parcel's waybill number.")
@click.option("--phone", metavar="TEXT", help="The party's phone number.")
@click.option("--name", metavar="TEXT", help="The party's name.")
@click.option("--address", metavar="TEXT", help="The party's address.")
@click.option(
    "--as",
    "role",
    type=click.Choice(["consignor", "consignee"]),
    default="consignor",
    show_default=True,
    help="Whose phone number, name and address these are.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object: tips, grade, business, licence.")
@click.pass_obj
def match(
    config: Config,
    *,
    waybill: str,
    phone: str | None,
    name: str | None,
    address: str | None,
    role: str,
    as_json: bool,
) -> None:
    """Say which entries in force a parcel would meet that has this waybill or party."""
    from screener.cli import compose, terminal
    from screener.core.lists import Lists
    from screener.core.parcel import PartyNote, milliseconds

    party, stranger = _party(compose.open_keys(config), phone, name, address), PartyNote()
    consignor, consignee = (party, stranger) if role == "consignor" else (stranger, party)
    lists = Lists.of(read_entries(config, list(KINDS)))
    met = lists.meeting(waybill, consignor, consignee, milliseconds(datetime.now(UTC)))
    if as_json:
        terminal.json_line(
            {
                "tips": msgspec.to_builtins(met.tips),
                "grade": met.grade,
                "business": met.business,
                "licence": msgspec.to_builtins(met.licence),
            }
        )
        return
    for line in _lines(met) or ["no entry in force names this"]:
        click.echo(line)


def _party(ring: KeyRing, phone: str | None, name: str | None, address: str | None) -> PartyNote:
    from screener.contracts.wire import Party
    from screener.core.parcel import PartyNote
    from screener.sealing.parties import links

    found = links(Party(name=name or "", phone=phone, address=address), ring)
    return PartyNote(found.name, found.phone, found.address, found.building)


def _lines(met: Met) -> list[str]:
    from screener.cli.lists.words import licensed

    lines = [f"tip {one.entry_id} ({one.source}) names the {one.kind} of the {one.role}" for one in met.tips]
    if met.grade is not None:
        lines.append(f"sender of grade {met.grade}, {met.business}")
    if met.licence is not None:
        covers = licensed(met.licence.sticks, met.licence.tobacco_g, e_cigarettes=met.licence.e_cigarettes)
        lines.append(f"licence {met.licence.entry_id} covers {covers}")
    return lines
