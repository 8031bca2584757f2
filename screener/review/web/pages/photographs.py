"""Photographs of what was found: brought in with a form, shown without what the camera wrote into them."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from screener.errors import BadInput
from screener.review import photographs
from screener.review.database import writing
from screener.review.errors import Denied
from screener.review.web import desk, entered, faults, way
from screener.review.web.desk import Desk
from screener.review.web.pages import parcel
from screener.review.web.pages.pictures import FOR_AN_HOUR
from screener.review.web.request import Asked, Page, form_of, see_other, words_of


@post("/parcels/{item_id:int}/photographs", sync_to_thread=True)
def post_photographs(request: Asked, item_id: FromPath[int]) -> Page | Redirect:
    """Keep the pictures of a form, each checked before it is kept."""
    at, on = desk.of(request), way.of(entered.of(request))
    try:
        for file in _files(request):
            _keep(at, item_id, file)
    except (BadInput, Denied) as error:
        said = faults.told(error, words_of(request))
        return parcel.shown(request, item_id, on, parcel.Told(error=said, status=400))
    return see_other(f"{on.to(item_id)}#photographs")


@get("/photographs/{number:int}", sync_to_thread=True)
def get_photograph(request: Asked, number: FromPath[int]) -> Response[bytes]:
    """The copy that pages show."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        one = photographs.find(connection, at.who, at.settings, at.now, number)
    content = at.service.shelf.taken(f"photograph-{one.sha256}", lambda: photographs.shown(at.service, one))
    return Response(content, media_type="image/jpeg", headers=FOR_AN_HOUR)


def _files(request: Asked) -> list[UploadFile]:
    found = [one for one in form_of(request).getall("photograph", []) if isinstance(one, UploadFile)]
    if not found:
        raise BadInput("photograph_missing", "photograph: expected a file, got none")
    return found


def _keep(at: Desk, item_id: int, file: UploadFile) -> None:
    content = file.file.read(at.settings.photograph_bytes + 1)
    photographs.upload(at.service, at.who, item_id, content=content, content_type=file.content_type)


routes: Final[list[ControllerRouterHandler]] = [post_photographs, get_photograph]
