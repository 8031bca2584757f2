"""What hubs hand to the gateways: requests, declarations of posts, files beside images, settings."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.fuzz.parser import LIMITS, ROOT, Parser, header_lines, parts
from screener import config
from screener.config import Config
from screener.contracts import examples, reading
from screener.core import scanners
from screener.core.drift import reference
from screener.core.policy import SHIPPED_WEIGHTS
from screener.core.risk import read_risk
from screener.errors import BadConfig, BadInput
from screener.evidence.references import References
from screener.hub.exports.export import exported
from screener.hub.exports.postal import Desk, Format, declared
from screener.hub.exports.sidecar import Sidecar, sidecar_from_json, sidecars_from_csv
from screener.hub.folder import settings as folder_settings
from screener.hub.folder.manifests import ManifestWriter
from screener.hub.folder.naming import NamePattern
from screener.hub.folder.settings import FolderSettings
from screener.hub.http import attributes, cursor, manifests, scans, signing, tokens
from screener.hub.http import settings as http_settings
from screener.hub.http.attributes import Given
from screener.hub.http.settings import GatewaySettings
from screener.stream.port import Message

HUB: Final = examples.MANIFEST.hub
AT: Final = datetime(2026, 11, 2, tzinfo=UTC)
FENCE: Final = re.compile(r"^```(\w+) (\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)

Seeds = Callable[[], Sequence[bytes]]


def _given(head: bytes) -> Given:
    """The attributes of a request: lines with a `?` before their name are parameters of its address."""
    pairs = header_lines(head)
    headers = [(name.lower().encode(), value) for name, value in pairs if not name.startswith("?")]
    asked = [(name[1:], value.decode("utf-8", "replace")) for name, value in pairs if name.startswith("?")]
    return attributes.given(headers, asked)


def _taken(_: Message) -> None:
    """A topic that takes messages of every size."""


def _posted_manifests(data: bytes) -> None:
    head, body = parts(data)
    with suppress(BadInput):
        said = _given(head)
        if manifests.is_batch(body):
            manifests.read_batch(body, said, HUB, 500, _taken)
        else:
            manifests.read_one(body, said, HUB)


def _manifest_requests() -> Sequence[bytes]:
    one = reading.encode(examples.MANIFEST)
    head = b"ce-id:m-1\ncontent-type:application/json\n?time:2026-11-02T08:00:00Z\n\n"
    return [b"\n\n" + one, head + one, head + b"[" + one + b"," + one + b"]"]


def _posted_scan(data: bytes) -> None:
    head, body = parts(data)
    with suppress(BadInput):
        scans.read(body, _given(head), HUB)


def _scan_requests() -> Sequence[bytes]:
    names = ("scanid:s1", "view:1", "views:2", "scanner:x", "pitchacross:1.5", "pitchalong:1.5")
    said = "".join(f"ce-{name}\n" for name in names).encode()
    referred = b"content-type:application/vnd.screener.image-reference+json\n\n"
    return [
        b"content-type:image/png\n" + said + b"?subject:P-1\n\n\x89PNG",
        said + referred + reading.encode(examples.IMAGE_REFERENCE),
    ]


def _cursor(data: bytes) -> None:
    with suppress(cursor.BadCursor):
        cursor.written(cursor.read(data.decode("latin-1")))


def _postal(form: Format) -> Callable[[bytes], None]:
    desk = Desk(hub=HUB, courier="post", received_at=AT)

    def parse(data: bytes) -> None:
        with suppress(BadInput):
            list(declared(data, form, desk))

    return parse


def _of_page(name: str, form: str) -> Seeds:
    """The examples of a kind and format from the page on formats."""
    page = (ROOT / "docs" / "formats.md").read_text("utf-8")
    found = [text.encode() for kind, named, text in FENCE.findall(page) if (named, kind) == (name, form)]
    return lambda: found


def _sidecar(data: bytes) -> None:
    with suppress(BadInput):
        sidecar_from_json(data)


def _sidecars(data: bytes) -> None:
    with suppress(BadInput):
        list(sidecars_from_csv(data))


def _table(data: bytes) -> None:
    """A CSV file of manifests, as the folder gateway reads it."""
    writer = ManifestWriter(FolderSettings(hub=HUB, manifests=folder_settings.Manifests(encoding="gb18030")))
    with suppress(BadInput):
        writer.read(data, AT)


def _table_seeds() -> Sequence[bytes]:
    names = "parcel_id,waybill,courier,consignor.name,consignor.phone,consignee.name,contents.text,weight_g"
    return [f"{names}\nP-1,W-1,e,李雷,13800138000,韩梅梅,茶叶,1200\n".encode("gb18030")]


def _raw(data: bytes) -> None:
    """A raw file with the sidecar that says how its samples lie."""
    head, body = parts(data)
    with tempfile.TemporaryDirectory() as folder, suppress(BadInput, MemoryError):
        said = sidecar_from_json(head)
        path = Path(folder) / "scan.raw"
        path.write_bytes(body)
        exported(path, said if said.raw is not None else Sidecar(), LIMITS)


def _raw_seeds() -> Sequence[bytes]:
    layouts = (b'"dtype": "uint16", "planes": "low_high", "open_air": 60000', b'"dtype": "uint8"')
    return [b'{"raw": {"rows": 8, "cols": 8, %s}}\n\n' % one + bytes(range(256)) for one in layouts]


def _name(data: bytes) -> None:
    """The name of a file, by patterns as a hub's own people write them."""
    for pattern in _NAME_PATTERNS:
        with suppress(BadInput):
            pattern.read(data.decode("utf-8", "replace"))


_NAME_PATTERNS: Final = tuple(
    map(NamePattern, ("{parcel}_{view}of{views}.*", "{scanner}-*-{parcel}-{scan}***{view}.png", "*{parcel}*"))
)


def _address(data: bytes) -> None:
    """Where an image is said to lie: nothing outside of the folders that are allowed is ever opened."""
    with suppress(BadInput):
        found = reading.read_image_reference(data)
        References(LIMITS).fetch(found)


def _settings(data: bytes) -> None:
    """Every strict file that people write or that comes from elsewhere, as each of its kinds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        for read in _READ:
            with suppress(BadConfig):
                read(path)


def _gateway_of(path: Path) -> None:
    http_settings.check(config.read_toml(path, GatewaySettings))


def _folder_of(path: Path) -> None:
    folder_settings.check(config.read_toml(path, FolderSettings))


_READ: Final[tuple[Callable[[Path], object], ...]] = (
    _gateway_of,
    _folder_of,
    lambda path: config.read_toml(path, Config),
    tokens.load,
    scanners.read,
    signing.read_secret,
    lambda path: reference.read(path.read_bytes(), "reference"),
    lambda path: read_risk(path.read_bytes(), "weights"),
)


def _setting_seeds() -> Sequence[bytes]:
    webhook = b'[[webhooks]]\nhub = "h1"\nurl = "https://h1.example/v"\nsecret_file = "s"\n'
    token = b'[[token]]\nhub = "h1"\nsha256 = "%s"\n' % (b"0" * 64)
    scanner = b'hub = "h1"\nscanner = "x"\ncommissioned_at = 2026-11-02T00:00:00Z\n'
    shipped = [(ROOT / "configs" / "screener.toml").read_bytes(), SHIPPED_WEIGHTS.read_bytes()]
    own = [http_settings.example().encode(), folder_settings.example().encode()]
    return [*shipped, *own, webhook, token, scanner, b"whsec_" + b"A" * 32]


PARSERS: Final[dict[str, Parser]] = {
    "http_manifests": Parser(_posted_manifests, _manifest_requests),
    "http_scan": Parser(_posted_scan, _scan_requests),
    "cursor": Parser(_cursor, lambda: [cursor.written({0: 17, 3: 4}).encode()], 4096),
    "postal_xml": Parser(_postal("xml"), _of_page("postal", "xml")),
    "postal_json": Parser(_postal("json"), _of_page("postal", "json")),
    "postal_csv": Parser(_postal("csv"), _of_page("postal", "csv")),
    "sidecar": Parser(_sidecar, _of_page("sidecar", "json"), 8192),
    "sidecars": Parser(_sidecars, _of_page("sidecars", "csv")),
    "table": Parser(_table, _table_seeds),
    "raw": Parser(_raw, _raw_seeds),
    "name": Parser(_name, lambda: [b"P-1_1of2.png", b"x1-a-P-1-S-1-2.png"], 255),
    "address": Parser(_address, lambda: [reading.encode(examples.IMAGE_REFERENCE)], 4096),
    "settings": Parser(_settings, _setting_seeds),
}
