"""What the fuzzer once found, and sound inputs: parsed, or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fuzz.parsers import PARSERS

CORPUS = Path(__file__).parent / "corpus"


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_seeds_are_parsed_and_what_was_found_is_refused_by_name(name: str) -> None:
    parser = PARSERS[name]
    found = [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]
    for data in (*parser.seeds(), *found):
        parser.parse(data)
        for cut in (0, len(data) // 2, len(data) - 1):
            parser.parse(data[:cut])


def test_what_is_kept_is_of_a_parser() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(PARSERS) if CORPUS.exists() else True
