"""The addresses of the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
import structlog
from litestar import Litestar, MediaType, Request, Response, Router, get, post
from litestar.datastructures import State, UploadFile
from litestar.exceptions import HTTPException
from msgspec import Meta, Struct, field

from screener.errors import BadInput, Unavailable
from screener.hub.http import attributes, cursor, manifests, openapi, scans
from screener.hub.http.attributes import Given
from screener.hub.http.gateway import Gateway
from screener.hub.http.intake import Lane
from screener.hub.http.manifests import Checked, receipts
from screener.hub.http.polling import next_page
from screener.hub.http.problems import (
    CONTENT_TYPE,
    ItemProblem,
    Receipt,
    Refusal,
    broken,
    broken_items,
    refusal,
)
from screener.stream.port import MAX_MESSAGE_BYTES

Asked = Request[Any, str, Any]

MAX_PAGE: Final = 1000
FORM: Final = b"multipart/form-data"

logger = structlog.get_logger(__name__)


class Accepted(Struct, frozen=True, kw_only=True):
    """What is durable here, and will reach its topic once."""

    accepted: tuple[Receipt, ...]


class PollQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a reader of verdicts stands, and how long it would wait for the next."""

    cursor: str | None = None
    begin: Literal["oldest", "now"] = field(default="oldest", name="from")
    wait: Annotated[float, Meta(ge=0, le=300)] = 0.0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 100


class Verdicts(Struct, frozen=True, kw_only=True):
    """Verdicts, and the cursor to ask on with. `gap`: between the last cursor and these some are gone."""

    verdicts: tuple[msgspec.Raw, ...]
    cursor: str
    gap: bool


@post("/manifests", status_code=202)
async def post_manifests(request: Asked) -> Response[bytes]:
    """Take one manifest, or an array of them."""
    gateway = _gateway(request)
    body = await request.body()
    said = attributes.given(request.scope["headers"], _parameters(request))
    hub = request.auth
    if not manifests.is_batch(body):
        one = manifests.read_one(body, said, hub)
        await asyncio.to_thread(gateway.intake.sizes.check, one.entry.message)
        return _json(Accepted(accepted=await _keep(gateway, hub, "manifest", (one,))), 202)
    most = gateway.settings.limits.batch
    check = gateway.intake.sizes.check
    batch = await asyncio.to_thread(manifests.read_batch, body, said, hub, most, check)
    accepted = await _keep(gateway, hub, "manifest", batch.sound)
    if batch.errors:
        _count_refused(gateway, hub, batch.errors)
        raise broken_items(batch.errors, accepted, len(batch.sound) + len(batch.errors))
    return _json(Accepted(accepted=accepted), 202)


@post("/scans", status_code=202)
async def post_scan(request: Asked) -> Response[bytes]:
    """Take one view of a scan."""
    gateway = _gateway(request)
    body, said = await _scan_in(request)
    hub = request.auth
    scan, value, checked = await asyncio.to_thread(scans.read, body, said, hub)
    await asyncio.to_thread(gateway.intake.sizes.check, checked.entry.message)
    if gateway.decoder is not None and isinstance(value, bytes):
        await gateway.decoder.check(scan, value)
    return _json(Accepted(accepted=await _keep(gateway, hub, "scan", (checked,))), 202)


@get("/verdicts")
async def get_verdicts(request: Asked) -> Response[bytes]:
    """The verdicts after a cursor; waits for some where there are none."""
    gateway, asked = _gateway(request), _query(request)
    hub = request.auth
    assert gateway.bell is not None
    after = _after(asked) if asked.cursor is not None or asked.begin == "oldest" else gateway.shelf.end(hub)
    wait_s = min(asked.wait, gateway.settings.limits.wait_s)
    with gateway.polling(hub):
        page = await next_page(gateway.shelf, gateway.bell, hub, after, limit=asked.limit, wait_s=wait_s)
    gateway.metrics.delivered.labels(hub, "poll").inc(len(page.verdicts))
    bodies = tuple(msgspec.Raw(body) for body in page.verdicts)
    return _json(Verdicts(verdicts=bodies, cursor=cursor.written(page.after), gap=page.gap))


@get("/parcels/{parcel_id:str}/verdict")
async def get_parcel(request: Asked) -> Response[bytes]:
    """The verdict of the highest revision of a parcel."""
    shelf = _gateway(request).shelf
    return _verdict(await asyncio.to_thread(shelf.of_parcel, request.auth, request.path_params["parcel_id"]))


@get("/scans/{scan_id:str}/verdict")
async def get_scan(request: Asked) -> Response[bytes]:
    """The verdict on a scan without a barcode."""
    shelf = _gateway(request).shelf
    return _verdict(await asyncio.to_thread(shelf.of_scan, request.auth, request.path_params["scan_id"]))


@get("/healthz")
async def healthz() -> Response[bytes]:
    """The process answers."""
    return _json({"status": "ok"})


@get("/readyz")
async def readyz(request: Asked) -> Response[bytes]:
    """Messages are accepted; that the log does not answer for a while is no hindrance."""
    ready = await asyncio.to_thread(_gateway(request).ready)
    return _json({"status": "ok" if ready else "full"}, 200 if ready else 503)


@get("/openapi.json")
async def get_openapi() -> Response[bytes]:
    """All this, for machines."""
    return _json(openapi.document())


def application(gateway: Gateway) -> Litestar:
    """The ASGI application; its requests come through `Guard`, with their hub known and their body read."""

    def as_problem(request: Asked, error: Exception) -> Response[bytes]:
        refused = _refusal_of(error)
        if refused.problem.reason != "no_verdict" and not refused.problem.errors:
            hub = str(request.scope.get("auth") or "")
            gateway.metrics.refused.labels(hub, refused.problem.reason).inc()
        content = msgspec.json.encode(refused.problem)
        return Response(
            content,
            status_code=refused.problem.status,
            media_type=CONTENT_TYPE,
            headers=refused.headers,
        )

    version = Router("/v1", route_handlers=[post_manifests, post_scan, get_verdicts, get_parcel, get_scan])
    return Litestar(
        [version, healthz, readyz, get_openapi],
        state=State({"gateway": gateway}),
        exception_handlers={Exception: as_problem, HTTPException: as_problem},
        lifespan=[lambda _: gateway.at_work()],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def body_bytes(gateway: Gateway) -> dict[str, int]:
    """The longest body by path."""
    return {
        "/v1/manifests": gateway.settings.limits.batch_bytes,
        "/v1/scans": MAX_MESSAGE_BYTES + scans.HEADERS_BYTES,
    }


def route_of(path: str) -> str:
    """The address that a path belongs to, as metrics count it."""
    for beginning, name in _WITH_ID.items():
        if path.startswith(beginning) and path.endswith("/verdict"):
            return name
    return path if path in _PLAIN else "other"


_WITH_ID: Final = {"/v1/parcels/": "/v1/parcels/ID/verdict", "/v1/scans/": "/v1/scans/ID/verdict"}
_PLAIN: Final = frozenset(
    {"/v1/manifests", "/v1/scans", "/v1/verdicts", "/healthz", "/readyz", "/openapi.json"}
)


def _gateway(request: Asked) -> Gateway:
    gateway: Gateway = request.app.state.gateway
    return gateway


async def _keep(gateway: Gateway, hub: str, kind: str, checked: Sequence[Checked]) -> tuple[Receipt, ...]:
    """What is durable when this returns."""
    if not checked:
        return ()
    new = await asyncio.to_thread(_put, gateway, hub, checked)
    gateway.metrics.accepted.labels(hub, kind).inc(sum(new))
    gateway.metrics.again.labels(hub, kind).inc(len(new) - sum(new))
    return receipts(checked, new)


def _put(gateway: Gateway, hub: str, checked: Sequence[Checked]) -> list[bool]:
    lane: Lane = gateway.intake.lane(hub)
    return lane.put([one.entry for one in checked])


async def _scan_in(request: Asked) -> tuple[bytes, Given]:
    """The image and what is said of it, from the body, or from the fields and the one file of a form."""
    headers = request.scope["headers"]
    declared = dict(headers).get(b"content-type", b"")
    if declared.partition(b";")[0].strip().lower() != FORM:
        return await request.body(), attributes.given(headers, _parameters(request))
    files, fields = await _form(request)
    if len(files) != 1:
        raise refusal("malformed", f"form: expected one file, the image, got {len(files)}")
    ((content_type, image),) = files
    others = [pair for pair in headers if pair[0] != b"content-type"]
    said = attributes.given(
        [*others, (b"content-type", content_type.encode())], [*_parameters(request), *fields]
    )
    return image, said


async def _form(request: Asked) -> tuple[list[tuple[str, bytes]], list[tuple[str, str]]]:
    """The files of a form, each with its content type, and its fields by name."""
    files: list[tuple[str, bytes]] = []
    fields: list[tuple[str, str]] = []
    try:
        form = await request.form()
    except (ValueError, LookupError):  # Litestar decodes fields by the charset that a part names
        raise refusal("malformed", "form: expected fields of UTF-8 text") from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.append((value.content_type, await value.read()))
            await value.close()
        else:
            fields.append((name, str(value)))
    return files, fields


def _parameters(request: Asked) -> list[tuple[str, str]]:
    return list(request.query_params.multi_items())


def _query(request: Asked) -> PollQuery:
    given = request.query_params.multi_items()
    try:
        return msgspec.convert(dict(given), PollQuery, strict=False)
    except msgspec.ValidationError as error:
        raise refusal("malformed", f"query: {error}") from None


def _after(asked: PollQuery) -> dict[int, int] | None:
    try:
        return None if asked.cursor is None else cursor.read(asked.cursor)
    except cursor.BadCursor as error:
        raise refusal("malformed", f"cursor: {error}; ask without one to begin with the oldest") from None


def _verdict(found: bytes | None) -> Response[bytes]:
    if found is None:
        raise refusal("no_verdict", "none yet, or none any more")
    return _json(msgspec.Raw(found))


def _refusal_of(error: Exception) -> Refusal:
    """The answer to whatever a handler raised; what nobody foresaw is a fault of ours."""
    match error:
        case Refusal():
            return error
        case BadInput():
            return broken(error)
        case HTTPException() if error.status_code < 500:
            return refusal(*_UNREADABLE.get(error.status_code, ("malformed", "the request cannot be read")))
        case Unavailable():
            logger.warning("unavailable", detail=str(error))
            return refusal("full", "the disk does not do its part", retry_after_s=5)
    logger.error("fault", exc_info=error)
    return refusal("fault", "it was logged")


_UNREADABLE: Final = {
    404: ("not_found", "no such address; /openapi.json has all that there are"),
    405: ("method_not_allowed", "another method; /openapi.json has those that there are"),
}


def _count_refused(gateway: Gateway, hub: str, errors: Sequence[ItemProblem]) -> None:
    for error in errors:
        gateway.metrics.refused.labels(hub, error.reason).inc()


def _json(content: object, status: int = 200) -> Response[bytes]:
    return Response(msgspec.json.encode(content), status_code=status, media_type=MediaType.JSON)
