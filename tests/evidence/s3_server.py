"""A server that speaks as much of S3 as the evidence store asks for: put (conditional), get, head."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Bucket:
    """What the server keeps, by path; `denied` paths answer 403, `broken` makes all answer 503.

    `answers` names the status that a path answers with; `asked` counts all requests.
    """

    objects: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)
    broken: bool = False
    answers: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    endpoint: str = ""


@contextmanager
def serve() -> Iterator[Bucket]:
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(bucket))
    bucket.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(bucket: Bucket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self._refused():
                return
            if self.headers.get("If-None-Match") == "*" and self.path in bucket.objects:
                self._answer(412)
                return
            bucket.objects[self.path] = content
            bucket.types[self.path] = self.headers.get("Content-Type", "")
            self._answer(200)

        def do_GET(self) -> None:
            if self._refused():
                return
            content = bucket.objects.get(self.path)
            self._answer(404) if content is None else self._answer(200, content)

        do_HEAD = do_GET  # noqa: N815 - the base class calls it so

        def _refused(self) -> bool:
            bucket.asked += 1
            status = 503 if bucket.broken else 403 if self.path in bucket.denied else 0
            if status := status or bucket.answers.get(self.path, 0):
                self._answer(status)
            return status != 0

        def _answer(self, status: int, content: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("ETag", '"1"')
            self.send_header("Last-Modified", "Mon, 02 Nov 2026 10:00:00 GMT")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

    return Handler
