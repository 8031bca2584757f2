"""What a commissioning was asked to do; a run that goes on is asked the same unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from screener.contracts.wire import HubName, Identifier
from screener.errors import BadConfig
from screener.scoring.placing import write

NAME = "asked.json"
USUAL_RATE = 0.01


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that was asked. Without a `false_alarms` rate it is asked for when its table is known.

    `despite` is why it goes on although the check found errors.
    """

    hub: HubName
    scanner: Identifier
    scans: str
    model: str
    models: str
    pitch_mm: Annotated[float, Meta(ge=0.02, le=20)] = 0.75
    outcomes: str | None = None
    bank: str | None = None
    threshold_only: bool = False
    minutes: Annotated[float, Meta(gt=0)] = 20.0
    each: Annotated[int, Meta(ge=1)] = 40
    seed: Annotated[int, Meta(ge=0)] = 0
    threads: Annotated[int, Meta(ge=1)] = 2
    false_alarms: Annotated[float, Meta(ge=0, le=0.5)] | None = None
    parcels_a_day: Annotated[int, Meta(ge=1)] = 20_000
    views: Annotated[int, Meta(ge=1)] = 1
    despite: str | None = None

    @property
    def name(self) -> str:
        """What all files of this scanner begin with."""
        return f"{self.hub}.{self.scanner}"

    @property
    def folder(self) -> Path:
        """Where its scans lie."""
        return Path(self.scans)

    @property
    def rate(self) -> float:
        """The false alarm rate, the usual one where none was chosen."""
        return USUAL_RATE if self.false_alarms is None else self.false_alarms


def before(run_dir: Path) -> dict[str, Any]:
    """What an earlier run in the folder was asked; nothing where there was none. Raises `BadConfig`."""
    path = run_dir / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError as error:
        raise BadConfig(f"{path}: {error}; delete the folder, or name another with --run-dir") from error


def asked(given: Mapping[str, Any]) -> Asked:
    """What is asked now, `given` what somebody said; what is None takes its default. Raises `BadConfig`."""
    said = {name: value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert(said, Asked)
    except msgspec.ValidationError as error:
        raise BadConfig(f"commissioning: {error}") from error


def keep(run_dir: Path, wanted: Asked) -> None:
    """For the next run in this folder."""
    write(run_dir / NAME, msgspec.json.encode(wanted))
