"""What `screener watch` says of one record: a line for a person, figures for a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from rich.text import Text

from screener.cli.terminal import moment
from screener.contracts import dead_letter, topics
from screener.contracts.reading import decode_internal
from screener.contracts.wire import DeadLetter, Decision, Flagged, Load, Outcome, ScannerAlarm
from screener.stream.port import Record

COLOURS = {Outcome.PASS: "green", Outcome.HOLD: "bold red"}
"""All other outcomes are gaps that a human looks at."""

GAP_COLOUR = "yellow"


@dataclass(frozen=True, slots=True)
class Sighted:
    """One record of a decision, a flag, an alarm or a dead letter, without anything personal."""

    hub: str | None
    line: Text
    figures: Mapping[str, object]


def sighted(record: Record) -> Sighted:
    """What may be said of a record of `DECISIONS`, `FLAGGED`, `ALARMS` or `REJECTED`."""
    if record.partition.topic == topics.REJECTED:
        return of_letter(dead_letter.from_record(record.headers, record.value)[0])
    if record.partition.topic == topics.ALARMS:
        return of_alarm(decode_internal(record.value or b"", ScannerAlarm))
    if record.partition.topic == topics.FLAGGED:
        return of_flag(decode_internal(record.value or b"", Flagged))
    return of_decision(decode_internal(record.value or b"", Decision))


def of_decision(decision: Decision) -> Sighted:
    colour = COLOURS.get(decision.outcome, GAP_COLOUR)
    first = decision.reasons[0].text if decision.reasons else ""
    line = _line(decision.decided_at, decision.hub, _revised(decision), Text(decision.outcome, colour))
    return Sighted(decision.hub, line.append(f"{load_text(decision.load)}  {first}"), _decided(decision))


def of_flag(flagged: Flagged) -> Sighted:
    decision = flagged.decision
    kept = sum(one.stored.address is not None for one in flagged.scans)
    line = _line(decision.decided_at, decision.hub, _revised(decision), Text("FLAGGED", "bold white on red"))
    line.append(f"priority {flagged.priority:.1f}, {kept} of {len(flagged.scans)} scan(s) kept")
    return Sighted(decision.hub, line, _flagged(flagged))


def of_letter(letter: DeadLetter) -> Sighted:
    place = dead_letter.origin(letter.topic, letter.partition, letter.offset).decode()
    line = _line(letter.rejected_at, letter.hub or "-", place, Text("rejected", "magenta"))
    figures = {
        "kind": "rejected",
        "time": letter.rejected_at,
        "hub": letter.hub,
        "stage": letter.stage,
        "reason": letter.reason,
        "detail": letter.detail,
        "origin": place,
        "key_id": letter.key_id,
    }
    return Sighted(letter.hub, line.append(f"{letter.reason}: {letter.detail}"), figures)


def of_alarm(alarm: ScannerAlarm) -> Sighted:
    state = Text("CHANGED", "bold black on yellow") if alarm.raised else Text("as it was", "green")
    line = _line(alarm.at, alarm.hub, alarm.scanner, state).append(f"{alarm.what}: {alarm.text}")
    if alarm.raised:
        line.append(f", since {moment(alarm.since)}, {alarm.scans} scans")
    return Sighted(alarm.hub, line, {"kind": "alarm", **msgspec.to_builtins(alarm)})


def load_text(load: Load | None) -> str:
    """The estimated load in a few words."""
    if load is None:
        return "load unknown"
    sticks, grams = load.sticks, load.tobacco_g
    parts = []
    if sticks.high >= 0.5:
        parts.append(f"{sticks.mid:,.0f} sticks ({sticks.low:,.0f} to {sticks.high:,.0f})")
    if grams.high >= 0.5:
        parts.append(f"{grams.mid:,.0f} g ({grams.low:,.0f} to {grams.high:,.0f})")
    return ", ".join(parts) or "no load"


def _line(time: datetime, hub: str, parcel: str, outcome: Text) -> Text:
    head = Text().append(f"{moment(time)}  ", "dim").append(f"{hub:<10}  ", "cyan").append(f"{parcel:<24}  ")
    return head.append_text(outcome).append(" " * max(2, 13 - len(outcome)))


def _revised(decision: Decision) -> str:
    return decision.parcel_id + (f" (rev {decision.revision})" if decision.revision > 1 else "")


def _decided(decision: Decision) -> dict[str, object]:
    return {
        "kind": "decision",
        "time": decision.decided_at,
        "hub": decision.hub,
        "parcel_id": decision.parcel_id,
        "revision": decision.revision,
        "outcome": decision.outcome,
        "action": decision.action,
        "load": msgspec.to_builtins(decision.load),
        "reasons": msgspec.to_builtins(decision.reasons),
        "selected": decision.selection.why,
        "policy": decision.snapshot.policy,
        "models": decision.snapshot.models,
    }


def _flagged(flagged: Flagged) -> dict[str, object]:
    scans = [
        {
            "scan_id": one.scan.scan_id,
            "view": one.scan.view,
            "image": one.stored.address,
            "gone": one.stored.gone,
        }
        for one in flagged.scans
    ]
    return _decided(flagged.decision) | {"kind": "flagged", "priority": flagged.priority, "scans": scans}
