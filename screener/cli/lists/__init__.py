"""`screener lists`: tips, graded senders and licences."""

from __future__ import annotations

import click

from screener.cli.lists.add import add
from screener.cli.lists.importing import import_
from screener.cli.lists.match import match
from screener.cli.lists.remove import remove
from screener.cli.lists.show import show


@click.group("lists")
def command() -> None:
    """Keep the lists that every parcel is compared with: tips, graded senders, licences.

    A tip names a phone number, name, address or building of consignor or consignee, or a waybill; a parcel
    that meets one is held. A sender's grade says how often its clean parcels are inspected. A licence
    explains a load. What identifies a person is normalised, hashed and sealed before it is written; running
    workers apply a change within a second.

    \b
    screener lists add tip --phone 13800138000 --source hotline --expires 90d
    screener lists add sender --id shop-17 --address "..." --grade B --business shop
    screener lists add licence --id permit-7 --waybill "SF123*" --sticks 50000 --expires 7d
    screener lists import senders senders.csv --dry-run
    screener lists show tips
    screener lists match --phone 13800138000
    screener lists remove tip tip-20261102-5f3a
    """


for _command in (add, remove, show, match, import_):
    command.add_command(_command)
