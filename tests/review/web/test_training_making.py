"""`screener review tip make`: loads laid over scans that people have cleared, and nobody's people."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Row, select

from screener.contracts.wire import Flagged
from screener.review import database
from screener.review.fiction import library
from screener.review.fiction.tables import fiction
from screener.review.parcels import flagged_of
from screener.review.rights import Role
from screener.review.schema import parcel
from screener.review.service import Service
from screener.sealing import folder as keys
from screener.sealing.parties import party_aad, unseal_party
from screener.sealing.ring import KeyRing
from tests.cli.shell import SETTINGS, Shell
from tests.review.web.conftest import NOON, Enter
from tests.review.web.simulated import PEOPLE, Made
from tests.scoring import tiny_model

EDGE_PX = 40
"""So far beyond its frame a load may be seen: its edge is as soft as the scanner draws edges."""

SOURCE = "P-0003"
"""A parcel that is released as one whose alert was wrong."""


@dataclass(frozen=True)
class Bench:
    """The command line beside a workstation where one parcel was cleared."""

    shell: Shell
    service: Service
    ring: KeyRing

    def make(self, *options: str) -> str:
        """What the command says to people."""
        result = self.shell.run("review", "tip", "make", *options)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stderr

    def made(self) -> list[Row[Any]]:
        with database.reading(self.service.engine) as connection:
            return list(connection.execute(select(fiction).order_by(fiction.c.id)))

    def source(self) -> Flagged:
        """The newest message of the parcel that was cleared."""
        with database.reading(self.service.engine) as connection:
            item = connection.execute(select(parcel.c.id).where(parcel.c.parcel_id == SOURCE)).scalar_one()
            return flagged_of(connection, item)

    def brightness(self, flagged: Flagged, view: int) -> NDArray[np.float64]:
        """The picture of a view, 0 black to 1 white, [rows, columns]."""
        content = self.service.store.get(flagged.scans[view].stored.address or "")
        found = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert found is not None
        return np.asarray(found / np.iinfo(found.dtype).max).mean(axis=-1)


@pytest.fixture
def service(filled: Service) -> Service:
    return filled


@pytest.fixture
def bench(service: Service, made: Made, enter: Enter, tmp_path: Path) -> Bench:
    keys.new(tmp_path / "keys", NOON.date())
    model = tiny_model.write(tmp_path)
    settings = SETTINGS.replace("{folder}/no-model.onnx", str(model))
    settings = settings.replace("{folder}/evidence", str(made.evidence))
    settings += f'[review]\ndatabase = "{service.settings.database}"\n'
    li = enter(Role.INVESTIGATOR)
    with database.reading(service.engine) as connection:
        row = connection.execute(select(parcel).where(parcel.c.parcel_id == SOURCE)).one()
    said = {"kind": "release", "quality": "wrong", "version": str(row.version)}
    assert li.post(f"/parcels/{row.id}/act", data=said).status_code == 303
    return Bench(Shell.at(tmp_path, settings), service, KeyRing.load(tmp_path / "keys", {}))


def test_a_load_is_laid_over_a_cleared_scan_and_the_scan_as_it_is_kept_beside_it(bench: Bench) -> None:
    said = bench.make("--count", "2", "--loads", "5 cartons")
    assert "2 parcels for training made of the scans of 1 that were cleared" in said
    clean, loaded = bench.made()
    assert (clean.kind, loaded.kind, loaded.load, loaded.sticks) == (
        library.NONE,
        "cigarettes",
        "5 cartons",
        1000,
    )
    before, as_it_was, after = bench.source(), library.message_of(clean), library.message_of(loaded)
    assert [one.stored for one in as_it_was.scans] == [one.stored for one in before.scans]
    for view, box in enumerate(library.truth_of(loaded).boxes):
        assert box is not None
        darker = bench.brightness(before, view) - bench.brightness(after, view)
        inside = np.zeros(darker.shape, bool)
        left, top, width, height = (
            round(share * side) for share, side in zip(box, 2 * darker.shape[::-1], strict=True)
        )
        inside[
            max(top - EDGE_PX, 0) : top + height + EDGE_PX, max(left - EDGE_PX, 0) : left + width + EDGE_PX
        ] = True
        assert darker[inside].mean() > 0.05
        assert (np.abs(darker[~inside]) > 0.05).mean() < 0.0005
        assert after.scans[view].scan.image.sha256 == after.scans[view].stored.sha256
    assert {one.scan.findings.model for one in after.scans if one.scan.findings} == {"tiny-1"}


def test_its_people_are_nobodys(bench: Bench) -> None:
    bench.make("--count", "2", "--loads", "5 cartons")
    known = {text for one in PEOPLE for text in one}
    for row in bench.made():
        manifest = library.message_of(row).manifest
        assert manifest is not None
        for role in ("consignor", "consignee"):
            party = unseal_party(getattr(manifest, role), bench.ring, party_aad(manifest.parcel_id, role))
            assert party.name and party.phone and not {party.name, party.phone, party.address} & known


def test_none_is_made_twice_nor_of_what_may_be_released(bench: Bench) -> None:
    bench.make("--count", "1", "--loads", "5 cartons", "--clean", "0")
    again = bench.make("--count", "1", "--loads", "5 cartons", "--clean", "0")
    legal = bench.make("--count", "1", "--loads", "1 carton", "--clean", "0")
    assert "0 parcels for training made" in again and "0 parcels for training made" in legal
    assert "left out" in legal and "within the limit" in legal
    assert bench.shell.ok("review", "tip", "show") == "ready: 1 with a load, 0 without; answered: 0\n"
    assert bench.shell.ok("review", "tip", "end") == "1 parcels for training put away\n"
    assert bench.shell.ok("review", "tip", "show").startswith("ready: 0 with a load, 0 without")
    assert not (bench.shell.folder / "log.db").exists()
