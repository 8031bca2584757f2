from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from screener.errors import BadConfig
from screener.scoring.reloader import Reloader
from tests.scoring import tiny_model


@dataclass
class World:
    """A clock that is set by hand, and what was refused."""

    now_s: float = 0.0
    refused: list[BadConfig] = field(default_factory=list)

    def reloader(self, path: Path) -> Reloader:
        return Reloader(path, every_s=5.0, clock=lambda: self.now_s, refused=self.refused.append)


def replace(path: Path, write: Callable[[], object]) -> None:
    """Write anew, and make sure that the files' times differ however coarse they are."""
    before = path.stat().st_mtime_ns
    write()
    for file in (path, path.with_suffix(".json")):
        os.utime(file, ns=(before + 10**9, before + 10**9))


def test_a_new_model_serves_after_a_few_seconds_and_not_before(tmp_path: Path) -> None:
    world, path = World(), tiny_model.write(tmp_path, name="tiny-1")
    reloader = world.reloader(path)
    replace(path, lambda: tiny_model.write(tmp_path, name="tiny-2", scale=0.5))
    assert reloader.current().id == "tiny-1"
    world.now_s = 5.0
    assert reloader.current().id == "tiny-2"
    assert world.refused == []


def test_nothing_new_loads_nothing(tmp_path: Path) -> None:
    world = World()
    reloader = world.reloader(tiny_model.write(tmp_path))
    first = reloader.current()
    world.now_s = 100.0
    assert reloader.current() is first


@pytest.mark.parametrize("fault", ["cut", "card", "pitch", "gone"])
def test_a_bad_new_model_is_reported_once_and_the_old_one_serves_on(tmp_path: Path, fault: str) -> None:
    world, path = World(), tiny_model.write(tmp_path)
    reloader = world.reloader(path)

    def spoil() -> None:
        if fault == "cut":
            path.write_bytes(path.read_bytes()[:-100])
        elif fault == "card":
            tiny_model.write_card(path, {"sha256": "0" * 64})
        elif fault == "pitch":
            tiny_model.write(tmp_path, edit=pitch_2, card={"pitch_mm": 2.0})

    if fault == "gone":
        path.unlink()
    else:
        replace(path, spoil)
    with structlog.testing.capture_logs() as logs:
        for world.now_s in (5.0, 10.0, 15.0):
            assert reloader.current().id == "tiny-1"
    assert len(world.refused) == 1
    assert [log["event"] for log in logs] == ["model_refused"]


def pitch_2(proto: object) -> None:
    proto.metadata_props[1].value = "2"  # type: ignore[attr-defined]


def test_a_bad_model_that_is_mended_serves(tmp_path: Path) -> None:
    world, path = World(), tiny_model.write(tmp_path)
    reloader = world.reloader(path)
    replace(path, lambda: tiny_model.write_card(path, {"sha256": "0" * 64}))
    world.now_s = 5.0
    reloader.current()
    replace(path, lambda: tiny_model.write(tmp_path, name="tiny-2"))
    world.now_s = 10.0
    assert reloader.current().id == "tiny-2"


def test_without_a_first_model_there_is_nothing_to_serve(tmp_path: Path) -> None:
    with pytest.raises(BadConfig):
        Reloader(tmp_path / "none.onnx")
