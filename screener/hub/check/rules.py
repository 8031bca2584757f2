"""The table of all rules, in the order in which they are told among equals."""

from __future__ import annotations

from typing import Final

from screener.hub.check import (
    rules_contract,
    rules_declared,
    rules_ids,
    rules_pictures,
    rules_pitch,
    rules_time,
)
from screener.hub.check.rule import Rule

SECTIONS: Final[tuple[tuple[str, tuple[Rule, ...]], ...]] = (
    ("The contract", rules_contract.rules()),
    ("Pictures", rules_pictures.RULES),
    ("The pitch", rules_pitch.RULES),
    ("Parcels and ids", rules_ids.RULES),
    ("Time", rules_time.RULES),
    ("What is declared", rules_declared.RULES),
)

RULES: Final[tuple[Rule, ...]] = tuple(rule for _, rules in SECTIONS for rule in rules)
