"""What could not be read is named, and taken once it can be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import Engine, func, select

from screener.config import Config
from screener.errors import BadInput
from screener.review import background, database, flagging, intake, refusals
from screener.review.schema import parcel
from screener.review.service import Service
from tests.review.flags import SETTINGS, clock, embedded_log, flagged, message
from tests.stages.world import RING


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_a_message_that_a_fault_hid_is_taken_again_once_that_is_mended(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = cast("Any", None)
    service = Service(Config(), engine, clock, RING, none, none)
    broken = replace(message(flagged("P-2")), value=b"\xff{")

    def fault(*_: object) -> None:
        raise BadInput("schema", "$.new: a field that this version does not know")

    with embedded_log(tmp_path) as log:
        with log.publisher() as publisher:
            publisher.publish([message(flagged("P-1")), broken])
        with monkeypatch.context() as before_the_upgrade:
            before_the_upgrade.setattr(flagging, "read", fault)
            intake.catch_up(engine, log, SETTINGS, clock)
        with database.reading(engine) as connection:
            found = refusals.listed(connection)
            assert connection.scalar(select(func.count()).select_from(parcel)) == 0
        assert len(found) == 2
        taken = [refusals.again(service, log, one, background.kept) for one in found]
        with database.reading(engine) as connection:
            assert sorted(taken) == [False, True]
            assert connection.scalar(select(parcel.c.parcel_id)) == "P-1"
            left = refusals.listed(connection)
        assert [one.offset for one, went in zip(found, taken, strict=True) if not went] == [left[0].offset]
        gone = replace(left[0], offset=left[0].offset + 9)
        assert not refusals.again(service, log, gone, background.kept)
