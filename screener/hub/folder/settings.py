"""Settings of the folder gateway: one strict TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, field

from screener.config import ImageLimits, LogSettings, Positive, PositiveInt, Settings
from screener.contracts.wire import Energy, HubName, Identifier, PitchMm
from screener.errors import BadConfig
from screener.hub.exports.sidecar import RawLayout, Sidecar, View
from screener.hub.folder.naming import NamePattern

IMAGE_FILES: Final = ("*.png", "*.jpg", "*.jpeg", "*.tif", "*.tiff", "*.bmp", "*.dcm", "*.dcs", "*.raw")


class Folders(Settings, frozen=True, kw_only=True):
    """The watched folder, and where files go; `sent` and `refused` lie on its file system, often in it."""

    watch: str = "."
    sent: str = "sent"
    refused: str = "refused"
    poll_s: Positive = 1.0
    steady_s: Positive = 3.0
    patience_s: Positive = 600.0


class Scans(Settings, frozen=True, kw_only=True):
    """Which files are images, and what holds of all of them unless a sidecar or the file says otherwise."""

    files: tuple[str, ...] = IMAGE_FILES
    name: str | None = "{parcel}_{view}of{views}.*"
    sidecar: Literal["none", "optional", "required"] = "optional"
    scanner: Identifier | None = None
    pitch_mm: PitchMm | None = None
    energy: Energy | None = None
    views: View | None = None
    raw: RawLayout | None = None
    time: Literal["file", "none"] = "file"
    unread: tuple[str, ...] = ("NOREAD",)

    def usual(self) -> Sidecar:
        """What holds of every image."""
        return Sidecar(
            scanner=self.scanner, pitch_mm=self.pitch_mm, energy=self.energy, views=self.views, raw=self.raw
        )


class Manifests(Settings, frozen=True, kw_only=True):
    """Which files are manifests, and which column is which field (`consignor.name = "Sender"`).

    `constants` are fields that are the same in every row.
    """

    files: tuple[str, ...] = ("manifest*.csv",)
    encoding: str = "utf-8-sig"
    time_format: str | None = None
    weight_unit: Literal["g", "kg"] = "g"
    size_unit: Literal["mm", "cm"] = "mm"
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)


class Clock(Settings, frozen=True, kw_only=True):
    """The zone of times that name none."""

    zone: str = "UTC"


class Large(Settings, frozen=True, kw_only=True):
    """Where images over `inline_bytes` are put: a folder, `file:///FOLDER` or `s3://BUCKET/PREFIX`.

    `seen_as` is the same place as Screener names it, where that differs.
    """

    inline_bytes: PositiveInt = 1_000_000
    to: str | None = None
    seen_as: str | None = None


class FolderSettings(Settings, frozen=True, kw_only=True):
    """All settings. `name` is unlike that of any other gateway of this hub."""

    hub: HubName
    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)")] = "folder"
    outbox: str = "data/outbox.db"
    outbox_bytes: PositiveInt = 1024 * 1024 * 1024
    log: LogSettings | None = None
    folders: Folders = field(default_factory=Folders)
    scans: Scans = field(default_factory=Scans)
    manifests: Manifests = field(default_factory=Manifests)
    clock: Clock = field(default_factory=Clock)
    large: Large = field(default_factory=Large)
    images: ImageLimits = field(default_factory=ImageLimits)

    @property
    def slot(self) -> str:
        """What this gateway publishes under: nobody else does."""
        return f"{self.hub}.{self.name}"


def check(settings: FolderSettings) -> FolderSettings:
    """The settings, unless they could not work. Raises `BadConfig`."""
    if settings.scans.name is not None:
        NamePattern(settings.scans.name)
    elif settings.scans.sidecar == "none":
        raise BadConfig("$.scans: expected `name` or a sidecar, got neither: which parcel is it?")
    zone(settings.clock)
    try:
        "".encode(settings.manifests.encoding)
    except (LookupError, ValueError):
        raise BadConfig(f"$.manifests.encoding: no such encoding: {settings.manifests.encoding!r}") from None
    return settings


def zone(clock: Clock) -> ZoneInfo:
    """The time zone. Raises `BadConfig`."""
    try:
        return ZoneInfo(clock.zone)
    except (KeyError, ValueError, OSError):
        raise BadConfig(f"$.clock.zone: expected a zone as Asia/Shanghai, got {clock.zone!r}") from None


def example() -> str:
    """A settings file with a word on everything a hub may want to change."""
    return (Path(__file__).parent / "example.toml").read_text()
