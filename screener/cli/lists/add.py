"""`screener lists add`: one entry."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from screener.cli.lists.entering import from_command_line
from screener.cli.lists.opened import open_lists
from screener.config import Config
from screener.contracts.wire import Grade, Licence, Sender, Target, Tip
from screener.core.entering import BUSINESSES, checked, named, parse_amount, parse_expiry

if TYPE_CHECKING:
    from screener.core.entries import Entry

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

NAMED_BY = {
    "phone": "A phone number, written as you like.",
    "name": "The name of a person or firm.",
    "address": "A whole address.",
    "building": "An address; floor, unit and room of it do not count.",
    "waybill": "A waybill number; * stands for any letters and digits.",
}


def named_by(*kinds: str) -> Callable[[Decorated], Decorated]:
    """An option for each kind of identity; `-` instead of a text asks for it, so that no shell keeps it."""

    def decorate(function: Decorated) -> Decorated:
        for kind in reversed(kinds):
            function = click.option(f"--{kind}", metavar="TEXT", help=NAMED_BY[kind])(function)
        return function

    return decorate


expires_option = click.option(
    "--expires", metavar="WHEN", help="2027-01-31 (UTC), or 90d from now. Default: never."
)
replace_option = click.option("--replace", is_flag=True, help="Change the entry where there is one already.")


@click.group("add")
def add() -> None:
    """Add one entry; it is named by exactly one of the options for it.

    Give - instead of a text to be asked for it: what stands on a command line stays in the history of the
    shell. An entry that is there already is refused without --replace.

    \b
    screener lists add tip --waybill "SF12345*" --source hotline --reference R-2026-0815
    screener lists add tip --phone - --source hotline
    screener lists add sender --id shop-17 --phone 073128223497 --grade AA --business shop
    screener lists add licence --id permit-7 --phone 073128223497 --sticks any --grams 5000
    """


@add.command("tip")
@click.option("--id", "entry_id", metavar="ID", help="Default: one of our own, which is told.")
@named_by("phone", "name", "address", "building", "waybill")
@click.option("--source", required=True, metavar="TEXT", help="Who gave the tip; no name of a person.")
@click.option("--reference", metavar="TEXT", help="The number under which a reward is paid.")
@expires_option
@replace_option
@click.pass_obj
def tip(
    config: Config,
    /,
    entry_id: str | None,
    source: str,
    reference: str | None,
    *,
    expires: str | None,
    replace: bool,
    **texts: str | None,
) -> None:
    """Add a tip: parcels that it names are held from now on, those that wait or are remembered too."""
    now = datetime.now(UTC)
    our_id = entry_id or f"tip-{now:%Y%m%d}-{secrets.token_hex(4)}"

    def make() -> Tip:
        return Tip(
            tip_id=our_id,
            target=_target(config, Tip, our_id, texts),
            source=source,
            reference=reference,
            added_at=now,
            expires_at=parse_expiry(expires or "", now),
        )

    _add(config, make, replace=replace)


@add.command("sender")
@click.option("--id", "entry_id", required=True, metavar="ID", help="Of the sender, in your own register.")
@named_by("phone", "address")
@click.option(
    "--grade", required=True, type=click.Choice([str(one) for one in Grade]), help="The credit grade."
)
@click.option(
    "--business", type=click.Choice(BUSINESSES), default="other", show_default=True, help="What it deals in."
)
@expires_option
@replace_option
@click.pass_obj
def sender(
    config: Config,
    /,
    entry_id: str,
    grade: str,
    business: Any,
    *,
    expires: str | None,
    replace: bool,
    **texts: str | None,
) -> None:
    """Grade a sender, by phone number or address: many people share a name."""
    now = datetime.now(UTC)

    def make() -> Sender:
        return Sender(
            sender_id=entry_id,
            target=_target(config, Sender, entry_id, texts),
            grade=Grade(grade),
            business=business,
            added_at=now,
            expires_at=parse_expiry(expires or "", now),
        )

    _add(config, make, replace=replace)


@add.command("licence")
@click.option("--id", "entry_id", required=True, metavar="ID", help="The number of the permit.")
@named_by("phone", "address", "waybill")
@click.option("--sticks", default="0", metavar="N", help="Cigarettes in one parcel, or `any`. Default: 0.")
@click.option("--grams", default="0", metavar="N", help="Loose tobacco in one parcel, or `any`. Default: 0.")
@click.option("--e-cigarettes", is_flag=True, help="Covers e-cigarettes too.")
@expires_option
@replace_option
@click.pass_obj
def licence(
    config: Config,
    /,
    entry_id: str,
    sticks: str,
    grams: str,
    *,
    e_cigarettes: bool,
    expires: str | None,
    replace: bool,
    **texts: str | None,
) -> None:
    """Add a transport permit or a licensed consignor: loads up to its amounts are explained by it."""
    now = datetime.now(UTC)

    def make() -> Licence:
        return Licence(
            licence_id=entry_id,
            target=_target(config, Licence, entry_id, texts),
            sticks=parse_amount(sticks, "sticks"),
            tobacco_g=parse_amount(grams, "grams"),
            e_cigarettes=e_cigarettes,
            added_at=now,
            expires_at=parse_expiry(expires or "", now),
        )

    _add(config, make, replace=replace)


def _target(config: Config, kind: type[Entry], entry_id: str, texts: dict[str, str | None]) -> Target:
    from screener.cli import compose

    given = [(by, text) for by, text in texts.items() if text is not None]
    if len(given) != 1:
        options = ", ".join(f"--{by}" for by in texts)
        raise click.UsageError(f"expected exactly one of {options}, got {len(given)}")
    ((by, text),) = given
    entered = click.prompt(by, err=True) if text == "-" else text
    return named(by, entered, entry_kind=kind, entry_id=entry_id, ring=compose.open_keys(config))


def _add(config: Config, make: Callable[[], Entry], *, replace: bool) -> None:
    from screener.core.entries import id_of, topic_of
    from screener.stages.lists import entry_message, read_whole

    entry = from_command_line(lambda: checked(make()))
    entry_id, topic = id_of(entry), topic_of(entry)
    with open_lists(config) as log:
        there = entry_id in read_whole(log, type(entry))
        if there and not replace:
            raise click.UsageError(f"{entry_id} is there already: --replace changes it")
        with log.publisher() as publisher:
            publisher.publish([entry_message(entry)])
    click.echo(f"{'changed' if there else 'added'} {entry_id} on {topic}")
