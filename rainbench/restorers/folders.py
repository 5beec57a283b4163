"""Restoring by way of two folders: rainy pictures in one, restored ones in the other."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from rainbench.data.listing import is_picture, some
from rainbench.errors import ImageError, MethodError, RainbenchError, in_words
from rainbench.image import SUFFIXES, Image, Pixels, read_pixels, to_image, write_png
from rainbench.metrics.quantiser import quantise
from rainbench.restorers.restorer import Restored
from rainbench.runs.identity import file_stem
from rainbench.runs.journal import writing

if TYPE_CHECKING:
    from rainbench.runs.loading import LoadedPair

RestoreFolder = Callable[[Path, Path], None]
"""Restores every PNG in the first folder into the second."""

_ALONE = "image"
"""What a picture that is restored by itself is called."""


@dataclass(frozen=True)
class FolderRestorer:
    """Restores pictures by a function of two folders."""

    label: str
    """What messages call the method."""
    restore: RestoreFolder
    images_per_call: int | None = None
    """None: all there are."""

    def together(self, pairs: Iterable[LoadedPair]) -> Generator[Restored, None, None]:
        """Restore pairs' rainy pictures, so many a call.

        Seconds are a call's, shared out evenly. What goes wrong with a call is in the place of
        each of its pictures.
        """
        left = iter(pairs)
        waiting: dict[str, LoadedPair] = {}
        while True:
            waiting.clear()
            with _make_call(self.label) as call:
                for loaded in islice(left, self.images_per_call):
                    stem = file_stem(loaded.pair.name)
                    call.add(stem, loaded.pixels()[0])
                    waiting[stem] = loaded.without_pixels()
                if not waiting:
                    return
                yield from self._results(call, waiting)

    def _results(self, call: _Call, waiting: dict[str, LoadedPair]) -> Iterator[Restored]:
        try:
            seconds = call.run(self.restore) / len(waiting)
        except RainbenchError as error:
            yield from (Restored(loaded, error) for loaded in waiting.values())
            return
        for stem, loaded in waiting.items():
            try:
                picture: Pixels | RainbenchError = call.read(stem)
            except RainbenchError as error:
                picture = error
            yield Restored(loaded, picture, seconds)

    def derain(self, rainy: Image) -> Image:
        """Restore one image, (H, W, 3) RGB in [0, 1], rounded to 8 bit both ways."""
        with _make_call(self.label) as call:
            call.add(_ALONE, quantise(rainy, "round"))
            call.run(self.restore)
            return to_image(call.read(_ALONE))


@contextmanager
def _make_call(label: str) -> Iterator[_Call]:
    # A method may leave behind what cannot be removed: no reason to lose what it made.
    with TemporaryDirectory(prefix="rainbench-", ignore_cleanup_errors=True) as place:
        yield _Call(Path(place), label)


class _Call:
    """Two folders, and which pictures must come from one to the other."""

    def __init__(self, place: Path, label: str) -> None:
        self._rainy, self._restored = place / "rainy", place / "restored"
        self._label = label
        self._shapes: dict[str, tuple[int, ...]] = {}  # by the stem of the file's name
        self._made: dict[str, list[Path]] = {}
        for folder in (self._rainy, self._restored):
            folder.mkdir()

    def add(self, stem: str, rainy: Pixels) -> None:
        """Write a rainy picture for the method to find. Raises ResultsError."""
        path = self._rainy / f"{stem}.png"
        with writing(path):
            write_png(path, rainy)
        self._shapes[stem] = rainy.shape

    def run(self, restore: RestoreFolder) -> float:
        """Let the method work; return its seconds. Raises MethodError, of strays too."""
        start = perf_counter()
        try:
            restore(self._rainy, self._restored)
        except RainbenchError:
            raise
        except (Exception, SystemExit) as error:  # sys.exit() in a method ends no run of ours
            raise MethodError(
                expected=f"{self._label} to restore a folder of pictures ({len(self._shapes)})",
                got=in_words(error),
                now="mend the method",
            ) from error
        seconds = perf_counter() - start
        self._sort()
        return seconds

    def _sort(self) -> None:
        """See which pictures were made; those nobody asked for would leave others missing."""
        strays: list[str] = []
        for path in sorted(self._restored.iterdir()):
            if path.stem in self._shapes and path.suffix.lower() in SUFFIXES:
                self._made.setdefault(path.stem, []).append(path)
            elif is_picture(path.name):
                strays.append(path.name)
        if strays:
            raise self._amiss(strays)

    def _amiss(self, strays: Sequence[str] = ()) -> MethodError:
        """Say which pictures are missing, and which nobody asked for."""
        missing = [stem for stem in self._shapes if stem not in self._made]
        got = [f"none for {some(missing)}"] * bool(missing) + [f"{some(strays)}"] * bool(strays)
        return MethodError(
            expected=f"a picture from {self._label} for each of {len(self._shapes)}, and no more",
            got=" but ".join(got),
            now="write each restored picture under the name of its rainy one",
        )

    def read(self, stem: str) -> Pixels:
        """Read a restored picture. Raises MethodError where it is missing, or not as it must be."""
        if stem not in self._made:
            raise self._amiss()
        made = self._made[stem]
        if len(made) > 1:
            raise MethodError(
                expected=f"one picture {stem}.png from {self._label}",
                got=" and ".join(path.name for path in made),
                now="write one of them alone",
            )
        try:
            pixels = read_pixels(made[0])
        except ImageError as error:
            raise MethodError(
                expected=f"{error.expected} from {self._label}",
                got=error.got.replace(str(made[0]), made[0].name),
                now="write 8-bit RGB PNG (ImageMagick: -define png:color-type=2)",
            ) from error
        if pixels.shape != self._shapes[stem]:
            (height, width, _), (tall, wide, _) = self._shapes[stem], pixels.shape
            raise MethodError(
                expected=f"{width}x{height} pixels from {self._label}, as its input has",
                got=f"{made[0].name} of {wide}x{tall}",
                now="restore at full size, without padding or cropping",
            )
        return pixels
