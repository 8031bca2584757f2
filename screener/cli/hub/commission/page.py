"""The report to sign, as one HTML file that needs nothing else: no script, no request."""

from __future__ import annotations

import base64
from datetime import datetime
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined
from msgspec import Struct

from screener.cli.hub.commission.asked import Asked
from screener.cli.hub.commission.checked import Checked
from screener.cli.hub.commission.figured import Figures
from screener.cli.hub.commission.fitted import Fitted
from screener.cli.hub.commission.inventory import digest
from screener.cli.hub.commission.pictures import Shown
from screener.cli.hub.commission.rates import Chosen
from screener.cli.hub.commission.strips import Strips
from screener.core.drift.reference import Reference


class Facts(Struct, frozen=True, kw_only=True):
    """All that stands in the report."""

    at: datetime
    version: str
    asked: Asked
    checked: Checked
    reference: Reference | None
    fitted: Fitted
    figures: Figures
    chosen: Chosen
    strips: Strips
    misses: tuple[Shown, ...]
    alarms: tuple[Shown, ...]


def html(facts: Facts) -> str:
    """The page; everything that came from outside is escaped."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"jpeg": _address, "rate": rate, "alarm": alarm}
    template = environment.from_string(resources.files(__package__).joinpath("report.html").read_text())
    fields: dict[str, Any] = {name: getattr(facts, name) for name in facts.__struct_fields__}
    return template.render(**fields, scans_sha256=digest(facts.checked.files))


def _address(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"


def rate(share: float) -> str:
    """A share in per cent, as many digits as it needs."""
    return f"{100 * share:.3g} %"


def alarm(value: float) -> str:
    """An alarm or a threshold: near 1 the digits after the nines matter."""
    return f"{value:.5f}".rstrip("0") if value > 0.99 else f"{value:.3g}"
