"""A dataset's pictures decoded once, into one file of 8-bit pixels that is mapped into memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rainbench.costs.machine import cores
from rainbench.data.look import look
from rainbench.data.place import DECODED, cache_place
from rainbench.errors import DatasetError
from rainbench.image import Picture, Pixels, pixel_sha256

if TYPE_CHECKING:
    from rainbench.data.opening import OpenDataset
    from rainbench.dataset import ImagePair

LIMIT = 32 * 10**9
"""Bytes of pixels that the cache holds at most, of all datasets together."""

INDEX, PIXELS = "index.json", "pixels.bin"
SCHEMA = 1


@dataclass(frozen=True)
class Place:
    """Where a picture's pixels lie: from `offset` on, (height, width, 3)."""

    offset: int
    height: int
    width: int

    @property
    def end(self) -> int:
        """The first byte after them."""
        return self.offset + self.height * self.width * 3


@dataclass(frozen=True, kw_only=True)
class DecodedPair:
    """One pair, and what is known of its pixels."""

    name: str
    scene: str
    """As the dataset says."""
    rainy: Place
    clean: Place
    rainy_sha256: str
    clean_sha256: str
    clean_look: str


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The pairs of one split, decoded."""

    pairs: tuple[DecodedPair, ...]
    """In the dataset's order."""
    pixels: NDArray[np.uint8]
    """All pictures behind each other, each once, mapped into memory."""

    def read(self, place: Place) -> Pixels:
        """Give a picture's pixels: (H, W, 3), 8 bit."""
        flat = self.pixels[place.offset : place.end]
        return flat.reshape(place.height, place.width, 3)


def open_decoded(
    dataset: OpenDataset,
    *,
    cache: Path | None = None,
    limit: int = LIMIT,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Decoded:
    """Open a split's decoded pictures, decoding them first where that is not done or not sound.

    They lie in `cache` (None: RAINBENCH_CACHE, then the user's), under a name that changes with
    the files' names, sizes and times; their digest is checked at every opening. What was used
    longest ago gives way to keep all of it within `limit` bytes. Two processes that want the same
    wait for each other. Raises DatasetError where there is no room, ImageError for a picture that
    cannot be read or pairs of two sizes.
    """
    from filelock import FileLock

    pairs = [pair for pair in dataset.pairs if pair.clean is not None]
    if not pairs:
        raise DatasetError(
            expected=f"pairs in {dataset.name}:{dataset.split}",
            got="rainy pictures without clean ones",
            now="train on a split with ground truth",
        )
    home = cache_place(cache) / DECODED
    folder = home / f"{dataset.name}-{dataset.split}-{_key(pairs)}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(folder.name + ".lock")):
            found = _open(folder)
            if found is None:
                _decode(pairs, folder, limit, on_progress)
                found = _open(folder)
    except OSError as error:
        raise _unwritable(folder, str(error)) from error
    if found is None:
        raise _unwritable(folder, "what was just written there is damaged")
    return found


def _key(pairs: Iterable[ImagePair]) -> str:
    """Digest what tells one state of a dataset's files from another, decoding none."""
    whole = sha256()
    for pair in pairs:
        whole.update(f"{pair.name}\n{pair.scene}\n".encode(errors="surrogatepass"))
        for picture in _pictures(pair):
            state = picture.path.stat()
            said = f"{picture.path.resolve()} {picture.box} {state.st_size} {state.st_mtime_ns}\n"
            whole.update(said.encode(errors="surrogatepass"))
    return whole.hexdigest()[:12]


def _pictures(pair: ImagePair) -> tuple[Picture, Picture]:
    if pair.clean is None:
        raise ValueError(pair)
    return pair.rainy, pair.clean


def _open(folder: Path) -> Decoded | None:
    """Map what lies in a folder into memory; None: nothing is there, or it is not sound."""
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        with (folder / PIXELS).open("rb") as file:
            if index["schema"] != SCHEMA or file_digest(file, "sha256").hexdigest() != index["sha"]:
                return None
        pairs = tuple(_pair(each) for each in index["pairs"])
        # Copied where written to, which nobody does: torch takes no array that is read only.
        pixels = np.memmap(folder / PIXELS, np.uint8, "c")
        with suppress(OSError):  # a cache that may only be read
            (folder / INDEX).touch()  # used just now: others give way first
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Decoded(pairs=pairs, pixels=pixels)


def _pair(said: dict[str, Any]) -> DecodedPair:
    places = {key: Place(*said[key]) for key in ("rainy", "clean")}
    return DecodedPair(**{**said, **places})


def _decode(
    pairs: Sequence[ImagePair],
    folder: Path,
    limit: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Write pixels and index aside, and put them in their place in one step."""
    places = _lay_out(pairs)
    size = max(place.end for place in places.values())
    shutil.rmtree(folder, ignore_errors=True)
    _make_room(folder.parent, size, limit)
    aside = Path(mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        digests = _write_pixels(aside / PIXELS, places, size, on_progress)
        said = [_describe(pair, places, digests) for pair in pairs]
        with (aside / PIXELS).open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        index = {"schema": SCHEMA, "sha": digest, "pairs": said}
        (aside / INDEX).write_text(json.dumps(index), encoding="utf-8")
        aside.chmod(0o755)  # mkdtemp's own 0o700 would shut others out of a shared cache
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _lay_out(pairs: Iterable[ImagePair]) -> dict[Picture, Place]:
    """Give every picture its place, from the sizes in the files' headers; each once."""
    places: dict[Picture, Place] = {}
    end = 0
    for pair in pairs:
        for picture in _pictures(pair):
            if picture not in places:
                width, height = picture.read_size()
                places[picture] = Place(end, height, width)
                end = places[picture].end
        rainy, clean = (places[picture] for picture in _pictures(pair))
        if (rainy.height, rainy.width) != (clean.height, clean.width):
            pair.read()  # says which two files they are
    return places


def _write_pixels(
    file: Path,
    places: dict[Picture, Place],
    size: int,
    on_progress: Callable[[int, int], None],
) -> dict[Picture, tuple[str, str]]:
    """Decode every picture into its place; returns digest and look of each."""
    pixels = np.memmap(file, np.uint8, "w+", shape=(size,))

    def decode(picture: Picture) -> tuple[str, str]:
        read, place = picture.read(), places[picture]
        pixels[place.offset : place.end] = read.reshape(-1)
        return pixel_sha256(read), look(read)

    digests = {}
    with ThreadPoolExecutor(cores(), "decode") as pool:
        try:
            for picture, digest in zip(places, pool.map(decode, places), strict=True):
                digests[picture] = digest
                on_progress(len(digests), len(places))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    pixels.flush()
    return digests


def _describe(
    pair: ImagePair, places: dict[Picture, Place], digests: dict[Picture, tuple[str, str]]
) -> dict[str, Any]:
    rainy, clean = _pictures(pair)
    described = DecodedPair(
        name=pair.name,
        scene=pair.scene,
        rainy=places[rainy],
        clean=places[clean],
        rainy_sha256=digests[rainy][0],
        clean_sha256=digests[clean][0],
        clean_look=digests[clean][1],
    )
    as_lists = {key: [*vars(getattr(described, key)).values()] for key in ("rainy", "clean")}
    return {**asdict(described), **as_lists}


def _make_room(home: Path, size: int, limit: int) -> None:
    """Delete what was used longest ago until `size` bytes more fit. Raises DatasetError."""
    free = shutil.disk_usage(home).free
    held = sorted(home.glob(f"*/{INDEX}"), key=lambda index: index.stat().st_mtime)
    sizes = {index.parent: (index.parent / PIXELS).stat().st_size for index in held}
    while sizes and (sum(sizes.values()) + size > limit or free < size):
        oldest = next(iter(sizes))
        shutil.rmtree(oldest, ignore_errors=True)  # what is in use elsewhere stays mapped there
        free += sizes.pop(oldest)
    if size > limit or free < size:
        from rainbench.data.room import in_bytes

        raise DatasetError(
            expected=f"room for {in_bytes(size)} of decoded pixels in {home}",
            got=f"{in_bytes(free)} free, of which a cache takes {in_bytes(limit)} at most",
            now="set RAINBENCH_CACHE to a folder with room, or train on a smaller set",
        )


def _unwritable(folder: Path, why: str) -> DatasetError:
    return DatasetError(
        expected=f"to keep decoded pictures in {folder}",
        got=f"{why:.300}",
        now="set RAINBENCH_CACHE to a folder with room that you may write to",
    )
