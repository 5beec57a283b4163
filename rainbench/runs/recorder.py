"""Writing one run's folder, a line at a time; its holder alone may."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rainbench.errors import RainbenchError
from rainbench.image import Pixels, write_png
from rainbench.runs.identity import file_stem, folder_name
from rainbench.runs.journal import Journal, write_document, writing
from rainbench.runs.record import (
    FAILURES,
    HEADER,
    IMAGES,
    RESTORED,
    SESSIONS,
    Failure,
    Header,
    ImageRecord,
    RunRecord,
)
from rainbench.runs.session import Session


class Recorder:
    """Adds to a run's record what one session measures; not for several threads at once.

    The session's line is written before the first line that refers to it, and not at all
    where there was nothing to do.
    """

    def __init__(self, record: RunRecord, begin: Callable[[int], Session]) -> None:
        self._folder = record.folder
        self._sessions = Journal(record.folder / SESSIONS)
        self._images = Journal(record.folder / IMAGES)
        self._failures = Journal(record.folder / FAILURES)
        self._next = max(record.sessions, default=0) + 1
        self._begin = begin
        self._begun = False

    def session(self) -> int:
        """Return this session's number, and see to it that its line is written."""
        if not self._begun:
            self._sessions.append(self._begin(self._next).to_json())
            self._begun = True
        return self._next

    def add(self, image: ImageRecord, pixels: Pixels) -> None:
        """Write a restored picture, then the line that says it is done. Raises ResultsError."""
        path = restored_path(self._folder, image.image)
        with writing(path):
            path.parent.mkdir(exist_ok=True)
            write_png(path, pixels)
        self._images.append(image.to_json())

    def amend(self, image: ImageRecord) -> None:
        """Write again the line of a picture that was restored in its own session, completed."""
        self._images.append(image.to_json())

    def fail(
        self,
        image: str,
        error: RainbenchError,
        *,
        rainy_sha256: str | None = None,
        clean_sha256: str | None = None,
    ) -> None:
        """Write that an image was tried in vain; no digests if it could not even be read."""
        failure = Failure(
            image=image,
            rainy_sha256=rainy_sha256,
            clean_sha256=clean_sha256,
            session=self.session(),
            error=f"{type(error).__name__}: {error}",
        )
        self._failures.append(failure.to_json())

    def withdraw(self, image: str) -> None:
        """Write that the dataset no longer holds an image: its line counts no more."""
        failure = Failure(
            image=image, session=self.session(), error="not in the dataset", withdrawn=True
        )
        self._failures.append(failure.to_json())


def create_run(dataset_folder: Path, header: Header) -> Path:
    """Make a run's folder, its header first of all. Raises ResultsError."""
    folder = dataset_folder / folder_name(header.label, header.run.id)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    write_document(folder / HEADER, header.to_json())
    return folder


def restored_path(folder: Path, image: str) -> Path:
    """Return where a run keeps its restored picture of an image."""
    return folder / RESTORED / f"{file_stem(image)}.png"
