from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.contracts.wire import Energy, PitchMm
from screener.errors import BadInput
from screener.hub.exports.export import Export
from screener.hub.exports.settle import settled
from screener.hub.exports.sidecar import (
    RawLayout,
    Sidecar,
    sidecar_from_json,
    sidecar_from_row,
    sidecars_from_csv,
)

FULL = Sidecar(
    file="P1_1.png",
    parcel_id="P1",
    scan_id="S1",
    view=1,
    views=2,
    scanner="line-3",
    pitch_mm=PitchMm(across=0.8, along=1.2),
    energy=Energy.DUAL,
    time=datetime(2026, 11, 1, tzinfo=UTC),
    raw=RawLayout(rows=10, cols=20, dtype="uint16", open_air=4095),
)
MAYBE_PITCH = st.one_of(st.none(), st.floats(0.1, 5).map(lambda mm: PitchMm(across=mm, along=mm)))
SIDECARS = st.builds(
    Sidecar,
    parcel_id=st.sampled_from([None, "P1", "P2"]),
    view=st.sampled_from([None, 1, 2]),
    pitch_mm=MAYBE_PITCH,
    energy=st.sampled_from([None, *Energy]),
)


def flat(sidecar: Sidecar) -> dict[str, str]:
    """The sidecar as the cells of a row."""
    cells: dict[str, str] = {}
    for name, value in msgspec.to_builtins(sidecar).items():
        if isinstance(value, dict):
            cells |= {f"{name}.{inner}": str(one) for inner, one in value.items() if one is not None}
        elif value is not None:
            cells[name] = str(value)
    return cells


def test_json_and_a_row_of_the_same_names_say_the_same() -> None:
    assert sidecar_from_json(msgspec.json.encode(FULL)) == FULL
    assert sidecar_from_row(flat(FULL)) == FULL


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_table_is_read_row_by_row_and_a_bad_row_costs_itself_alone(delimiter: str) -> None:
    cells = flat(FULL)
    rows = [list(cells), list(cells.values()), ["x", "not an id!"], [], ["y.png", "P2"]]
    text = "﻿" + "\r\n".join(delimiter.join(row) for row in rows)
    first, second, third = sidecars_from_csv(text.encode())
    assert first == FULL
    assert isinstance(second, BadInput)
    assert second.detail.startswith("row 3: $.parcel_id")
    assert third == Sidecar(file="y.png", parcel_id="P2")


def test_columns_of_other_names_are_ignored() -> None:
    assert sidecar_from_row({"operator": "7", "notes.more": "x", "parcel_id": "P1"}) == Sidecar(
        parcel_id="P1"
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"view": "1"}, "schema"),
        ({"view": 3, "views": 2}, "schema"),
        ({"pitch_mm": {"across": 1.0}}, "schema"),
        ({"pitch_mm": {"across": 0.0, "along": 1.0}}, "schema"),
        ({"time": "2026-11-01T00:00:00"}, "schema"),
        ({"time": "1999-01-01T00:00:00Z"}, "time_range"),
        ({"parcel_id": "unread.1"}, "parcel_id_reserved"),
        ({"file": "../../etc/passwd"}, "schema"),
        ({"raw": {"rows": 1, "cols": 1, "dtype": "float32"}}, "schema"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadInput) as error:
        sidecar_from_json(msgspec.json.encode(fields))
    assert error.value.reason == reason
    assert error.value.detail.startswith(f"$.{next(iter(fields))}")


@pytest.mark.parametrize("text", [b"", b"a,a\n1,2", b"a\n1,2", b'a\n"x', b"\xff\xfe", b"a," * 300])
def test_what_is_no_table_is_refused(text: bytes) -> None:
    with pytest.raises(BadInput):
        list(sidecars_from_csv(text))


def test_a_byte_order_mark_alone_is_a_table_without_rows() -> None:
    assert list(sidecars_from_csv(b"\xef\xbb\xbf")) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(value: bytes) -> None:
    try:
        for one in sidecars_from_csv(value):
            assert isinstance(one, Sidecar | BadInput)
    except BadInput:
        pass


@given(SIDECARS, SIDECARS, SIDECARS, SIDECARS)
def test_the_first_that_speaks_is_believed(
    beside: Sidecar, says: Sidecar, usual: Sidecar, hints: Sidecar
) -> None:
    found = settled(beside, Export(b"", "image/png", says, hints), usual).facts
    for name in ("parcel_id", "view", "pitch_mm", "energy"):
        spoken = [value for one in (beside, says, usual, hints) if (value := getattr(one, name)) is not None]
        assert getattr(found, name) == (spoken[0] if spoken else None)


@given(SIDECARS, SIDECARS)
def test_sources_that_agree_raise_no_doubt(one: Sidecar, hints: Sidecar) -> None:
    assert settled(one, Export(b"", "image/png", one, hints), one).doubts == ()


def test_a_disagreement_is_named_with_both_sides() -> None:
    says = Sidecar(parcel_id="P2", pitch_mm=PitchMm(across=1.6, along=1.2), energy=Energy.DUAL)
    doubts = settled(FULL, Export(b"", "application/dicos", says, Sidecar()), Sidecar()).doubts
    assert doubts == (
        "parcel_id: the sidecar says P1, the file says P2",
        "pitch_mm: the sidecar says 0.8 x 1.2 mm, the file says 1.6 x 1.2 mm",
    )
