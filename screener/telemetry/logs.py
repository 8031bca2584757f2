"""Structured logs on standard error: JSON for machines, colours for a person at a terminal.

Tracebacks are logged without the values of variables, fields of personal data as type and length, and
messages as the name of their type: a log line never holds what the topics keep sealed.
"""

from __future__ import annotations

import json as stdlib_json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog
from msgspec import Struct
from structlog.typing import Processor

from screener.contracts.quoting import PERSONAL, kind_and_length
from screener.errors import BadConfig

LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_NOISY: Final = ("kafka", "alembic")
"""Libraries that tell their whole life at `info`: one level less is heard of them."""


def configure(level: str = "info", json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send all logs of this process to `stream` (standard error) from `level` on.

    Without `json`, a terminal gets readable lines and everything else JSON. Raises `BadConfig`.
    """
    if level not in LEVELS:
        raise BadConfig(f"log level: expected one of {', '.join(LEVELS)}, got `{level}`")
    out = stream or sys.stderr
    as_json = not out.isatty() if json is None else json
    structlog.configure(
        processors=[*_shared(), structlog.processors.format_exc_info, *_ends(as_json, out)],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    _configure_stdlib(level, as_json, out)


def hide_personal(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Say only type and length of personal fields, and of messages only what they are."""
    for name, value in event.items():
        if isinstance(value, Struct):
            event[name] = type(value).__name__
        elif name in PERSONAL and not isinstance(value, int | float | None):
            event[name] = kind_and_length(value)
    return event


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_personal,
    ]


def _ends(as_json: bool, out: TextIO) -> list[Processor]:
    if not as_json:
        # structlog's own choice, where rich is installed, prints the variables of every frame
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=plain)]
    return [structlog.processors.JSONRenderer(serializer=_dumps)]


def _dumps(event: object, **_: object) -> str:
    return stdlib_json.dumps(event, ensure_ascii=False, default=lambda value: type(value).__name__)


def _configure_stdlib(level: str, as_json: bool, out: TextIO) -> None:
    """Libraries log through `logging`: give their lines the same shape."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_shared(), structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                *_ends(as_json, out),
            ],
        )
    )
    logging.basicConfig(level=LEVELS[level], handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(LEVELS[level], LEVELS["warning"]))
