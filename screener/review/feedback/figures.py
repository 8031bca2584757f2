"""What would have changed on the last month, counted: both models on the same parcels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection, func, select

from screener.core.estimates.shares import wilson
from screener.review.feedback.known import CLEAN, FOUND, NOTHING, OPEN, RELEASED
from screener.review.feedback.tables import model_parcel, model_view


class Share(Struct, frozen=True, kw_only=True):
    """So many of so many, with the ends of its 95 % interval; none where there are none."""

    part: int
    whole: int
    low: float | None = None
    high: float | None = None


class Both(Struct, frozen=True, kw_only=True):
    """Alarms on the same parcels by what decided and by the offered model.

    `lost` alarmed before and no more, `gained` alarm now and did not.
    """

    before: Share
    after: Share
    lost: int
    gained: int


class Figures(Struct, frozen=True, kw_only=True):
    """Of the parcels compared: `found` something was found in, `clean` of those that people cleared, by how.

    `drawn_found` and `drawn_clean` are those of them that chance alone would have selected, too: the only
    ones that tell of parcels which no model suspected.
    """

    parcels: int
    unknown: int
    left_out: int
    found: Both
    by_kind: dict[str, Both]
    clean: Both
    opened: Both
    released: Both
    drawn_found: Both
    drawn_clean: Both
    before_models: tuple[str, ...]
    before_thresholds: tuple[float, ...]


class Cell(NamedTuple):
    """Parcels that are alike in all that counts."""

    known: str
    kind: str
    drawn: bool
    before: bool
    after: bool
    number: int
    left_out: int


COLUMNS: Final = (
    model_parcel.c.known,
    model_parcel.c.kind,
    model_parcel.c.drawn,
    model_parcel.c.before,
    model_parcel.c.after,
)


def figures(connection: Connection, offer_id: int) -> Figures:
    """The figures of an offer as it stands."""
    counted = (func.count(), func.sum(model_parcel.c.left_out))
    query = select(*COLUMNS, *counted).where(model_parcel.c.offer == offer_id).group_by(*COLUMNS)
    cells = [Cell(*row) for row in connection.execute(query)]
    views = model_view.c.offer == offer_id
    models = connection.scalars(select(model_view.c.model).where(views).distinct())
    thresholds = connection.scalars(select(model_view.c.before_threshold).where(views).distinct())
    kinds = sorted({one.kind for one in cells if one.known == FOUND})
    return Figures(
        parcels=sum(one.number for one in cells),
        unknown=sum(one.number for one in cells if one.known == OPEN),
        left_out=sum(int(one.left_out) for one in cells),
        found=_both(cells, lambda one: one.known == FOUND),
        by_kind={kind: _both(cells, _of_kind(kind)) for kind in kinds},
        clean=_both(cells, lambda one: one.known in CLEAN),
        opened=_both(cells, lambda one: one.known == NOTHING),
        released=_both(cells, lambda one: one.known == RELEASED),
        drawn_found=_both(cells, lambda one: one.drawn and one.known == FOUND),
        drawn_clean=_both(cells, lambda one: one.drawn and one.known in CLEAN),
        before_models=tuple(sorted(models)),
        before_thresholds=tuple(sorted(thresholds)),
    )


def share(part: int, whole: int) -> Share:
    """With Wilson's interval."""
    if not whole:
        return Share(part=part, whole=whole)
    low, high = wilson(part / whole, whole)
    return Share(part=part, whole=whole, low=low, high=high)


def _of_kind(kind: str) -> Callable[[Cell], bool]:
    return lambda one: one.known == FOUND and one.kind == kind


def _both(cells: Sequence[Cell], counts: Callable[[Cell], bool]) -> Both:
    mine = [one for one in cells if counts(one)]
    whole = sum(one.number for one in mine)
    return Both(
        before=share(sum(one.number for one in mine if one.before), whole),
        after=share(sum(one.number for one in mine if one.after), whole),
        lost=sum(one.number for one in mine if one.before and not one.after),
        gained=sum(one.number for one in mine if one.after and not one.before),
    )
