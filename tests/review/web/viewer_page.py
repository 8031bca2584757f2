"""A page with nothing but the viewer, over real HTTP: the fragment, the package's files, and pictures."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from screener.config import ReviewSettings
from screener.review.web import files, templating
from screener.review.web.headers import POLICY

NOBODY = {"who": None, "csrf": "", "csrf_field": "", "path": "/", "now": None}
PAGE = """{% extends "base.html" %}
{% block head %}<link rel="stylesheet" href="{{ static('viewer.css') }}">{% endblock %}
{% block main %}<h1>P-1</h1>
<form><input name="note" aria-label="note"><input type="hidden" name="tools" value=""></form>
<div class="box">{% include "_viewer.html" %}</div>{% endblock %}"""


class ViewerPage:
    """Serves `/LANGUAGE` with a viewer of `views` and `/pictures/NAME` with their bytes."""

    def __init__(
        self,
        views: list[dict[str, Any]],
        pictures: Mapping[str, bytes],
        following: Sequence[str] = (),
        engine: str = "webgl2",
    ) -> None:
        self._files = files.read()
        self._environments = templating.environments(ReviewSettings(), self._files)
        self._views = views
        self._pictures = pictures
        self._next = list(following)
        self._engine = engine
        self.asked: list[str] = []
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                page.answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.split("?")[0].lstrip("/")
        self.asked.append(name)
        status, kind, content = self._found(name)
        request.send_response(status)
        request.send_header("content-type", kind)
        request.send_header("content-length", str(len(content)))
        request.send_header("content-security-policy", POLICY)
        request.end_headers()
        request.wfile.write(content)

    def _found(self, name: str) -> tuple[int, str, bytes]:
        if name in {"en", "zh"}:
            return 200, "text/html; charset=utf-8", self._html(name).encode()
        if name.startswith("static/"):
            file = self._files.by_name[name.split("/", 2)[2]]
            return 200, file.content_type, file.content
        if name.startswith("pictures/") and name.removeprefix("pictures/") in self._pictures:
            return 200, "application/x-screener-raster", self._pictures[name.removeprefix("pictures/")]
        return 404, "application/json", b'{"detail": "it is gone"}'

    def _html(self, language: str) -> str:
        template = self._environments[language].from_string(PAGE)
        return template.render(
            views=self._views, next_pictures=self._next, viewer_engine=self._engine, **NOBODY
        )
