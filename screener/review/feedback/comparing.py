"""What an offered model says of the stored scans of the last month, beside what decided then.

A parcel at a time, with how far it came in the same transaction: a cut anywhere costs one parcel. What people
say later is taken over as long as the offer stands.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Connection, insert, or_, select, update

from screener.contracts.wire import Findings, Flagged, FlaggedScan
from screener.core import policy
from screener.errors import BadConfig, BadInput, Unavailable
from screener.evidence.errors import Damaged, NotStored
from screener.imaging.picture import Request
from screener.review import acts, database, parcels
from screener.review.errors import Hidden
from screener.review.feedback import offers
from screener.review.feedback.known import drawn, known_of
from screener.review.feedback.offers import Offer
from screener.review.feedback.tables import model_offer, model_parcel, model_view
from screener.review.feedback.views import arrived, of_scanner
from screener.review.pictures import content_of
from screener.review.schema import action, parcel
from screener.review.service import Service
from screener.scoring.model import Model, Unscorable

Loaded = Callable[[Offer], Model]
"""The model of an offer, in memory. Raises `BadConfig`."""

KEPT: Final = 2
"""Offered models in memory at a time."""

logger = structlog.get_logger(__name__)


def loading(service: Service) -> Loaded:
    """Loads each model once, from the evidence store, its SHA-256 checked."""
    held: dict[str, Model] = {}

    def loaded(one: Offer) -> Model:
        if one.sha256 not in held:
            while len(held) >= KEPT:
                held.pop(next(iter(held)))
            held[one.sha256] = _loaded(service, one)
        return held[one.sha256]

    return loaded


def _loaded(service: Service, one: Offer) -> Model:
    with ExitStack() as stack:
        try:
            path = stack.enter_context(offers.unfolded(service, one))
        except (NotStored, Damaged) as error:
            raise BadConfig(str(error)) from None
        return Model.load(path)


def portion(service: Service, loaded: Loaded) -> bool:
    """Compare the next parcel of the oldest offer that is not done; whether there was one.

    Raises `Unavailable`.
    """
    with database.reading(service.engine) as connection:
        waiting = offers.of_state(connection, "comparing")
    if not waiting:
        return False
    one = waiting[0]
    try:
        _step(service, one, loaded(one))
    except BadConfig as error:
        logger.warning("offered model cannot be compared", offer=one.id, detail=str(error))
        _set(service, one, {"state": "failed", "failed": str(error)})
    return True


def _step(service: Service, one: Offer, model: Model) -> None:
    period = arrived(one.place, one.since, one.at)
    query = select(parcel.c.id).where(period, parcel.c.id > one.passed).order_by(parcel.c.id).limit(1)
    with database.reading(service.engine) as connection:
        item_id = connection.scalar(query)
        flagged = None if item_id is None else parcels.flagged_of(connection, item_id)
    if item_id is None or flagged is None:
        _set(service, one, {"state": "ready", "told_at": one.at})
        return
    pairs = _compared(service, one, model, flagged)
    _keep(service, one, item_id, flagged, pairs)


def _set(service: Service, one: Offer, values: dict[str, Any]) -> None:
    with database.writing(service.engine) as connection:
        still = (model_offer.c.id == one.id, model_offer.c.state == "comparing")
        connection.execute(update(model_offer).where(*still).values(values))


Pair = tuple[int, FlaggedScan, Findings | None]
"""A view by its number and what the offered model says of it, if it could be judged again."""


def _compared(service: Service, one: Offer, model: Model, flagged: Flagged) -> list[Pair]:
    judged = [pair for pair in of_scanner(flagged, one.place) if pair[1].scan.findings is not None]
    return [(number, view, _findings(service, model, view)) for number, view in judged]


def _findings(service: Service, model: Model, one: FlaggedScan) -> Findings | None:
    """None where the image is gone or damaged, or cannot be judged."""
    pitch = one.scan.pitch_mm
    try:
        content = content_of(service, one)
        request = Request(content, one.scan.image.content_type, pitch.across, pitch.along, one.scan.energy)
        prepared = service.sandbox.submit(request).result()
        return None if isinstance(prepared, BadInput) else model.score([prepared.image])[0]
    except (Hidden, BadInput, Unscorable):
        return None


def _keep(service: Service, one: Offer, item_id: int, flagged: Flagged, pairs: list[Pair]) -> None:
    """The parcel and its views, and how far it came, unless another was faster."""
    rows = [row for pair in pairs if (row := _row(service, one, item_id, pair)) is not None]
    moved = update(model_offer).where(model_offer.c.id == one.id, model_offer.c.passed == one.passed)
    with database.writing(service.engine) as connection:
        if not connection.execute(moved.values(passed=item_id, done=model_offer.c.done + 1)).rowcount:
            return
        if not rows:
            return
        connection.execute(insert(model_view), rows)
        said = known_of(acts.timeline(connection, item_id), service.clock())
        row = {
            "offer": one.id,
            "parcel": item_id,
            "known": said.known,
            "kind": said.kind,
            "drawn": drawn(flagged.decision.selection),
            "before": any(row["before_alarm"] >= row["before_threshold"] for row in rows),
            "after": any(row["alarm"] >= threshold_of(service, one) for row in rows),
            "left_out": len(pairs) - len(rows),
        }
        connection.execute(insert(model_parcel).values(row))


def threshold_of(service: Service, one: Offer, of_model: float | None = None) -> float:
    """The alarm that counts at this scanner with the offered model, or another of this threshold.

    Raises `Unavailable` while the policy is bad.
    """
    given = one.threshold if of_model is None else of_model
    try:
        said = policy.read(policy_path(service))
    except BadConfig as error:
        raise Unavailable(str(error)) from error
    return said.threshold(one.place.hub, one.place.scanner, given)


def policy_path(service: Service) -> Path:
    """Where the policy in force lies."""
    return Path(service.config.decide.policy)


def _row(service: Service, one: Offer, item_id: int, pair: Pair) -> dict[str, Any] | None:
    number, view, after = pair
    before = view.scan.findings
    if after is None or before is None:
        return None
    threshold = threshold_of(service, one, before.threshold)
    differs = (before.alarm >= threshold) != (after.alarm >= threshold_of(service, one))
    return {
        "offer": one.id,
        "parcel": item_id,
        "number": number,
        "sha256": view.stored.sha256,
        "model": before.model,
        "before_alarm": before.alarm,
        "before_threshold": threshold,
        "alarm": after.alarm,
        "map": after.map_png if differs else None,
    }


def catch_up(service: Service) -> None:
    """Take over what people said of compared parcels since this was done last. Raises `Unavailable`."""
    now = service.clock()
    with database.reading(service.engine) as connection:
        ready = offers.of_state(connection, "ready")
    for one in ready:
        with database.writing(service.engine) as connection:
            _take_over(connection, service, one)
            told = update(model_offer).where(model_offer.c.id == one.id)
            connection.execute(told.values(told_at=now))


def _take_over(connection: Connection, service: Service, one: Offer) -> None:
    """Anew for parcels where something was done, firm or undone since; deeds take time to stand."""
    at = one.told_at
    moments = (action.c.at, action.c.stands_at, action.c.undone_at, action.c.seconded_at)
    moved = or_(*(moment >= at for moment in moments))
    mine = (model_parcel.c.offer == one.id, action.c.parcel == model_parcel.c.parcel)
    rows = connection.scalars(select(model_parcel.c.parcel).where(*mine, moved).distinct())
    for item_id in list(rows):
        said = known_of(acts.timeline(connection, item_id), service.clock())
        its = (model_parcel.c.offer == one.id, model_parcel.c.parcel == item_id)
        values = {"known": said.known, "kind": said.kind}
        connection.execute(update(model_parcel).where(*its).values(values))
