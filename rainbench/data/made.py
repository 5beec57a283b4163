"""Datasets that are drawn on this machine, once, into the cache."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

from rainbench.data.listing import pictures_in
from rainbench.dataset import Dataset
from rainbench.errors import DatasetError, ImageError, PluginError, RainbenchError, in_words
from rainbench.image import pixel_sha256, read_pixels


def made_folder(name: str, dataset: Dataset, cache: Path) -> Path:
    """Return the folder of a made dataset, drawing it first where it is not whole.

    It appears whole or not at all, and is checked against its digest every time. Raises
    DatasetError where the cache cannot be written, or this machine draws other pixels.
    """
    if dataset.make is None:
        raise DatasetError(
            expected="a dataset that is drawn here", got=name, now="fetch it instead"
        )
    folder = cache / "datasets" / f"{name}-{dataset.digest[:12] or 'unpinned'}"
    if _is_whole(folder, dataset.digest):
        return folder
    try:
        _make(dataset.make, dataset.digest, folder)
    except OSError as error:
        raise DatasetError(
            expected=f"a cache that the dataset {name} can be drawn into",
            got=f"{cache}, which cannot be written ({error})",
            now="set RAINBENCH_CACHE to a folder with room that you may write to",
        ) from error
    return folder


def pictures_sha256(folder: Path) -> str:
    """Digest a folder's pictures: lines of pixel digest, two spaces, relative path, sorted.

    Raises ImageError for a picture that cannot be read.
    """
    lines = (
        f"{pixel_sha256(read_pixels(folder / file))}  {file}\n"
        for file in sorted(pictures_in(folder))
    )
    return sha256("".join(lines).encode()).hexdigest()


def _is_whole(folder: Path, digest: str) -> bool:
    try:
        return folder.is_dir() and digest in ("", pictures_sha256(folder))
    except ImageError:
        return False  # a damaged cache is drawn again


def _make(make: Callable[[Path], None], digest: str, folder: Path) -> None:
    from filelock import FileLock

    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(folder.name + ".lock")):
        if _is_whole(folder, digest):
            return  # another process was faster
        drawn = Path(mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
        try:
            _draw(make, drawn)
            _check_drawn(drawn, digest)
            if folder.exists():
                shutil.rmtree(folder)
            drawn.chmod(0o755)  # mkdtemp's own 0o700 would shut others out of a shared cache
            drawn.rename(folder)
        finally:
            shutil.rmtree(drawn, ignore_errors=True)


def _draw(make: Callable[[Path], None], folder: Path) -> None:
    try:
        make(folder)
    except (OSError, RainbenchError):
        raise  # the disk's, and those that speak for themselves
    except (Exception, SystemExit) as error:
        raise PluginError(
            expected="the dataset to draw its pictures",
            got=in_words(error),
            now="mend its make function",
        ) from error


def _check_drawn(drawn: Path, digest: str) -> None:
    got = pictures_sha256(drawn)
    if digest not in ("", got):
        raise DatasetError(
            expected=f"pictures with the digest {digest[:12]}",
            got=f"{got[:12]} as drawn on this machine",
            now="report this with your versions of Pillow and scikit-image",
        )
