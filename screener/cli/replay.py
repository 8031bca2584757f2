"""`screener replay`: dead letters back to their own topic, after a fix."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import click

from screener.cli.topics import hubs_option
from screener.config import Config

if TYPE_CHECKING:
    from screener.cli.letters import Fated, Letter

UNITS_S = {"m": 60, "h": 3600, "d": 86_400}


class Told(NamedTuple):
    """What letters have in common that are counted together."""

    hub: str
    reason: str
    fate: str
    why: str


def parse_since(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    """A time, or that of so long ago."""
    if text is None:
        return None
    if match := re.fullmatch(r"([0-9]{1,4})([mhd])", text):
        return datetime.now(UTC) - timedelta(seconds=int(match[1]) * UNITS_S[match[2]])
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"expected 2026-11-30T08:00Z, or 90m, 2h, 7d, got {text!r}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def check_reasons(_ctx: click.Context, _param: click.Parameter, codes: Sequence[str]) -> Sequence[str]:
    """The codes, if each is registered."""
    from screener.contracts.reasons import REASONS

    for code in codes:
        if code not in REASONS:
            raise click.BadParameter(f"expected one of {', '.join(sorted(REASONS))}, got {code!r}")
    return codes


@click.command("replay")
@click.option(
    "--reason",
    "reasons",
    multiple=True,
    metavar="CODE",
    callback=check_reasons,
    help="Letters with this reason code alone; give it again for more.",
)
@hubs_option("Letters of this hub alone; give it again for more.")
@click.option(
    "--since",
    metavar="TIME",
    callback=parse_since,
    help="Letters since a time (2026-11-30T08:00Z; UTC where it does not say), or since 90m, 2h, 7d ago.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Send back N letters at most.")
@click.option("--again", is_flag=True, help="Send back even what an earlier replay has sent back.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each letter, one a line.")
@click.pass_obj
def command(
    config: Config,
    *,
    reasons: Sequence[str],
    hubs: Sequence[str],
    since: datetime | None,
    limit: int | None,
    again: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send dead letters back to the topic they came on, after a fix.

    Each original is opened with its key and published with its own key, headers and value; one header
    more, `ce_replayed`, says where it lay. What was sent back is remembered (topic screener.replayed),
    so a second run sends nothing twice. What is still bad becomes a new dead letter, so begin with a few. A
    letter whose key is destroyed, or whose original was too long to be kept whole, is listed as
    impossible with the reason. Needs the right to write to the hubs' topics.

    Ends with exit code 0 when it has gone through all letters, impossible ones included.

    \b
    screener replay --dry-run                            what is there, and why
    screener replay --reason image_timeout --limit 10    a few first
    screener replay --reason image_timeout --since 2d    then the rest
    """
    from screener.cli import compose, letters, terminal
    from screener.contracts import topics

    ring = compose.open_keys(config)
    told: Counter[Told] = Counter()
    with (
        compose.open_log(config, "replay") as log,
        terminal.progress(lines=as_json) as progress,
        log.publisher() as publisher,
    ):
        done = letters.replayed(log)
        held = letters.spans(log, topics.REJECTED)
        total = sum(span.stop - span.start for span in held)
        found = progress.track(letters.read(log, held), total=total, description="dead letters")
        wanted = (letter for letter in found if chosen(letter, reasons, hubs, since))
        weighed = letters.up_to(limit, letters.weigh(wanted, ring, log.topics(), () if again else done))
        for one in weighed if dry_run else letters.send(publisher, weighed):
            told[_told(one)] += 1
            if as_json:
                terminal.json_line(figures(one))
    if not as_json:
        _show(told)
    _note(told)


def chosen(letter: Letter, reasons: Sequence[str], hubs: Sequence[str], since: datetime | None) -> bool:
    """Whether the letter is one that was asked for; nothing asked for means all."""
    about = letter.about
    return (
        (not reasons or about.reason in reasons)
        and (not hubs or about.hub in hubs)
        and (since is None or letter.timestamp_ms >= since.timestamp() * 1000)
    )


def figures(one: Fated) -> dict[str, object]:
    """What a program is told of a letter."""
    about = one.letter.about
    return {
        "origin": one.letter.origin.decode(),
        "hub": about.hub,
        "reason": about.reason,
        "rejected_at": about.rejected_at,
        "fate": one.fate,
        "why": one.why,
        "to": one.to,
    }


def _told(one: Fated) -> Told:
    return Told(one.letter.about.hub or "-", one.letter.about.reason, one.fate, one.why or "")


def _show(told: Counter[Told]) -> None:
    from screener.cli import terminal

    rows = [(one.hub, one.reason, one.fate, str(count), one.why) for one, count in sorted(told.items())]
    if rows:
        terminal.results().print(
            terminal.table(["hub", "reason", "fate", "letters", "why"], rows, right=("letters",))
        )


def _note(told: Counter[Told]) -> None:
    from screener.cli import terminal

    fates: Counter[str] = Counter()
    for one, count in told.items():
        fates[one.fate] += count
    said = ", ".join(f"{count} {fate}" for fate, count in sorted(fates.items()))
    terminal.note(said or "no dead letter that was asked for")
