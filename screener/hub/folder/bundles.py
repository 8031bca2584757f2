"""What lies in the folder, sorted: an image with what lies beside it, a manifest, or a file of no use yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from screener.hub.folder.settings import FolderSettings
from screener.hub.folder.watching import MARKER, Seen

SIDECARS = (".json", ".csv")


@dataclass(frozen=True, slots=True)
class Bundle:
    """An image, the sidecar and the marker that lie beside it, and whether another image has them, too."""

    image: Seen
    sidecar: Seen | None
    marker: Seen | None
    shared: bool = False

    @property
    def companions(self) -> tuple[Path, ...]:
        """What moves with the image: nothing that another one still needs."""
        beside = () if self.shared else (self.sidecar, self.marker)
        return tuple(one.path for one in beside if one is not None)

    def complete(self, steady_s: float) -> bool:
        """Whether nobody writes to the image any more: it is steady, or what says so came after it."""
        if self.image.steady_s >= steady_s:
            return True
        said = [one.signature.mtime_ns for one in (self.sidecar, self.marker) if one is not None]
        return any(mtime_ns >= self.image.signature.mtime_ns for mtime_ns in said)

    def steady(self, steady_s: float) -> bool:
        """Whether image and sidecar have both lain unchanged for `steady_s`."""
        return all(one.steady_s >= steady_s for one in (self.image, self.sidecar) if one is not None)


@dataclass(frozen=True, slots=True)
class Sorted:
    """All that lies there. `tables` and `orphans` lie beside no image: sidecars, markers, and what else."""

    bundles: Sequence[Bundle]
    manifests: Sequence[Seen]
    tables: Sequence[Seen]
    orphans: Sequence[Seen]


def sort(seen: Sequence[Seen], settings: FolderSettings) -> Sorted:
    """What was seen, by what it is, each in its order."""
    manifests = [one for one in seen if matches(one.path, settings.manifests.files)]
    known = {one.path for one in manifests}
    images = [one for one in seen if one.path not in known and matches(one.path, settings.scans.files)]
    known |= {one.path for one in images}
    beside = {one.path: one for one in seen if one.path not in known}
    bundles = [_bundle(image, beside) for image in images]
    claimed = Counter(path for bundle in bundles for path in bundle.companions)
    left = [one for one in beside.values() if one.path not in claimed]
    tables = [one for one in left if one.path.suffix.lower() == ".csv"]
    orphans = [one for one in left if one.path.suffix.lower() != ".csv"]
    return Sorted([_told(bundle, claimed) for bundle in bundles], manifests, tables, orphans)


def matches(path: Path, patterns: Sequence[str]) -> bool:
    """Whether the name is of one of the patterns, letters large or small."""
    return any(fnmatchcase(path.name.lower(), pattern.lower()) for pattern in patterns)


def _bundle(image: Seen, beside: Mapping[Path, Seen]) -> Bundle:
    sidecars = [name for suffix in SIDECARS for name in _named(image.path, suffix)]
    return Bundle(image, _first(sidecars, beside), _first(_named(image.path, MARKER), beside))


def _named(image: Path, suffix: str) -> list[Path]:
    """`X.png.json` before `X.json`."""
    return [image.with_name(image.name + suffix), image.with_name(image.stem + suffix)]


def _first(wanted: Sequence[Path], beside: Mapping[Path, Seen]) -> Seen | None:
    return next((beside[path] for path in wanted if path in beside), None)


def _told(bundle: Bundle, claimed: Mapping[Path, int]) -> Bundle:
    if all(claimed[path] == 1 for path in bundle.companions):
        return bundle
    return Bundle(bundle.image, bundle.sidecar, bundle.marker, shared=True)
