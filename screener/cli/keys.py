"""`screener keys`: make, list, rotate and destroy the keys for personal data."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.sealing.folder import KeyInfo

KEPT = {
    "link": "without it the same consignor or phone number is no longer recognised in later parcels",
    "draw": "without it nobody can show afterwards which parcels chance had to select",
}
"""Why there is no command that destroys such a key."""


@click.group("keys")
def command() -> None:
    """Make, list, rotate and destroy the keys for personal data.

    Names, phone numbers and addresses are sealed when they come in. A `seal` key opens what was sealed
    in its period, a `link` key makes the hashes by which parties are recognised, and a `draw` key makes
    the random inspections. The keys lie in the folder that keys.path of the settings names, one file
    each; $SCREENER_KEYS in the environment of a worker goes before it. Keep a copy in a safe place.

    \b
    screener keys new                the first keys
    screener keys list               what there is, never the secrets
    screener keys rotate             each month: a new key to seal with
    screener keys destroy 2026-05    what was sealed in that period is erased
    """


@command.command()
@click.pass_obj
def new(config: Config) -> None:
    """Make the first key of each kind; refused where there are keys already (exit code 78)."""
    from screener.sealing import folder

    place = Path(config.keys.path)
    for info in folder.new(place, _today()):
        click.echo(f"made {info.kind} {info.id}")
    _note_environment()
    _note(f"{place}: keep a copy in a safe place; without these keys nobody reads what they sealed")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each key, one a line.")
@click.pass_obj
def list_(config: Config, as_json: bool) -> None:
    """List the keys in the folder, never their secrets."""
    from screener.cli import terminal
    from screener.sealing import folder

    found = folder.listed(Path(config.keys.path))
    _note_environment()
    if as_json:
        for info in found:
            terminal.json_line(
                {"kind": info.kind, "id": info.id, "made_at": info.made_at, "in_use": info.in_use}
            )
        return
    if not found:
        _note(f"{config.keys.path}: no keys yet; make them: `screener keys new`")
        return
    rows = [(i.kind, i.id, terminal.moment(i.made_at), "yes" if i.in_use else "to read only") for i in found]
    terminal.results().print(terminal.table(["kind", "id", "made", "in use"], rows))


@command.command()
@click.pass_obj
def rotate(config: Config) -> None:
    """Make a new key to seal with from now on; what older ones sealed stays readable.

    Start the workers again afterwards: they take up keys when they start.
    """
    from screener.sealing import folder

    info = folder.rotate(Path(config.keys.path), _today())
    click.echo(f"made {info.kind} {info.id}")
    _note_environment()
    _note("start the workers again: until then they seal with the key before")


@command.command()
@click.argument("key_id", metavar="KEY_ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def destroy(config: Config, key_id: str, yes: bool) -> None:
    """Destroy a seal key: whatever was sealed with it is erased, in the log and in every copy of it.

    KEY_ID is the id that `screener keys list` shows, for example 2026-05. Says what becomes unreadable
    and asks before it does anything. The key in use is refused, and so are link and draw keys (exit
    code 78).
    """
    from screener.sealing import folder

    place = Path(config.keys.path)
    found = folder.listed(place)
    _refuse_kept(place, found, key_id)
    if any(info.id == key_id and not info.in_use for info in found):
        click.echo(consequences(found, key_id), err=True)
        if not yes:
            click.confirm(f"Destroy {key_id} for good?", abort=True, err=True)
    info = folder.destroy(place, key_id)
    click.echo(f"destroyed {info.kind} {info.id}")
    _note_environment()
    _note("running workers hold their keys in memory: start them again; destroy your copies of it too")


def consequences(found: tuple[KeyInfo, ...], key_id: str) -> str:
    """What nobody can read once this seal key is gone."""
    from screener.cli.terminal import moment

    seals = [info for info in found if info.kind == "seal"]
    at = next(number for number, info in enumerate(seals) if info.id == key_id)
    return (
        f"Sealed with {key_id} between {moment(seals[at].made_at)} and {moment(seals[at + 1].made_at)}, "
        "or for as long as workers went on with it:\n"
        "  - names, phone numbers and addresses of consignors and consignees, of flagged parcels too\n"
        "  - the originals of dead letters: `screener replay` cannot send them again\n"
        "  - whom entries of the lists name, in plain words; they are met as before\n"
        "Nobody can read them afterwards. Decisions, images and the links between parcels stay."
    )


def _refuse_kept(place: Path, found: tuple[KeyInfo, ...], key_id: str) -> None:
    kind = next((i.kind for i in found if key_id in (i.id, f"{i.kind}.{i.id}") and i.kind in KEPT), None)
    if kind is not None:
        raise BadConfig(
            f"{place}: expected the id of a seal key, got a {kind} key, which stays: {KEPT[kind]}; "
            "to be rid of it all the same, stop all workers and remove its file"
        )


def _note_environment() -> None:
    from screener.sealing.ring import VARIABLE

    if os.environ.get(VARIABLE):
        _note(f"${VARIABLE} is set here: it goes before this folder")


def _note(text: str) -> None:
    from screener.cli import terminal

    terminal.note(text)


def _today() -> date:
    return datetime.now(UTC).date()
