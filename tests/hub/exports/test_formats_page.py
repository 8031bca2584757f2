"""The page of formats, held to what is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from screener.contracts.wire import Content, Money
from screener.hub.exports import postal
from screener.hub.exports.postal import Declared, Desk, Format, declared
from screener.hub.exports.resolution import USUAL_DPI
from screener.hub.exports.sidecar import RawLayout, Sidecar, sidecar_from_json, sidecars_from_csv
from screener.imaging.decode import CONTENT_TYPES
from screener.imaging.dicos.file import NOT_READ, SYNTAXES

PAGE = Path("docs/formats.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+) (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DESK = Desk(hub="h1", courier="post", received_at=datetime(2026, 11, 2, tzinfo=UTC))


def examples(kind: str) -> Iterator[tuple[str, bytes]]:
    """The examples of a kind, each with its format."""
    found = [(form, text.encode()) for form, name, text in FENCE.findall(PAGE) if name == kind]
    assert found
    yield from found


def test_the_sidecars_of_the_page_are_read() -> None:
    plain, raw = (sidecar_from_json(text) for _, text in examples("sidecar"))
    assert all(
        getattr(plain, name) is not None for name in Sidecar.__struct_fields__ if name not in ("file", "raw")
    )
    assert raw.raw is not None
    assert raw.raw.open_air == 60000
    [(_, table)] = examples("sidecars")
    rows = list(sidecars_from_csv(table))
    assert all(isinstance(row, Sidecar) for row in rows)
    first = cast("Sidecar", rows[0])
    assert (first.parcel_id, first.pitch_mm, first.time) == (plain.parcel_id, plain.pitch_mm, plain.time)


def test_the_declarations_of_the_page_are_one_manifest() -> None:
    found = {form: list(declared(text, cast("Format", form), DESK)) for form, text in examples("postal")}
    assert set(found) == {"xml", "json", "csv"}
    made = [one for several in found.values() for one in several]
    assert all(isinstance(one, Declared) and one.doubts == () for one in made)
    manifests = [one.manifest for one in made if isinstance(one, Declared)]
    assert len(made) == 3
    assert manifests[0] == manifests[1] == manifests[2]
    tea = Content(text="tea", hs_code="090210", quantity=2, value=Money(amount=12.5, currency="USD"))
    assert manifests[0].contents == (tea, Content(text="socks"))
    assert [len(one.unmapped) for one in made if isinstance(one, Declared)] == [2, 2, 2]


@pytest.mark.parametrize(
    "names",
    [
        *(postal.ITEM_ID, postal.SENDER, postal.ADDRESSEE, postal.NAMES, postal.PHONES, postal.COUNTRY),
        *(postal.STATE, postal.STREET, postal.TOWN, postal.PIECES, postal.PIECE, postal.DESCRIPTION),
        *(
            postal.HS_CODE,
            postal.QUANTITY,
            postal.VALUE,
            postal.CURRENCY,
            postal.GROSS,
            postal.UNIT,
            postal.DATE,
        ),
    ],
)
def test_every_name_that_is_known_stands_on_the_page(names: tuple[str, ...]) -> None:
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_every_field_of_a_sidecar_and_every_content_type_stands_on_the_page() -> None:
    fields = [name for name in Sidecar.__struct_fields__ if name != "pitch_mm"]
    named = [*fields, *RawLayout.__struct_fields__, *set(CONTENT_TYPES.values())]
    assert [name for name in named if f"`{name}`" not in PAGE] == []


def test_every_codec_and_every_resolution_that_is_no_hint_stands_on_the_page() -> None:
    words = PAGE.lower()
    for name in (*(syntax.name for syntax in SYNTAXES.values()), *NOT_READ.values()):
        assert re.split(r"[ ,]", name.lower())[0] in words
    assert all(f"{dpi:.0f}" in PAGE for dpi in USUAL_DPI)
