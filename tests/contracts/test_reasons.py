"""Every reason that the code gives is registered, so that counts and documents are whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import screener
from screener.contracts.reasons import REASONS
from screener.imaging.reasons import ImageFault

PACKAGE = Path(screener.__file__).parent


def reasons_in_the_code() -> Iterator[tuple[str, str]]:
    """Of what writes dead letters: what answers people at a desk writes none."""
    at_desks = {path for part in ("lab", "review", "cli") for path in (PACKAGE / part).rglob("*.py")}
    at_desks.add(PACKAGE / "core" / "table.py")  # lists that people import
    for path in sorted(set(PACKAGE.rglob("*.py")) - at_desks):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "BadInput" and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield f"{path.relative_to(PACKAGE)}:{node.lineno}", first.value


def test_every_reason_in_the_code_is_registered() -> None:
    unknown = [f"{where}: {reason}" for where, reason in reasons_in_the_code() if reason not in REASONS]
    assert not unknown, "add these to screener/contracts/reasons.py"


def test_every_fault_of_an_image_is_registered() -> None:
    assert {fault.value for fault in ImageFault} <= REASONS.keys()


def test_reasons_are_codes_with_one_line_each() -> None:
    assert all(code.isidentifier() and code == code.lower() and len(code) <= 32 for code in REASONS)
    assert all(text.endswith(".") and "\n" not in text for text in REASONS.values())
