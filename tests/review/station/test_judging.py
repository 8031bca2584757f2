"""Pictures of mobile scanners: judged once each by a model, or left to people with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import onnxruntime
import pytest
from sqlalchemy import select

from screener.core.policy import Limits
from screener.errors import BadConfig
from screener.review import database
from screener.review.errors import Hidden
from screener.review.rights import Reviewer, Role
from screener.review.service import Service
from screener.review.station import judging, scans
from screener.review.station.scans import Scan
from screener.review.station.tables import station_scan
from screener.scoring.model import Model
from tests.review.station import conftest as said
from tests.review.station.conftest import SHOT, Device
from tests.review.stations import LIMITS, NOW, SETTINGS, a_parcel, somebody
from tests.scoring import tiny_model

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
def li(service: Service) -> Reviewer:
    return somebody(service.engine, "li")


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return Model.load(tiny_model.write(tmp_path))


def none() -> Model:
    raise BadConfig("models/none.onnx: there is none")


def shown(service: Service, who: Reviewer, number: int = 1) -> Scan:
    with database.reading(service.engine) as connection:
        return scans.find(connection, who, SETTINGS.agency, number)


def test_a_picture_is_judged_once_and_kept_as_it_came(service: Service, li: Reviewer, model: Model) -> None:
    item, device = a_parcel(service.engine, "P-1"), Device(li, "P-1")
    device.enter("picture", SHOT, said.x_ray())
    assert device.send(service).scan == 1
    assert shown(service, li).state == "waiting"
    assert judging.judge_next(service, lambda: model)
    assert not judging.judge_next(service, lambda: model)
    one = shown(service, li)
    assert one.state == "judged" and one.item_id == item and one.findings is not None
    assert service.store.get(one.address) == said.x_ray()
    assert one.against(LIMITS) is not None
    assert scans.drawn(service, one).startswith(b"\x89PNG")


def test_without_a_model_it_is_left_to_people_and_judged_once_there_is_one(
    service: Service, li: Reviewer, model: Model
) -> None:
    device = Device(li, "")
    device.enter("picture", SHOT, said.x_ray())
    device.send(service)
    assert judging.judge_next(service, none)
    assert (shown(service, li).state, shown(service, li).failure) == ("unjudged", judging.NO_MODEL)
    assert scans.drawn(service, shown(service, li)).startswith(b"\x89PNG")
    assert judging.again(service, none) == 0
    assert judging.again(service, lambda: model) == 1
    assert judging.judge_next(service, lambda: model)
    assert shown(service, li).state == "judged"


@pytest.mark.parametrize(
    ("shot", "failure"),
    [
        ((said.x_ray()[:90], {}), "image_corrupt"),
        ((b"\x89PNG\r\n\x1a\n" + b"\0" * 500, {}), "image_corrupt"),
        ((said.x_ray(), {"pitch_mm": "0.02"}), "image_too_small"),
        ((said.x_ray(), {"energy": "dual"}), "image_energy"),
    ],
    ids=["cut short", "nothing", "scale", "energy"],
)
def test_what_cannot_be_judged_says_why(
    service: Service, li: Reviewer, model: Model, shot: tuple[bytes, dict[str, str]], failure: str
) -> None:
    (content, fields), device = shot, Device(li, "")
    device.enter("picture", SHOT | fields, content)
    device.send(service)
    assert judging.judge_next(service, lambda: model)
    assert (shown(service, li).state, shown(service, li).failure) == ("unjudged", failure)


def test_one_on_which_the_model_fails_is_left_to_people_and_the_others_go_on(
    service: Service, li: Reviewer, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime's errors have no common base, and no picture may end the workstation."""
    session, asked = model._session, list[int]()

    def run(*given: Any) -> Any:
        asked.append(1)
        if len(asked) == 1:
            raise onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument("a node fails")
        return session.run(*given)

    monkeypatch.setattr(model, "_session", SimpleNamespace(run=run))
    device = Device(li, "")
    for _ in range(2):
        device.enter("picture", SHOT, said.x_ray())
        device.send(service)
    assert judging.judge_next(service, lambda: model) and judging.judge_next(service, lambda: model)
    first, other = shown(service, li, 1), shown(service, li, 2)
    assert (first.state, first.failure, other.state) == ("unjudged", "unscored", "judged")


def test_one_that_somebody_is_judging_is_left_to_him_until_he_is_late(
    service: Service, li: Reviewer, model: Model
) -> None:
    device = Device(li, "")
    device.enter("picture", SHOT, said.x_ray())
    device.send(service)
    with database.writing(service.engine) as connection:
        connection.execute(station_scan.update().values(taken_until=NOW + timedelta(seconds=5)))
    assert not judging.judge_next(service, lambda: model)
    late = replace(service, clock=lambda: NOW + timedelta(seconds=5))
    assert judging.judge_next(late, lambda: model)


def test_a_picture_is_shown_to_its_officer_to_supervisors_and_to_who_sees_its_parcel(
    service: Service, li: Reviewer
) -> None:
    a_parcel(service.engine, "P-1")
    device = Device(li, "P-1")
    device.enter("picture", SHOT, said.x_ray())
    device.send(service)
    Device(li, "").enter("picture", SHOT, said.x_ray(99))
    alone = Device(li, "")
    alone.enter("picture", SHOT, said.x_ray(99))
    assert alone.send(service).scan == 2
    reader = somebody(service.engine, "reader", Role.READER)
    boss = somebody(service.engine, "boss", Role.SUPERVISOR)
    assert [shown(service, who, 1).id for who in (li, reader, boss)] == [1, 1, 1]
    assert [shown(service, who, 2).id for who in (li, boss)] == [2, 2]
    for who in (reader, somebody(service.engine, "far", Role.SUPERVISOR, hub="west")):
        with pytest.raises(Hidden):
            shown(service, who, 2)


def test_limits_are_held_against_what_was_seen(service: Service, li: Reviewer, model: Model) -> None:
    device = Device(li, "")
    device.enter("picture", SHOT, said.x_ray())
    device.send(service)
    judging.judge_next(service, lambda: model)
    strict, lax = (shown(service, li).against(Limits(sticks=sticks, tobacco_g=sticks)) for sticks in (1, 1e6))
    assert strict is not None and lax is not None
    assert strict.over_limit >= lax.over_limit
    with database.reading(service.engine) as connection:
        assert connection.scalar(select(station_scan.c.state)) == "judged"
