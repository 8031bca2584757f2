"""Evaluation: halves keep neighbours together, scores are kept, no scan is lost, the report stands alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from screener.contracts.wire import ClassProbabilities, Estimate
from screener.errors import BadConfig
from screener.lab import card, evaluation
from screener.lab import truth as truths
from screener.lab.evaluation import Evaluation, Scans, Scored, report, worst
from screener.lab.evaluation.groups import FAMILIES, by_amount, by_load, grouped_all, own_thresholds
from screener.lab.evaluation.halves import BLOCKS, SMALLEST_BLOCK, halves
from screener.lab.simulator import loads
from screener.lab.truth import Truth

MODEL = Path(__file__).parents[2] / "models" / "screener.onnx"


def scored(number: int, **held: object) -> Scored:
    """A scan with an alarm of `alarm`, else one that follows from its number."""
    alarm = float(held.pop("alarm", number * 37 % 100 / 100))  # type: ignore[arg-type]
    fields = {"file": f"{number}.png", "source": f"P{number:05}", "scanner": "a", **held}
    truth = msgspec.convert({"pitch_across_mm": 1.0, "pitch_along_mm": 1.0, **fields}, Truth)
    none = Estimate(low=0, mid=0, high=0)
    p = ClassProbabilities(cigarettes=alarm, loose_tobacco=0, e_cigarettes=0)
    sticks = Estimate(low=0, mid=1000 * alarm, high=2000 * alarm)
    return Scored(key=str(number), truth=truth, alarm=alarm, p=p, sticks=sticks, tobacco_g=none)


def a_set(clean: int = 60, loaded: int = 40) -> Scans:
    kinds = (("1 carton", "carton", 200), ("3 cartons", "carton", 600), ("2 cartons", "carton", 400))
    made = [scored(number, scanner="ab"[number % 2]) for number in range(clean)]
    for number in range(clean, clean + loaded):
        load, form, sticks = kinds[number % 3]
        hidden = "foil" if number % 4 == 0 else "none"
        made.append(
            scored(number, load=load, form=form, sticks=sticks, concealment=hidden, scanner="ab"[number % 2])
        )
    return Scans(tuple(made))


def done(scans: Scans) -> Evaluation:
    return Evaluation("a set", "some-model", "screener lab evaluate --scans DIR", 0.9, scans)


# --- halves ---------------------------------------------------------------------------------------


@given(numbers=st.sets(st.integers(0, 400), max_size=120))
def test_halves_keep_neighbours_together(numbers: set[int]) -> None:
    names = [f"P{number:05}.jpg" for number in sorted(numbers)]
    found = halves(names)
    assert set(found) == set(names)
    assert set(found.values()) <= {0, 1}
    parted = [found[one] != found[other] for one, other in pairwise(names)]
    assert sum(parted) <= BLOCKS
    size = max(SMALLEST_BLOCK, -(-len(names) // BLOCKS))
    assert abs(2 * sum(found.values()) - len(names)) <= 3 * size * BLOCKS / 2


def test_a_block_ends_where_numbers_are_not_consecutive() -> None:
    runs = [range(0, 7), range(20, 26), range(40, 47)]
    found = halves(f"P{number}.jpg" for run in runs for number in run)
    assert [{found[f"P{number}.jpg"] for number in run} for run in runs] == [{0}, {1}, {0}]


def test_names_are_sorted_by_their_numbers() -> None:
    found = halves(f"{number}.jpg" for number in range(100))
    assert len({found[f"{number}.jpg"] for number in range(5)}) == 1


# --- groups and own thresholds --------------------------------------------------------------------


def test_every_loaded_scan_is_in_one_group_of_each_way() -> None:
    scans = a_set()
    for way, groups in grouped_all(scans).items():
        expected = len(scans.loaded if way == "concealment" else scans.plain)
        assert sum(len(some) for some in groups.values()) == expected, way
    assert list(by_load(scans)) == ["clean", "1 carton", "2 cartons", "3 cartons"]
    assert list(by_amount(scans)) == ["200 to 399 sticks", "400 to 599 sticks", "600 to 999 sticks"]


def test_no_threshold_is_measured_on_scans_that_it_was_set_on() -> None:
    scans = a_set()
    own = own_thresholds(scans, 0.0)
    for one in scans.each:
        raised = msgspec.structs.replace(one, alarm=1.0)
        others = Scans(tuple(raised if other is one else other for other in scans.each))
        place = (one.truth.scanner, own.halves[one.source])
        assert own_thresholds(others, 0.0).cuts[place] == own.cuts[place]


def test_every_form_of_the_simulated_set_is_known() -> None:
    cases = evaluation.simulated(200)
    assert sum(case.load == "clean" for case in cases) == 100
    assert len({case.seed for case in cases}) == 200
    rng = np.random.default_rng(0)
    assert {loads.load(case.load, rng).form for case in cases} == {*FAMILIES, "clean"}


# --- figures --------------------------------------------------------------------------------------


def test_sections_say_what_a_set_can_show() -> None:
    found = {one.key: one for one in evaluation.sections(done(a_set()))}
    assert {"certainty", "false alarms", "thresholds", "sticks", "limit", "calibration"} <= set(found)
    assert {f"recall by {way}" for way in ("load", "amount", "concealment", "scanner")} <= set(found)
    assert any("below 4.9% cannot be shown" in note for note in found["certainty"].notes)
    assert any("Mix: clean 60" in note for note in found["limit"].notes)
    assert [row["holds"] for row in found["limit"].rows][-2:] == ["exactly 2 cartons", "exactly 3 cartons"]
    for one in found.values():
        assert all(set(row) == set(one.rows[0]) for row in one.rows), one.key


@pytest.mark.parametrize("scans", [a_set(loaded=0), a_set(clean=0), a_set(1, 1), a_set(0, 1)])
def test_a_set_with_only_one_kind_or_hardly_a_scan_is_reported_too(scans: Scans) -> None:
    assert "nan" not in report.page(done(scans), [], [])


def test_worst_scans_come_from_different_sources_and_loads() -> None:
    scans = a_set()
    missed = worst.misses(scans, 0.9, count=6)
    assert len({one.source for one in missed}) == len(missed) == 6
    assert {one.truth.load for one in missed[:3]} == {"1 carton", "2 cartons", "3 cartons"}
    wrong = worst.false_alarms(scans, 0.5, count=4)
    assert all(one.truth.clean and one.alarm >= 0.5 for one in wrong)
    assert {one.truth.scanner for one in wrong[:2]} == {"a", "b"}


# --- the page -------------------------------------------------------------------------------------

VOID = {"meta", "img", "polyline", "circle", "rect", "path"}


class Balanced(HTMLParser):
    """Fails on a tag that does not close, and gathers addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]
        if tag not in VOID:
            self.opened.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def test_the_page_stands_alone_and_is_the_same_again() -> None:
    named = msgspec.structs.replace(a_set().each[0].truth, scanner="<b>&")
    scans = Scans((msgspec.structs.replace(a_set().each[0], truth=named), *a_set().each[1:]))
    shown = [worst.Shown(b"jpeg", scans.each[0])]
    page = report.page(done(scans), shown, [])
    parser = Balanced()
    parser.feed(page)
    assert parser.opened == []
    assert all(address.startswith("data:") for address in parser.addresses)
    assert "<b>&" not in page
    assert "nan" not in page
    assert page == report.page(done(scans), shown, [])


# --- the whole, with the shipped model ------------------------------------------------------------


def write_scans(folder: Path) -> None:
    """Two scanners: blobs on an empty belt, every third scan with a load by its truth."""
    lines = []
    for number in range(20):
        rng = np.random.default_rng(number)
        noise = cv2.resize(rng.uniform(0.3, 1.0, (9, 12, 3)).astype(np.float32), (96, 72))
        (folder / "scans").mkdir(parents=True, exist_ok=True)
        name = f"scans/{number:03}.png"
        assert cv2.imwrite(str(folder / name), np.rint(noise * 255).astype(np.uint8))
        load = {"load": "3 cartons", "form": "carton", "sticks": 600} if number % 3 == 0 else {}
        known = {"file": name, "source": str(number // 2), "scanner": "ab"[number % 2], **load}
        lines.append(msgspec.convert({**known, "pitch_across_mm": 1.5, "pitch_along_mm": 1.5}, Truth))
    truths.write(folder, lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("set")
    write_scans(made)
    return made


def test_a_run_that_was_cut_goes_on_where_it_stood(folder: Path, tmp_path: Path) -> None:
    cases = evaluation.folder_cases(folder, evaluation.Pitches())
    kept = tmp_path / "scores.jsonl"
    whole = list(evaluation.score(cases, MODEL, kept=kept))
    lines = kept.read_bytes().splitlines(keepends=True)
    assert len(lines) == len(whole) == 20
    kept.write_bytes(b"".join(lines[:12]) + lines[12][:40])
    assert list(evaluation.score(cases, MODEL, kept=kept)) == whole
    assert kept.read_bytes().splitlines(keepends=True) == lines
    assert list(evaluation.score(cases, MODEL, kept=kept)) == whole


def test_many_processes_say_what_one_says(folder: Path) -> None:
    cases = evaluation.folder_cases(folder, evaluation.Pitches())[:4]
    alone = list(evaluation.score(cases, MODEL))
    assert list(evaluation.score(cases, MODEL, workers=2)) == alone


def test_another_pitch_is_scored_anew(folder: Path) -> None:
    one, *_ = evaluation.folder_cases(folder, evaluation.Pitches())
    wider = msgspec.structs.replace(one.known, pitch_along_mm=1.6)
    assert evaluation.FileCase(one.path, wider, one.energy).key != one.key


def test_folders_without_truth_are_clean_scanners(folder: Path, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        for number in range(2):
            scan = (folder / "scans" / f"{number:03}.png").read_bytes()
            (tmp_path / name / f"{number}.png").write_bytes(scan)
    cases = evaluation.folder_cases(tmp_path, evaluation.Pitches(0.9, {"second": 1.5}))
    assert [(case.known.scanner, case.known.pitch_along_mm) for case in cases] == [
        *[("first", 0.9)] * 2,
        *[("second", 1.5)] * 2,
    ]
    assert all(case.known.clean for case in cases)


def test_what_is_missing_or_broken_is_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="expected scans"):
        evaluation.folder_cases(tmp_path, evaluation.Pitches())
    (tmp_path / "broken.png").write_bytes(b"no image")
    broken = evaluation.folder_cases(tmp_path, evaluation.Pitches())
    with pytest.raises(BadConfig, match="none of 1 scans could be scored"):
        evaluation.evaluate(MODEL, broken, "broken", "")
    good = evaluation.folder_cases(folder, evaluation.Pitches())[:2]
    some = evaluation.evaluate(MODEL, [*good, *broken], "some", "")
    assert [one.file for one in some.unscored] == ["broken.png"]
    assert "1 scans could not be scored" in report.page(some, [], [])
    truths.write(tmp_path, [good[0].known])
    with pytest.raises(BadConfig, match=r"truth.jsonl: file"):
        evaluation.folder_cases(tmp_path, evaluation.Pitches())


def test_figures_go_into_the_card_once(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "screener.onnx"
    model.write_bytes(MODEL.read_bytes())
    card.write(model, {**card.read(MODEL), "figures": []})
    cases = evaluation.folder_cases(folder, evaluation.Pitches())
    measured = evaluation.evaluate(model, cases, "blobs", "screener lab evaluate --scans DIR")
    evaluation.record(model, measured)
    once = card.read(model)
    evaluation.record(model, measured)
    assert card.read(model) == once
    assert {figures["of"] for figures in once["figures"]} == {"blobs"}
    page = (tmp_path / "README.md").read_text("utf-8")
    assert "**blobs: recall by load" in page
    evaluation.record(model, replace(measured, name="others"))
    assert {figures["of"] for figures in card.read(model)["figures"]} == {"blobs", "others"}
