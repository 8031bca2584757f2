"""The files of pages: kept by browsers for good, since a change gives them another address."""

from __future__ import annotations

from typing import Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from screener.review.web.request import Asked, site_of

KEPT: Final = "public, max-age=31536000, immutable"


@get("/static/{version:str}/{name:path}", sync_to_thread=False, opt={"open": True})
def get_static(request: Asked, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A file; under the address of another version it is not kept."""
    files = site_of(request).files
    file = files.by_name.get(name.lstrip("/"))
    if file is None:
        raise NotFoundException
    kept = KEPT if version == files.version else "no-store"
    return Response(file.content, media_type=file.content_type, headers={"cache-control": kept})


@get("/favicon.ico", sync_to_thread=False, opt={"open": True})
def get_icon(request: Asked) -> Response[bytes]:
    """The mark, for browsers that ask at the usual address."""
    file = site_of(request).files.by_name["mark.svg"]
    return Response(file.content, media_type=file.content_type, headers={"cache-control": "max-age=86400"})


routes: Final[list[ControllerRouterHandler]] = [get_static, get_icon]
