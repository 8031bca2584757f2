"""What the demo says at its end: flags, gaps, the confusion against the truth, dead letters, throughput."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from screener.contracts.reasons import REASONS
from screener.contracts.wire import Estimate, Load
from screener.demo.gallery import Exhibit, kept_views
from screener.demo.ledger import Ledger
from screener.demo.reckoning import Fate, Reckoned, Truth, confusion
from screener.hub.sent import Mishap, Sent

COLOURS = {Fate.LOAD: "bold red", Fate.UNJUDGED: "yellow", Fate.RANDOM: "cyan", Fate.PASSED: "green"}

FIGURES = frozenset({"parcels", "messages", "all", "sticks", "tobacco g", *Fate})
"""Columns that hold figures."""

WHOLE = frozenset({"parcel", "outcome"})
"""Columns whose words are never broken: somebody will copy them."""


def flagged(reckoned: Sequence[Reckoned], ledger: Ledger) -> list[Reckoned]:
    """The parcels held for their load or drawn at random, in the order of the investigators' queue."""
    shown = [one for one in reckoned if one.fate in (Fate.LOAD, Fate.RANDOM)]
    return sorted(shown, key=lambda one: -_priority(one, ledger))


def flagged_table(found: Sequence[Reckoned]) -> Table:
    """One row a parcel: why it is held, its load, the reason that weighs most, what is truly in it."""
    columns = ("parcel", "why", "sticks", "tobacco g", "reason", "truly in it")
    table = _table("Flagged for the investigators", *columns)
    for one in found:
        table.add_row(
            _short(one.decision.parcel_id),
            Text(one.fate, COLOURS[one.fate]),
            *_middle(one.decision.load),
            one.decision.reasons[0].text if one.decision.reasons else "",
            _truth_text(one.sent),
        )
    return table


def gaps_table(reckoned: Sequence[Reckoned]) -> Table:
    """What could not be judged and went to a human: how many for which reason, what had been done to them."""
    gaps = [one for one in reckoned if one.fate is Fate.UNJUDGED]
    table = _table(
        "Held because they could not be judged", "outcome", "parcels", "reason", "what befell them"
    )
    groups: dict[tuple[str, str], list[Reckoned]] = {}
    for one in gaps:
        groups.setdefault((one.decision.outcome, one.decision.reasons[0].text), []).append(one)
    for (outcome, text), group in sorted(groups.items(), key=lambda item: -len(item[1])):
        table.add_row(Text(outcome, "yellow"), str(len(group)), text, _befell(one.sent for one in group))
    return table


def confusion_table(reckoned: Sequence[Reckoned]) -> Table:
    """Truth against fate; what could not be judged, and what was drawn at random, stand apart."""
    counts = confusion(reckoned)
    table = _table("Judged against the truth", "truly", *Fate, "all")
    for truth in Truth:
        row = [counts[truth, fate] for fate in Fate]
        table.add_row(truth, *(_figure(truth, fate, counts[truth, fate]) for fate in Fate), str(sum(row)))
    return table


def verdict_lines(reckoned: Sequence[Reckoned]) -> Iterator[Text]:
    """What was missed and what was falsely flagged, by name."""
    missed = [one for one in reckoned if one.sent.over and one.fate is not Fate.LOAD]
    false = [one for one in reckoned if one.sent.over is False and one.fate is Fate.LOAD]
    over = sum(one.sent.over is True for one in reckoned)
    yield Text(f"Missed: {len(missed)} of {over} parcels over the limit were not held for their load", "bold")
    for one in missed:
        yield Text(f"  {_short(one.sent.parcel_id)}  {_truth_text(one.sent)}: {_excuse(one)}")
    under = len(reckoned) - over
    yield Text(
        f"Falsely flagged: {len(false)} of {under} parcels within the limit were held for a load", "bold"
    )
    for one in false:
        taken_for = load_text(one.decision.load)
        yield Text(f"  {_short(one.sent.parcel_id)}  {_truth_text(one.sent)}: taken for {taken_for}")


def letters_table(ledger: Ledger) -> Table:
    """Dead letters by reason."""
    table = _table("Dead letters", "reason", "messages", "which means")
    for reason, count in Counter(letter.reason for letter in ledger.letters).most_common():
        table.add_row(Text(reason, "magenta"), str(count), REASONS.get(reason, ""))
    return table


def outcomes_text(ledger: Ledger) -> Text:
    """How many parcels have which outcome now, and how many decisions were revised."""
    latest = [decision for parcel_id in ledger.decisions if (decision := ledger.latest(parcel_id))]
    counts = Counter(decision.outcome.value for decision in latest).most_common()
    revised = sum(decision.revision > 1 for decision in latest)
    listed = ", ".join(f"{outcome} {count}" for outcome, count in counts)
    return Text(f"Outcomes: {listed}; {revised} revised when more came")


def throughput_lines(
    accounts: Sequence[Sent], ledger: Ledger, took_s: float, patience_s: float, cpus: int
) -> Iterator[Text]:
    """Rates, each with what it was measured on."""
    judged = [scan for scan in ledger.scans if scan.findings is not None]
    if judged:
        began, ended = min(scan.arrived_at for scan in judged), max(scan.scored_at for scan in judged)
        span_s = max((ended - began).total_seconds(), 1e-3)
        waits_s = median((scan.scored_at - scan.arrived_at).total_seconds() for scan in judged)
        yield Text(
            f"Scoring: {len(judged) / span_s:.1f} scans/s ({len(judged)} scans in {span_s:.1f} s from the "
            f"first arrival to the last score, on {cpus} CPUs that simulated the scans meanwhile); "
            f"half of them were scored within {waits_s:.1f} s of their arrival"
        )
    yield Text(
        f"Altogether: {len(accounts) / took_s:.1f} parcels/s ({len(accounts)} parcels in {took_s:.1f} s from "
        f"the first sent to the last decided, with {patience_s:.0f} s of patience for what never comes)"
    )


def exhibits(found: Iterable[Reckoned], ledger: Ledger, most: int) -> list[Exhibit]:
    """The first flagged parcels that have an image to show."""
    shown: list[Exhibit] = []
    for one in found:
        flagged = ledger.flagged.get(one.decision.parcel_id)
        if flagged is None or one.fate is not Fate.LOAD or not kept_views(flagged):
            continue
        number = len(shown) + 1
        title = f"{number}. {one.decision.parcel_id}: {one.decision.outcome} for load"
        subtitle = f"{load_text(one.decision.load)}; truly {_truth_text(one.sent)}"
        shown.append(Exhibit(flagged, title, subtitle))
        if number == most:
            break
    return shown


def _middle(load: Load | None) -> tuple[str, str]:
    if load is None:
        return "?", "?"
    return f"{load.sticks.mid:,.0f}", f"{load.tobacco_g.mid:,.0f}"


def load_text(load: Load | None) -> str:
    """The estimated load in a few words."""
    if load is None:
        return "unknown"
    parts = [_estimate(load.sticks, "sticks"), _estimate(load.tobacco_g, "g tobacco")]
    return ", ".join(part for part in parts if part) or "none"


def _estimate(estimate: Estimate, unit: str) -> str:
    if estimate.mid < 0.5:
        return ""
    return f"{estimate.mid:,.0f} {unit} ({estimate.low:,.0f} to {estimate.high:,.0f})"


def _priority(one: Reckoned, ledger: Ledger) -> float:
    flagged = ledger.flagged.get(one.decision.parcel_id)
    return 0.0 if flagged is None else flagged.priority


def _truth_text(sent: Sent) -> str:
    if sent.kind is None:
        return "unknown"
    if sent.kind == "clean":
        return Truth.CLEAN
    amount = f" ({sent.sticks:,} sticks)" if sent.sticks else ""
    return f"{sent.kind}{amount}" + ("" if sent.over else ", within the limit")


def _excuse(one: Reckoned) -> str:
    """Why it was not held for its load."""
    reason = one.decision.reasons[0].text if one.decision.reasons else one.decision.outcome
    befell = "" if one.sent.mishap is Mishap.NONE else f" ({_mishap(one.sent)})"
    return f"{one.fate}: {reason}{befell}"


def _befell(accounts: Iterable[Sent]) -> str:
    counts = Counter(map(_mishap, accounts)).most_common()
    return ", ".join(f"{count} {text}" if count > 1 else text for text, count in counts)


def _mishap(sent: Sent) -> str:
    if sent.mishap is Mishap.NONE:
        return "nothing"
    return " ".join(
        filter(None, (sent.half, sent.mishap.replace("_", " "), sent.corruption and f"({sent.corruption})"))
    )


def _figure(truth: Truth, fate: Fate, count: int) -> Text:
    """Red where the model was wrong, plain where it was right or had nothing to judge."""
    wrong = (truth is Truth.OVER and fate is Fate.PASSED) or (truth is not Truth.OVER and fate is Fate.LOAD)
    return Text(str(count), "bold red" if wrong and count else "")


def _short(parcel_id: str) -> str:
    """Our own ids for scans without a barcode are long; their beginning tells them apart."""
    return parcel_id if len(parcel_id) <= 26 else parcel_id[:15] + "…"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        side: Literal["left", "right"] = "right" if column in FIGURES else "left"
        table.add_column(column, justify=side, overflow="fold", no_wrap=column in WHOLE)
    return table
