"""What a model says of a parcel, drawn from what it said of real scans with loads laid over them.

`response.json` holds rows as they were measured (`python -m bench.year.measure`): alarm, class
probabilities and amounts of one scan each, so that what goes together stays together. Figures alone: no
scan can be made out of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from scipy.special import expit, logit

from screener.core.parcel import ViewNote
from screener.errors import BadConfig
from screener.lab.year.columns import Form, Packing
from screener.lab.year.honest import HUBS

SHIPPED: Final = Path(__file__).with_name("response.json")
SCANNERS: Final = dict(zip(HUBS, ("scanner-a", "scanner-b", "sixray-negatives"), strict=True))
"""The folder of real scans that stands for the scanner of each hub."""

COVERS: Final = ("none", "among goods", "behind thick goods")
"""The judge's covers, in the order of `Packing`."""

SIZES: Final[dict[Form, tuple[tuple[str, float], ...]]] = {
    Form.CARTONS: (("1 carton", 200), ("2 cartons", 400), ("4 cartons", 800), ("8 cartons", 1600)),
    Form.PACKS: (("4 packs", 80), ("10 packs", 200), ("4 cartons", 800), ("8 cartons", 1600)),
    Form.LOOSE_STICKS: (("60 loose", 60), ("200 loose", 200), ("4 cartons", 800), ("8 cartons", 1600)),
    Form.SHREDS: (("0.3 kg shreds", 300), ("1 kg shreds", 1000), ("4 kg shreds", 4000)),
    Form.E_CIGARETTES: (("5 e-cigarettes", 5), ("20 e-cigarettes", 20)),
}
"""The loads that stand for each form, with their sticks, grams or pieces."""

LOADS: Final = tuple(dict.fromkeys(name for sizes in SIZES.values() for name, _ in sizes))
CLEAN: Final = "clean"
SAID: Final = 10
"""Columns of a row: alarm; three class probabilities; low, mid, high of sticks; the same of grams."""

FEW: Final = 4
"""Fewer rows than this of one cover are joined by those of the other covers."""


class Row(Struct, frozen=True, array_like=True):
    """What the model said of one scan (`SAID` figures), and what was in it."""

    scanner: str
    load: str
    cover: str
    said: tuple[float, ...]


class Measured(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model's response as it was measured. `false_alarms` is the share of clean scans at `thresholds`."""

    model: str
    sha256: str
    measured_on: str
    hypothetical: str | None = None
    false_alarms: float
    thresholds: dict[str, float]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Response:
    """A measured response in columns."""

    measured: Measured
    said: np.ndarray
    groups: dict[tuple[str, str, str], np.ndarray]

    @staticmethod
    def of(measured: Measured) -> Response:
        """Raises `BadConfig` where a load was not measured at all on a scanner."""
        groups = {
            (scanner, load, cover): _group(measured, scanner, load, cover)
            for scanner in SCANNERS.values()
            for load in (CLEAN, *LOADS)
            for cover in COVERS
        }
        return Response(measured, np.array([row.said for row in measured.rows]), groups)

    @staticmethod
    def read(path: Path = SHIPPED) -> Response:
        """The response in a file. Raises `BadConfig`."""
        try:
            return Response.of(msgspec.json.decode(path.read_bytes(), type=Measured))
        except (OSError, msgspec.DecodeError) as error:
            raise BadConfig(f"response {path}: {error}; `python -m bench.year.measure` makes it") from error

    def to(self, table: np.ndarray) -> np.ndarray:
        """What the model says of each parcel: parcels x `SAID`.

        Between two sizes one of the two is drawn, the nearer more often. Alarm and probabilities are
        smoothed by a normal kernel over log-odds, so that few scans give many alarms.
        """
        said = np.empty((len(table), SAID))
        hub = table["hub"].astype(int)
        load, amount, measured = _stand_ins(table)
        for number, scanner in enumerate(SCANNERS.values()):
            for which, name in enumerate((CLEAN, *LOADS)):
                here = np.flatnonzero((hub == number) & (load == which))
                if len(here):
                    said[here] = self._drawn(scanner, name, table[here])
        ratio = np.clip(amount / np.maximum(measured, 1e-9), 0.5, 2.0)
        said[:, 4:] *= np.where(load > 0, ratio, 1.0)[:, None]
        return said

    def views(self, table: np.ndarray, said: np.ndarray, at_ms: np.ndarray) -> Iterator[ViewNote]:
        """The view of each parcel, scanned at `at_ms`."""
        thresholds = [self.measured.thresholds[scanner] for scanner in SCANNERS.values()]
        scanners = tuple(SCANNERS.values())
        for hub, figures, scanned_ms in zip(
            table["hub"].tolist(), said.tolist(), at_ms.tolist(), strict=True
        ):
            alarm, p, sticks, tobacco_g = figures[0], figures[1:4], figures[4:7], figures[7:10]
            yield ViewNote(
                digest=scanned_ms.to_bytes(8, "big"),
                scan_id=f"S{scanned_ms}",
                view=1,
                views=1,
                scanner=scanners[hub],
                offset=0,
                arrived_ms=scanned_ms,
                scored_ms=scanned_ms,
                failure=None,
                model=self.measured.model,
                alarm=alarm,
                threshold=thresholds[hub],
                p=tuple(p),
                sticks=tuple(sticks),
                tobacco_g=tuple(tobacco_g),
            )

    def _drawn(self, scanner: str, load: str, table: np.ndarray) -> np.ndarray:
        said = np.empty((len(table), SAID))
        for number, cover in enumerate(COVERS):
            here = np.flatnonzero(table["packing"] == number)
            rows = self.groups[scanner, load, cover]
            chosen = self.said[rows[(table["row_u"][here] * len(rows)).astype(int)]]
            width = _kernel(self.said[self.groups[scanner, load, COVERS[0]], 0], len(rows))
            odds = _log_odds(chosen[:, :4]) + width * table["jitter"][here, None]
            said[here] = np.hstack([expit(odds), chosen[:, 4:]])
        return said


def hypothetical(measured: Measured, area: float) -> Measured:
    """What a better model might say, invented: loads raised until the area under the curve is `area`.

    Amounts are those that are there, give or take 30 %.
    """
    clean = np.array([_margin(measured, row) for row in measured.rows if row.load == CLEAN])
    loaded = np.array([_margin(measured, row) for row in measured.rows if row.load != CLEAN])
    shift = next(by for by in np.arange(0.0, 12.0, 0.05) if (loaded[:, None] + by > clean).mean() >= area)
    rng = np.random.default_rng(0)
    return msgspec.structs.replace(
        measured,
        hypothetical=f"invented: log-odds of loads raised by {shift:.2f}, for an area of {area:g}",
        rows=tuple(row if row.load == CLEAN else _raised(row, float(shift), rng) for row in measured.rows),
    )


def _raised(row: Row, shift: float, rng: np.random.Generator) -> Row:
    form, amount = next(
        (form, size) for form, sizes in SIZES.items() for name, size in sizes if name == row.load
    )
    which = {Form.SHREDS: 2, Form.E_CIGARETTES: 3}.get(form, 1)
    said = np.array(row.said)
    said[[0, which]] = expit(_log_odds(said[[0, which]]) + shift)
    if which < 3:
        mid = amount * np.exp(0.3 * rng.standard_normal())
        said[1 + 3 * which : 4 + 3 * which] = mid * np.exp(np.array([-0.4, 0.0, 0.4]))
    return Row(row.scanner, row.load, row.cover, tuple(round(float(one), 4) for one in said))


def _margin(measured: Measured, row: Row) -> float:
    return float(_log_odds(row.said[0]) - _log_odds(measured.thresholds[row.scanner]))


def _log_odds(p: np.ndarray | float) -> np.ndarray:
    return np.asarray(logit(np.clip(p, 1e-4, 1 - 1e-4)))


def _kernel(alarms: np.ndarray, count: int) -> float:
    """Silverman's width over the log-odds of the alarm."""
    return 0.9 * float(_log_odds(alarms).std()) * float(max(count, 2)) ** -0.2


def _group(measured: Measured, scanner: str, load: str, cover: str) -> np.ndarray:
    of_load = [n for n, row in enumerate(measured.rows) if (row.scanner, row.load) == (scanner, load)]
    if not of_load:
        raise BadConfig(f"response: expected rows of {load} on {scanner}, got none: measure again")
    covered = [n for n in of_load if measured.rows[n].cover == cover]
    return np.array(covered if len(covered) >= FEW else of_load)


def _stand_ins(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each parcel the number of the load that stands for its own (0: clean), and both amounts."""
    count = len(table)
    which, amount, measured = np.zeros(count, int), np.ones(count), np.ones(count)
    for form, sizes in SIZES.items():
        here = np.flatnonzero(table["form"] == form)
        column = {Form.SHREDS: "tobacco_g", Form.E_CIGARETTES: "e_cigarettes"}.get(form, "sticks")
        own = np.maximum(table[column][here].astype(float), 1.0)
        steps = np.log([size for _, size in sizes])
        place = np.interp(np.log(own), steps, np.arange(len(steps)))
        chosen = np.minimum(np.floor(place + table["size_u"][here]), len(steps) - 1).astype(int)
        numbers = np.array([1 + LOADS.index(name) for name, _ in sizes])
        which[here], amount[here] = numbers[chosen], own
        measured[here] = np.array([size for _, size in sizes])[chosen]
    return which, amount, measured


assert len(COVERS) == len(Packing)
