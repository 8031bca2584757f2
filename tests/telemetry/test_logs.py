"""Logs are one JSON object a line, from the given level on, and hold no personal data."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from screener.contracts.wire import Party
from screener.errors import BadConfig
from screener.telemetry import logs

SECRET = "Zhang San"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()
    logging.basicConfig(force=True)
    logging.getLogger("kafka").setLevel(logging.NOTSET)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_line_is_an_object_with_time_level_and_fields() -> None:
    out = io.StringIO()
    logs.configure("info", json=True, stream=out)
    structlog.get_logger("x").info("decided", parcel_id="P-1", ratio=0.5, path={1})
    structlog.get_logger("x").debug("unheard")
    (line,) = lines(out)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "decided", "level": "info", "parcel_id": "P-1", "ratio": 0.5, "path": "set"}


def test_libraries_speak_in_the_same_shape_and_less() -> None:
    out = io.StringIO()
    logs.configure("info", json=True, stream=out)
    logging.getLogger("other").info("said %s", "this")
    logging.getLogger("kafka.client").info("unheard")
    logging.getLogger("kafka.client").warning("heard")
    assert [(line["event"], line["logger"]) for line in lines(out)] == [
        ("said this", "other"),
        ("heard", "kafka.client"),
    ]


@pytest.mark.parametrize("as_json", [True, False])
def test_no_personal_value_is_logged(as_json: bool) -> None:
    out = io.StringIO()
    logs.configure("debug", json=as_json, stream=out)
    party = Party(name=SECRET, phone="13800138000")
    structlog.get_logger().info(
        "seen", name=party.name, phone=party.phone, consignor={"name": SECRET}, party=party
    )
    try:
        json.loads(f"{len(party.name)}]")
    except ValueError:
        structlog.get_logger().exception("failed")
        logging.getLogger("other").exception("failed")
    text = out.getvalue()
    assert SECRET not in text
    assert "13800138000" not in text
    assert "str of length 9" in text
    assert "JSONDecodeError" in text


def test_without_a_terminal_lines_are_json() -> None:
    out = io.StringIO()
    logs.configure(stream=out)
    structlog.get_logger().info("x")
    assert lines(out)[0]["event"] == "x"


def test_an_unknown_level_is_refused() -> None:
    with pytest.raises(BadConfig, match="log level: expected one of debug, info, warning, error, got `loud`"):
        logs.configure("loud")
