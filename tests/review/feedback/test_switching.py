"""An offered model is compared with what decided, and put to work whole, by a second person."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from screener.core import scanners
from screener.core.scanners import Scanner
from screener.errors import BadConfig
from screener.review import database
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.feedback import comparing, examples, figures, offers, switching, task, tried
from screener.review.feedback.figures import Figures
from screener.review.feedback.offers import Offer
from screener.review.feedback.tables import model_switch
from screener.review.schema import action
from screener.scoring import placing
from tests.review.feedback.hall import EAST, OTHERS, Cut, Hall, cut
from tests.review.stations import HOME, NOW


def figures_of(hall: Hall, number: int) -> Figures:
    with database.reading(hall.engine) as connection:
        return figures.figures(connection, number)


def offer_of(hall: Hall, number: int, who: str = "bob") -> Offer:
    with database.reading(hall.engine) as connection:
        return offers.find(connection, hall.people[who], HOME, number)


def switched(hall: Hall, number: int, who: str = "bob") -> int:
    return switching.switch(hall.service, hall.people[who], number, offer_of(hall, number).sha256)


def test_both_models_are_counted_on_what_people_said(hall: Hall) -> None:
    hall.month()
    hall.arrives("found", 0.8, at=NOW - timedelta(days=40))
    number = hall.compared()
    said = figures_of(hall, number)
    assert offer_of(hall, number).state == "ready"
    assert (said.parcels, said.unknown, said.left_out) == (7, 2, 0)
    assert (said.found.before.part, said.found.after.part, said.found.after.whole) == (2, 2, 3)
    assert (said.found.lost, said.found.gained) == (1, 1)
    assert (said.clean.before.part, said.clean.after.part) == (2, 0)
    assert (said.drawn_found.before.part, said.drawn_found.after.part) == (0, 1)
    assert said.found.after.low is not None and said.found.after.low < 2 / 3
    assert (said.before_models, said.before_thresholds) == (("shared-1",), (0.6,))


def test_examples_are_those_where_both_differ(hall: Hall) -> None:
    month = hall.month()
    number = hall.compared()
    with database.reading(hall.engine) as connection:
        shown = examples.chosen(connection, hall.people["bob"], HOME, offer_of(hall, number))
    assert {name: [one.item_id for one in several] for name, several in shown.items()} == {
        "lost": [month["lost"]],
        "gained": [month["drawn"]],
        "fewer": [month["cleared"], month["released"]][
            :: 1 if shown["fewer"][0].item_id == month["cleared"] else -1
        ],
        "more": [],
    }


def test_what_people_say_later_is_taken_over(hall: Hall) -> None:
    month = hall.month()
    number = hall.compared()
    hall.say(month["open"], "found", OTHERS)
    comparing.catch_up(hall.service)
    said = figures_of(hall, number)
    assert (said.found.after.whole, said.unknown) == (3, 2)  # what was done before the offer is not news
    later = replace(hall.service, clock=lambda: NOW + timedelta(hours=1))
    with database.writing(hall.engine) as connection:
        mine = action.c.parcel == month["open"]
        connection.execute(update(action).where(mine).values(at=NOW, stands_at=NOW))
    comparing.catch_up(later)
    said = figures_of(hall, number)
    assert (said.found.after.whole, said.unknown) == (4, 1)
    assert set(said.by_kind) == {"cigarettes", "loose_tobacco"}


def test_cut_anywhere_the_comparison_goes_on(hall: Hall) -> None:
    hall.month()
    file = hall.model()
    number = hall.offer(file)
    loaded = comparing.loading(hall.service)
    for at in (1, 3, 5, 7, 9, 11, 14, 18, 23, 29):
        with cut(hall, at) as (service, _):
            try:
                while task.step(service, loaded) is not False:
                    pass
            except Cut:
                continue
    while task.step(hall.service, loaded) is not False:
        pass
    one = offer_of(hall, number)
    assert (one.state, one.done, one.parcels) == ("ready", 7, 7)
    assert figures_of(hall, number).parcels == 7


def test_a_damaged_scan_is_left_out_and_said(hall: Hall, tmp_path: Path) -> None:
    hall.arrives("found", 0.8)
    for path in (tmp_path / "evidence").rglob("*"):
        if path.is_file():
            path.write_bytes(b"no image")
    hall.compared()
    assert figures_of(hall, 1).parcels == 0


def test_what_does_not_run_or_fit_is_not_offered(hall: Hall) -> None:
    spoilt = hall.model("spoilt")
    spoilt.write_bytes(spoilt.read_bytes() + b"\0")
    with pytest.raises(BadConfig, match="expected SHA-256"):
        hall.offer(spoilt)
    other = hall.model("other")
    card = json.loads(other.with_suffix(".json").read_text())
    other.with_suffix(".json").write_text(json.dumps(card | {"pitch_mm": 2.0}))
    with pytest.raises(BadConfig, match=r"expected pitch 1\.5"):
        hall.offer(other)
    file = hall.model("twice")
    hall.offer(file)
    with pytest.raises(Conflict, match="before"):
        hall.offer(file)


def test_what_could_not_be_compared_may_be_offered_anew(hall: Hall, tmp_path: Path) -> None:
    hall.arrives("found", 0.8)
    file = hall.model()
    number = hall.offer(file)
    sha256 = offer_of(hall, number).sha256
    kept = next((tmp_path / "evidence").rglob(sha256))
    kept.write_bytes(b"spoilt")
    task.step(hall.service, comparing.loading(hall.service))
    assert offer_of(hall, number).state == "failed"
    kept.unlink()
    assert hall.compared(file) == number
    assert (offer_of(hall, number).state, figures_of(hall, number).parcels) == ("ready", 1)


def test_a_model_that_kills_its_process_is_refused(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tried, "SECONDS", 0.01)
    with pytest.raises(BadConfig, match="expected to run once"):
        hall.offer(hall.model())


def test_only_a_second_person_who_may_switches_it_on(hall: Hall) -> None:
    number = hall.compared()
    with pytest.raises(Denied, match="another person"):
        switching.switch(hall.service, hall.people["ann"], number, offer_of(hall, number).sha256)
    for name in ("eve", "wes"):
        with pytest.raises(Hidden):
            switching.switch(hall.service, hall.people[name], number, offer_of(hall, number).sha256)
        with database.reading(hall.engine) as connection:
            assert offers.listed(connection, hall.people[name], HOME) == ()
    with pytest.raises(Conflict):
        switching.switch(hall.service, hall.people["bob"], number, "0" * 64)
    assert hall.at_work() == "shared-1"


def test_workers_take_it_and_one_click_goes_back(hall: Hall) -> None:
    hall.month()
    number = hall.compared()
    running = hall.workers()
    first = switched(hall, number)
    assert hall.at_work() == "adapted-1"
    assert hall.workers().of("east", "other").id == "shared-1"
    with pytest.raises(Conflict, match="already"):
        switched(hall, number)
    for name in ("eve", "wes"):
        with pytest.raises(Hidden):
            switching.back(hall.service, hall.people[name], first)
    switching.back(hall.service, hall.people["ann"], first)
    assert hall.at_work() == "shared-1"
    assert not list(Path(hall.service.config.scanners).glob("*.toml"))
    assert running.of("east", "xr-1").id == "shared-1"
    with pytest.raises(Conflict):
        switching.back(hall.service, hall.people["ann"], first)
    with database.reading(hall.engine) as connection:
        kept = connection.scalars(select(model_switch.c.figures)).all()
    assert {len(json.loads(one)) for one in kept} == {len(Figures.__struct_fields__)}


def test_a_commissioned_scanner_keeps_its_reference_and_gets_its_model_back(hall: Hall) -> None:
    source = switching.file_of(hall.service, EAST)
    before = scanners.encode(Scanner(hub="east", scanner="xr-1", commissioned_at=NOW, report="xr-1.html"))
    placing.write(source, before)
    first = switched(hall, hall.compared())
    assert scanners.read(source).report == "xr-1.html"
    assert hall.at_work() == "adapted-1"
    switching.back(hall.service, hall.people["bob"], first)
    assert source.read_bytes() == before


def test_at_any_moment_a_worker_sees_the_old_set_or_the_new(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched(hall, hall.compared())
    number = hall.compared(hall.model("adapted-2", scale=0.9))
    offered = offer_of(hall, number)
    seen: list[str] = []
    with database.reading(hall.engine) as connection:
        rows = len(connection.execute(select(model_switch)).all())
    for at in range(1, 100, 2):
        with cut(hall, at) as (service, moments):

            def watched(path: Path, content: bytes) -> None:
                seen.append(hall.at_work())
                placing.write(path, content)
                seen.append(hall.at_work())
                moments()

            monkeypatch.setattr(switching, "write", watched)
            try:
                switching.switch(service, hall.people["bob"], number, offered.sha256)
            except Cut:
                seen.append(hall.at_work())
            except Conflict:
                pass
        monkeypatch.setattr(switching, "write", placing.write)
        switching.place_now(hall.service)
        if hall.at_work() == "adapted-2":
            break
    assert set(seen) <= {"adapted-1", "adapted-2"}
    with database.reading(hall.engine) as connection:
        assert len(connection.execute(select(model_switch)).all()) == rows + 1


def test_what_was_commissioned_meanwhile_is_not_overwritten(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = hall.compared()
    source = switching.file_of(hall.service, EAST)
    theirs = scanners.encode(Scanner(hub="east", scanner="xr-1", commissioned_at=NOW))
    with monkeypatch.context() as patch:
        patch.setattr(switching, "place_now", lambda _: 0)
        switched(hall, number)
    placing.write(source, theirs)
    switching.place_now(hall.service)
    assert source.read_bytes() == theirs
    with database.reading(hall.engine) as connection:
        newest = switching.history(connection, hall.people["bob"], HOME)[0]
    assert "changed meanwhile" in newest.failed
    assert not newest.may_go_back
