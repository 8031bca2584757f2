"""The real way of a scan, decoder and all: each is judged by the model of its scanner, and has a glance."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from screener.config import ImageLimits
from screener.contracts.wire import Energy, Findings
from screener.errors import BadInput
from screener.imaging.picture import Request
from screener.imaging.sandbox import Sandbox
from screener.stages.scorer import Asked, Scorer
from tests.scoring.test_own import Hall


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(ImageLimits()) as sandbox:
        yield sandbox


def image(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".png", pixels)[1])


def asked(scanner: str, number: int) -> Asked:
    return Asked("h1", scanner, Request(image(number), "image/png", 1.0, 1.0, Energy.DUAL))


def judged_by(scorer: Scorer, all_asked: list[Asked]) -> list[str | None]:
    verdicts = [one.verdict for one in scorer.judge(all_asked)]
    return [one.model if isinstance(one, Findings) else None for one in verdicts]


def test_scans_of_two_scanners_in_one_batch_are_each_judged_by_their_own(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    hall = Hall(tmp_path)
    hall.commission("x1", "model-1")
    hall.commission("x2", "model-2", threshold=0.125)
    scorer = Scorer(sandbox, hall.models().of, micro_batch=4)
    scanners = ["x1", "x2", "x2", "other", "x1", "x1", "x2", "other", "x1"]
    answers = list(scorer.judge(asked(scanner, number) for number, scanner in enumerate(scanners)))
    names = {"x1": ("model-1", 0.5), "x2": ("model-2", 0.125), "other": ("shared", 0.5)}
    got = [(one.verdict.model, one.verdict.threshold) for one in answers if isinstance(one.verdict, Findings)]
    assert got == [names[scanner] for scanner in scanners]
    assert all(one.glance is not None and one.size_px == (90, 120) for one in answers)


def test_what_cannot_be_read_keeps_its_place_and_has_no_glance(tmp_path: Path, sandbox: Sandbox) -> None:
    scorer = Scorer(sandbox, Hall(tmp_path).models().of, micro_batch=2)
    broken = Asked("h1", "x1", Request(b"\x89PNG no", "image/png", 1.0, 1.0, Energy.DUAL))
    refused = Asked("h1", "x1", BadInput("image_mismatch", "said the test"))
    answers = list(scorer.judge([asked("x1", 1), broken, asked("x1", 2), refused, asked("x1", 3)]))
    assert [isinstance(one.verdict, BadInput) for one in answers] == [False, True, False, True, False]
    assert [one.glance is None for one in answers] == [False, True, False, True, False]


def test_a_model_is_replaced_under_load_and_no_scan_is_lost(tmp_path: Path, sandbox: Sandbox) -> None:
    hall = Hall(tmp_path)
    hall.commission("x1", "model-1")
    scorer = Scorer(sandbox, hall.models().of, micro_batch=4)

    def scans() -> Iterator[Asked]:
        for number in range(40):
            if number == 15:
                hall.commission("x1", "model-2")
                hall.later()
            if number == 28:
                path = hall.commission("x1", "model-3")
                path.write_bytes(b"hub = ")
                hall.later()
            yield asked("x1" if number % 3 else "other", number)

    verdicts = [one.verdict for one in scorer.judge(scans())]
    models = [one.model for one in verdicts if isinstance(one, Findings)]
    own = [model for number, model in enumerate(models) if number % 3]
    assert len(models) == 40
    assert {model for number, model in enumerate(models) if number % 3 == 0} == {"shared"}
    assert own == sorted(own)
    assert set(own) == {"model-1", "model-2"}
    assert len(hall.refused) == 1
