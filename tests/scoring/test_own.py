"""Each scanner is judged by its own model, and a bad file of one changes nothing for anybody."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from screener.core import scanners
from screener.core.scanners import OwnModel, Scanner
from screener.errors import BadConfig
from screener.scoring.model import Model
from screener.scoring.own import TRIED_AGAIN_S, Models
from tests.scoring import tiny_model

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class Hall:
    """A folder of scanners, a clock that is set by hand, and what was refused."""

    folder: Path
    now_s: float = 0.0
    refused: list[BadConfig] = field(default_factory=list)
    stamps: Iterator[int] = field(default_factory=lambda: count(10**9, 10**9))

    def models(self, most: int = 8) -> Models:
        (self.folder / "shared").mkdir(exist_ok=True)
        shared = Model.load(tiny_model.write(self.folder / "shared", name="shared"))
        return Models(
            lambda: shared,
            self.folder,
            most=most,
            clock=lambda: self.now_s,
            refused=self.refused.append,
        )

    def commission(self, scanner: str, name: str, threshold: float | None = None, **card: object) -> Path:
        """A model of its own and, last, the file that puts it into service."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        model = tiny_model.write(home, name=name, scale=0.5, card=card)
        sha256 = hashlib.sha256(model.read_bytes()).hexdigest()
        own = OwnModel(file=f"{name}/tiny.onnx", sha256=sha256, threshold=threshold)
        return self.write(Scanner(hub="h1", scanner=scanner, commissioned_at=AT, model=own))

    def write(self, scanner: Scanner, content: bytes | None = None) -> Path:
        path = self.folder / scanners.file_name(scanner.hub, scanner.scanner)
        path.write_bytes(scanners.encode(scanner) if content is None else content)
        stamp = next(self.stamps)
        os.utime(path, ns=(stamp, stamp))
        return path

    def later(self) -> None:
        self.now_s += 5.0


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    return Hall(tmp_path)


def test_each_scanner_has_its_own_and_all_others_the_shared(hall: Hall) -> None:
    hall.commission("x1", "model-1")
    hall.commission("x2", "model-2", threshold=0.125)
    models = hall.models()
    assert [models.of("h1", scanner).id for scanner in ("x1", "x2", "x3")] == ["model-1", "model-2", "shared"]
    assert [models.of("h1", scanner).threshold for scanner in ("x1", "x2")] == [0.5, 0.125]
    assert models.of("h2", "x1").id == "shared"
    assert hall.refused == []


def test_a_scanner_that_is_commissioned_while_we_run_is_judged_by_its_own_soon(hall: Hall) -> None:
    models = hall.models()
    hall.commission("x1", "model-1")
    assert models.of("h1", "x1").id == "shared"
    hall.later()
    assert models.of("h1", "x1").id == "model-1"
    (hall.folder / "h1.x1.toml").unlink()
    hall.later()
    assert models.of("h1", "x1").id == "shared"


def spoilt_card(hall: Hall) -> None:
    hall.commission("x1", "model-2", pitch_mm=2.0)


def spoilt_sha256(hall: Hall) -> None:
    hall.commission("x1", "model-2")
    tiny_model.write(hall.folder / "model-2", name="model-3", scale=0.25)


def spoilt_file(hall: Hall) -> None:
    bad = Scanner(hub="h1", scanner="x1", commissioned_at=AT)
    hall.write(bad, scanners.encode(bad) + b"treshold = 0.5\n")


def second_file(hall: Hall) -> None:
    path = hall.commission("x2", "model-2")
    path.write_bytes(path.read_bytes().replace(b'"x2"', b'"x1"'))


SPOILT = (spoilt_card, spoilt_sha256, spoilt_file, second_file)


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_bad_file_is_refused_once_and_what_served_goes_on(
    hall: Hall, spoil: Callable[[Hall], None]
) -> None:
    hall.commission("x1", "model-1")
    models = hall.models()
    spoil(hall)
    for _ in range(3):
        hall.later()
        assert models.of("h1", "x1").id == "model-1"
    assert len(hall.refused) == 1


@pytest.mark.parametrize("spoil", SPOILT[:3])
def test_a_file_that_was_never_good_leaves_its_scanner_to_the_shared_model(
    hall: Hall, spoil: Callable[[Hall], None]
) -> None:
    spoil(hall)
    assert hall.models().of("h1", "x1").id == "shared"
    assert len(hall.refused) == 1


def test_no_more_models_are_in_memory_than_allowed(hall: Hall) -> None:
    for number in range(5):
        hall.commission(f"x{number}", f"model-{number}")
    models = hall.models(most=2)
    for number in (0, 1, 2, 3, 4, 3, 4, 0):
        assert models.of("h1", f"x{number}").id == f"model-{number}"
        assert models.in_memory <= 2


def test_a_model_that_was_put_out_and_went_bad_is_the_shared_ones_until_it_is_mended(hall: Hall) -> None:
    hall.commission("x1", "model-1")
    hall.commission("x2", "model-2")
    models = hall.models(most=1)
    lost = hall.folder / "model-1" / "tiny.onnx"
    content = lost.read_bytes()
    lost.unlink()
    for _ in range(3):
        assert models.of("h1", "x1").id == "shared"
    assert len(hall.refused) == 1
    lost.write_bytes(content)
    hall.now_s += TRIED_AGAIN_S
    assert models.of("h1", "x1").id == "model-1"


def test_scanners_may_share_a_model_with_a_threshold_each(hall: Hall) -> None:
    hall.commission("x1", "model-1", threshold=0.25)
    hall.commission("x2", "model-1", threshold=0.75)
    models = hall.models()
    assert [models.of("h1", one).threshold for one in ("x1", "x2")] == [0.25, 0.75]
    assert models.in_memory == 1
