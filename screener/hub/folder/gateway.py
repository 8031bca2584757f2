"""The gateway: turn after turn it looks, puts what is ready into the outbox, and moves what the log has.

A file stays where it is until the log has it, and what became of it is known by its name and its bytes. So
a gateway that was killed begins with a look at the folder, and nothing is lost, forgotten or sent twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from screener.errors import BadInput, Unavailable
from screener.hub.exports.sidecar import MAX_CSV_BYTES, Sidecar
from screener.hub.folder import sidecars
from screener.hub.folder.bundles import Bundle, Sorted, sort
from screener.hub.folder.large import Shelter
from screener.hub.folder.manifests import BadRow, ManifestWriter, Rows, as_csv
from screener.hub.folder.placing import Mover, Places, shortened
from screener.hub.folder.scans import Occasion, ScanWriter
from screener.hub.folder.settings import FolderSettings
from screener.hub.folder.sidecars import Table, Tables
from screener.hub.folder.watching import Seen, Signature, Watch, signature_of
from screener.hub.outbox import Fate, Outbox, State
from screener.stream.port import Message

ROWS_AT_ONCE = 500
IMAGES_AT_ONCE = 50
BYTES_AT_ONCE = 16 * 1024 * 1024

Told = Callable[[str, str | None], None]
"""Learns of each file that was moved: its name, and why it was refused."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A file whose entries are in the outbox; `bad` rows of it are not."""

    path: Path
    signature: Signature
    ids: tuple[str, ...]
    bad: tuple[BadRow, ...] = ()


class Gateway:
    """One watched folder and what becomes of its files."""

    def __init__(
        self,
        settings: FolderSettings,
        outbox: Outbox,
        *,
        watch: Watch,
        mover: Mover,
        scans: ScanWriter,
        manifests: ManifestWriter,
        told: Told = lambda *_: None,
    ) -> None:
        self.waiting = 0
        """How many files are in the outbox."""
        self.unready: Sequence[Seen] = ()
        """The files that are not ready to be taken."""
        self.troubles: dict[str, str] = {}
        """Files that could not be read, kept or moved in this turn, and why; the next turn tries again."""
        self._settings = settings
        self._outbox = outbox
        self._watch = watch
        self._mover = mover
        self._scans = scans
        self._manifests = manifests
        self._told = told
        self._taken: dict[Path, Taken] = {}
        self._ids: dict[Path, tuple[Signature, str]] = {}
        self._bundles: dict[Path, Bundle] = {}
        self._tables = Tables()
        self._gone: set[Path] = set()

    @classmethod
    def open(cls, settings: FolderSettings, outbox: Outbox, told: Told = lambda *_: None) -> Gateway:
        """The gateway that the settings describe. Raises `BadConfig`."""
        folders = settings.folders
        places = Places.open(Path(folders.watch), folders.sent, folders.refused)
        return cls(
            settings,
            outbox,
            watch=Watch(places.watch, [places.sent, places.refused]),
            mover=Mover(places),
            scans=ScanWriter(settings, Shelter.open(settings.large)),
            manifests=ManifestWriter(settings),
            told=told,
        )

    def turn(self) -> None:
        """Look, move what is settled, take what is ready.

        Raises `Unavailable` where outbox, disk or folder do not do their part: what was done stays done, and
        the next turn goes on.
        """
        seen = self._watch.look()
        self._forget({one.path: one.signature for one in seen})
        found = sort(seen, self._settings)
        self._bundles = {bundle.image.path: bundle for bundle in found.bundles}
        self.troubles = {self._name(Path(path)): why for path, why in self._watch.unseen.items()}
        try:
            self._settle()
            self._take(found)
            self._settle()
        finally:
            self.waiting = len(self._taken)
            self.unready = [one for one in seen if one.path not in self._taken and one.path.exists()]

    def _forget(self, there: dict[Path, Signature]) -> None:
        """What is there no more, or has been written to since it was taken, is none of those we took."""
        self._taken = {path: one for path, one in self._taken.items() if there.get(path) == one.signature}
        self._ids = {path: known for path, known in self._ids.items() if there.get(path) == known[0]}

    # --- taking ---------------------------------------------------------------------------------

    def _take(self, found: Sorted) -> None:
        for manifest in found.manifests:
            if manifest.path not in self._taken and manifest.steady_s >= self._settings.folders.steady_s:
                self._try(manifest, lambda one=manifest: self._take_manifest(one))  # type: ignore[misc]
        if not found.tables:
            self._gone.clear()
        steady = [one for one in found.tables if one.steady_s >= self._settings.folders.steady_s]
        self.troubles |= {self._name(path): why for path, why in self._tables.update(steady).items()}
        ready = [
            bundle
            for bundle in found.bundles
            if bundle.image.path not in self._taken and bundle.complete(self._settings.folders.steady_s)
        ]
        for portion in _portions(ready):
            self._take_images(portion)
            self._settle()  # a long queue is moved as it is sent, not at its end
        self._take_tables()
        self._refuse_orphans(found)

    def _try(self, seen: Seen, take: Callable[[], None]) -> None:
        """A file that cannot be read now holds up no other."""
        try:
            take()
        except FileNotFoundError:  # somebody has taken it away since we looked
            return
        except OSError as error:
            self.troubles[self._name(seen.path)] = error.strerror or type(error).__name__

    def _take_images(self, bundles: Sequence[Bundle]) -> None:
        """Put images into the outbox together: a disk makes many durable in the time of one."""
        made: list[tuple[Taken, Message]] = []
        for bundle in bundles:
            self._try(bundle.image, lambda one=bundle: self._make(one, made))  # type: ignore[misc]
        self._outbox.put_all([(taken.ids[0], [message]) for taken, message in made])
        self._taken |= {taken.path: taken for taken, _ in made}

    def _make(self, bundle: Bundle, made: list[tuple[Taken, Message]]) -> None:
        """Add the image's message to those that are `made`, unless it was put before."""
        image = bundle.image
        try:
            entry_id = self._entry_id(image)
            taken = Taken(image.path, image.signature, (entry_id,))
            if self._is_known(entry_id):
                self._taken[image.path] = taken
            elif (message := self._message(bundle, entry_id)) is not None:
                made.append((taken, message))
        except BadInput as error:
            if bundle.steady(self._settings.folders.steady_s):
                self._refuse(image, bundle.companions, str(error))

    def _message(self, bundle: Bundle, entry_id: str) -> Message | None:
        """None where a sidecar is awaited, the image has just been written to, or cannot be kept now."""
        image = bundle.image
        sidecar = self._sidecar(bundle)
        if sidecar is None and self._wants_sidecar(image):
            return None
        occasion = Occasion(self._name(image.path), self._number(entry_id), image.signature)
        event_id = "scan-" + hashlib.sha256(entry_id.encode()).hexdigest()[:40]
        try:
            message = self._scans.message(image.path, sidecar, event_id, occasion)
        except Unavailable as error:  # the place for large images is away: smaller ones need not wait for it
            self.troubles[occasion.name] = str(error)
            return None
        return message if signature_of(image.path) == image.signature else None

    def _sidecar(self, bundle: Bundle) -> Sidecar | None:
        if self._settings.scans.sidecar == "none":
            return None
        if bundle.sidecar is not None:
            return sidecars.beside(bundle.sidecar, bundle.image.path)
        return self._tables.row(bundle.image.path)

    def _wants_sidecar(self, image: Seen) -> bool:
        """Whether a sidecar is to be waited for. Raises `BadInput` where none has come in time."""
        named = self._scans.named(image.path)
        wanted = self._settings.scans.sidecar
        if named is not None and wanted != "required":
            return False
        if wanted == "none":
            raise BadInput("schema", f"file name: expected one like {self._settings.scans.name}")
        if image.known_s < self._settings.folders.patience_s:
            return True
        detail = "expected a sidecar beside the image" + (
            "" if wanted == "required" else f", or a name like {self._settings.scans.name}"
        )
        raise BadInput("schema", f"{detail}: none came in {self._settings.folders.patience_s:.0f} s")

    def _take_manifest(self, seen: Seen) -> None:
        try:
            with seen.path.open("rb") as file:
                content = file.read(MAX_CSV_BYTES + 1)
            rows = self._manifests.read(content, seen.signature.written())
        except BadInput as error:
            self._refuse(seen, (), str(error))
            return
        if signature_of(seen.path) != seen.signature:
            return
        if rows.bad and not rows.good:
            self._refuse(seen, (), _why(rows.bad))
            return
        self._put_rows(rows)
        ids = tuple(map(_row_entry, rows.good))
        self._taken[seen.path] = Taken(seen.path, seen.signature, ids, rows.bad)

    def _put_rows(self, rows: Rows) -> None:
        entries = ((_row_entry(row_id), [message]) for row_id, message in rows.good.items())
        while portion := list(islice(entries, ROWS_AT_ONCE)):
            self._outbox.put_all(portion)

    def _take_tables(self) -> None:
        """A table goes when all images it speaks of have gone, or have not come in time."""
        for table in self._tables.all():
            missing = [image for image in table.images if not self._has_gone(image, table)]
            if table.rows and not missing and not table.faults:
                self._can(table.seen.path, partial(self._move_table, table))
            elif table.seen.known_s >= self._settings.folders.patience_s:
                self._refuse_table(table, missing)

    def _move_table(self, table: Table) -> None:
        if self._mover.to_sent([(table.seen.path, table.seen.signature)]):
            self._gone.difference_update(table.images)
            self._told(self._name(table.seen.path), None)

    def _refuse_table(self, table: Table, missing: Sequence[Path]) -> None:
        if any(image in self._bundles for image in missing):
            return
        names = [f"no image came that is named {image.name}" for image in missing]
        why = "\n".join([*table.faults, *names]) or "no image lies beside it, and it names none"
        self._refuse(table.seen, (), why)

    def _has_gone(self, image: Path, table: Table) -> bool:
        """Whether an image went while its table lay there.

        Scanners use names again: what only the outbox knows may be another image of that name, and counts
        no sooner than an image would be given up.
        """
        if image in self._bundles:
            return False
        late = table.seen.known_s >= self._settings.folders.patience_s
        return image in self._gone or (late and bool(self._outbox.ids(_scan_prefix(self._name(image)))))

    def _refuse_orphans(self, found: Sorted) -> None:
        for orphan in found.orphans:
            if orphan.known_s >= self._settings.folders.patience_s:
                self._refuse(orphan, (), "no image lies beside it, and no such file is expected")

    # --- moving ---------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Move what was taken, in its order, up to the first that still waits."""
        for taken in list(self._taken.values()):
            if taken.ids and _state(self._outbox.fate(taken.ids[-1])) is State.WAITING:
                return
            fates = [self._outbox.fate(entry_id) for entry_id in taken.ids]
            if State.WAITING in map(_state, fates):
                return
            refusals = [fate.why for fate in fates if fate and fate.state is State.REFUSED]
            if self._can(taken.path, partial(self._move, taken, refusals)):
                del self._taken[taken.path]

    def _can(self, path: Path, move: Callable[[], None]) -> bool:
        """Whether a file could be moved; one that is held by somebody, or not ours, holds up no other."""
        try:
            move()
        except Unavailable as error:
            self.troubles[self._name(path)] = str(error)
            return False
        return True

    def _move(self, taken: Taken, refusals: Sequence[str | None]) -> None:
        bundle = self._bundles.get(taken.path)
        beside = [(path, None) for path in bundle.companions] if bundle else []
        files = [*beside, (taken.path, taken.signature)]
        why = next(iter(refusals), None)
        if why is not None:
            self._mover.to_refused(files, why)
        else:
            self._lay_bad_rows_aside(taken)
            if not self._mover.to_sent(files):
                return
            self._gone.add(taken.path)
        self._told(self._name(taken.path), why)

    def _lay_bad_rows_aside(self, taken: Taken) -> None:
        if not taken.bad:
            return
        content = as_csv(taken.bad, self._settings.manifests.encoding)
        mark = hashlib.sha256(content).hexdigest()[:8]
        name = shortened(taken.path.stem, f".rows-{mark}.csv")
        self._mover.refuse_part(taken.path, name, content, _why(taken.bad))
        self._told(f"{self._name(taken.path)}, {len(taken.bad)} rows", _why(taken.bad[:1]))

    def _refuse(self, seen: Seen, companions: Sequence[Path], why: str) -> None:
        files = [*((path, None) for path in companions), (seen.path, seen.signature)]
        if self._can(seen.path, lambda: self._mover.to_refused(files, why)):
            self._told(self._name(seen.path), why)

    # --- knowing --------------------------------------------------------------------------------

    def _entry_id(self, image: Seen) -> str:
        """By name and bytes, so that it is the same after a restart. Raises `BadInput` (image_too_large)."""
        signature, known = self._ids.get(image.path, (None, ""))
        if signature == image.signature:
            return known
        most = self._settings.images.max_bytes
        if image.signature.size > most:
            raise BadInput("image_too_large", f"expected at most {most} bytes, got {image.signature.size}")
        sha256 = hashlib.sha256(image.path.read_bytes()).hexdigest()
        entry_id = f"{_scan_prefix(self._name(image.path))}{sha256}"
        self._ids[image.path] = (image.signature, entry_id)
        return entry_id

    def _is_known(self, entry_id: str) -> bool:
        return _state(self._outbox.fate(entry_id)) in {State.WAITING, State.SENT}

    def _number(self, entry_id: str) -> int:
        """The how-manieth content under this name it is, from 1."""
        before = self._outbox.ids(entry_id.rpartition("//")[0] + "//")
        return before.index(entry_id) + 1 if entry_id in before else len(before) + 1

    def _name(self, path: Path) -> str:
        """Seen from the watched folder; bytes that are no UTF-8 shown as numbers."""
        return os.fsencode(self._mover.places.beneath(path)).decode(errors="backslashreplace")


def _portions(bundles: Sequence[Bundle]) -> Iterator[list[Bundle]]:
    """A few at a time, by number and by size."""
    portion: list[Bundle] = []
    size = 0
    for bundle in bundles:
        size += bundle.image.signature.size
        if portion and (len(portion) == IMAGES_AT_ONCE or size > BYTES_AT_ONCE):
            yield portion
            portion, size = [], bundle.image.signature.size
        portion.append(bundle)
    if portion:
        yield portion


def _scan_prefix(name: str) -> str:
    return f"scan/{name}//"


def _row_entry(row_id: str) -> str:
    return f"manifest/{row_id}"


def _state(fate: Fate | None) -> State | None:
    return None if fate is None else fate.state


def _why(bad: Sequence[BadRow]) -> str:
    return "\n".join(row.why for row in bad)
