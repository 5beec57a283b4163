"""A folder of pairs described as a dataset: the file that makes a plug-in of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rainbench.data.audit import compare
from rainbench.data.listing import pictures_in
from rainbench.data.manifest import DIGITS, Digests, Manifest, Row, write_manifest
from rainbench.data.opening import open_dataset
from rainbench.data.pairs import FolderPairs, read_folder
from rainbench.data.rule import NamingRule, find_rule
from rainbench.data.sight import look_at
from rainbench.dataset import ImagePair
from rainbench.errors import DatasetError, RainbenchError, UsageError
from rainbench.image import pixel_sha256, to_image
from rainbench.metrics.comparison import Comparison, average
from rainbench.protocol import HEADLINE, PROTOCOLS
from rainbench.restorers.weights import file_sha256
from rainbench.runs.journal import writing
from rainbench.shelves.plugin import NAME

RELEASE = "1"
"""What the description calls the state in which the folder was found."""


@dataclass(frozen=True, kw_only=True)
class Description:
    """What was found of a folder of pairs."""

    name: str
    split: str
    pairs: tuple[ImagePair, ...]
    sizes: tuple[tuple[int, int], ...]
    """Widths and heights in pixels, sorted."""
    fingerprint: tuple[float, float]
    """PSNR in dB and SSIM of the rainy input under the headline protocol."""
    scenes: tuple[tuple[str, str], ...]
    """Clean pictures that show the scene of another, and that other: no name tells it."""
    rows: tuple[Row, ...]
    """What every picture digests to."""
    rule: NamingRule
    companions: tuple[str, ...] = ()
    """Regular expressions over pictures beside the pairs, such as synthetic streaks."""

    @property
    def source(self) -> str:
        """The dataset's file, in Python: what nobody but its owner knows is left to fill in."""
        return "\n".join(_source(self)) + "\n"

    @property
    def manifest(self) -> Manifest:
        """The manifest that the file names."""
        about = f"{self.name}: the first {DIGITS // 2} bytes of SHA-256 digests"
        return Manifest((about, "of the folder it was described from"), self.rows)


def describe_folder(
    folder: Path,
    *,
    name: str,
    split: str = "test",
    on_picture: Callable[[int, int], None] = lambda *_: None,
) -> Description:
    """Describe a folder of pairs: counts, sizes, digests, fingerprint, scenes, file names.

    `folder` has rainy and clean pictures in two subfolders, as `run` takes it. Scenes that two
    clean pictures share are found from their pixels. Raises UsageError for a name that no
    plug-in can have, DatasetError for a folder that holds no pairs, pictures without a partner,
    or names that follow no rule, and ImageError for a picture that cannot be read.
    """
    if not NAME.fullmatch(name):
        raise UsageError(
            expected="a dataset's name of letters, digits, _ and -", got=repr(name), now="rename it"
        )
    found = read_folder(folder) if folder.is_dir() else FolderPairs((), ())
    if found.lonely or not found.pairs:
        raise DatasetError(
            expected=f"a rainy and a clean picture for every name in {folder}",
            got=f"no partner for {', '.join(found.lonely[:3])}" if found.lonely else "no pairs",
            now="complete the folder first: a description stands for all of it",
        )
    rule = find_rule(folder, found.pairs)
    protocol = PROTOCOLS[HEADLINE]
    rows, scores, sizes = [], {}, set()
    for done, pair in enumerate(found.pairs, start=1):
        rainy, clean = pair.read()
        assert pair.clean is not None and clean is not None  # noqa: S101, PT018 (read_folder pairs)
        digests = [
            Digests(file_sha256(path)[:DIGITS], pixel_sha256(pixels)[:DIGITS])
            for path, pixels in ((pair.rainy.path, rainy), (pair.clean.path, clean))
        ]
        rows.append(Row(RELEASE, split, pair.name, *digests))
        if np.array_equal(rainy, clean):
            raise DatasetError(
                expected="rainy pictures that differ from their clean ones",
                got=f"two alike for {pair.name}",
                now="take that pair out, or mend it",
            )
        scores[pair.name] = Comparison(to_image(rainy), clean).score(protocol)
        sizes.add((rainy.shape[1], rainy.shape[0]))
        on_picture(done, len(found.pairs))
    mean = average(protocol, scores)
    return Description(
        name=name,
        split=split,
        pairs=found.pairs,
        sizes=tuple(sorted(sizes)),
        fingerprint=(mean.psnr_db, mean.ssim),
        scenes=tuple(_shared(found.pairs)),
        rows=tuple(rows),
        rule=rule,
        companions=tuple(_companions(folder, found.pairs)),
    )


def write_description(description: Description, file: Path) -> Path:
    """Write the dataset's file, and its manifest into manifests/ beside it; return the manifest.

    Raises UsageError where one of the two is there already, or the file is not NAME.py.
    """
    manifest = file.parent / "manifests" / f"{description.name}.xz"
    if file.name != f"{description.name}.py":
        raise UsageError(
            expected=f"a file {description.name}.py: its name is the dataset's",
            got=str(file),
            now="give that name, or another --name",
        )
    for path in (file, manifest):
        if path.exists():
            raise UsageError(
                expected=f"no file yet at {path}", got="one", now="take it away, or name another"
            )
    with writing(file):
        manifest.parent.mkdir(parents=True, exist_ok=True)
        write_manifest(manifest, description.manifest)
        file.write_text(description.source, encoding="utf-8", newline="\n")
    return manifest


def is_found(file: Path, split: str, folder: Path) -> bool:
    """Whether a dataset's file finds the pictures that it was written from."""
    try:
        return open_dataset(f"{file}:{split}").folder.samefile(folder)
    except RainbenchError:
        return False


def _companions(folder: Path, pairs: Sequence[ImagePair]) -> Iterator[str]:
    """Name the subfolders, or files, of pictures that are in no pair."""
    paired = {picture.path for pair in pairs for picture in (pair.rainy, pair.clean) if picture}
    beside = [Path(file) for file in pictures_in(folder) if folder / file not in paired]
    taken = {each for path in paired for each in path.relative_to(folder).parents}
    found = {
        next((each for each in reversed(file.parents) if each not in taken), file)
        for file in beside
    }
    for each in sorted(found):
        yield re.escape(each.as_posix()) + ("/.+" if (folder / each).is_dir() else "")


def _shared(pairs: Sequence[ImagePair]) -> Iterator[tuple[str, str]]:
    """Pair names with the first name whose clean picture shows the same scene."""
    clean = {pair.scene: pair.clean for pair in pairs if pair.clean is not None}
    sights = look_at("clean", clean.items())
    first: dict[str, str] = {}
    for match in compare(sights, sights).matches:
        one, other = (first.get(name, name) for name in (match.train, match.test))
        first = {name: one if scene == other else scene for name, scene in first.items()}
        first |= {match.train: one, match.test: one}
    for name, scene in first.items():
        if name != scene:
            yield name, scene


def _source(description: Description) -> Iterator[str]:
    """Write the dataset's file, line by line."""
    counts = f"{{{description.split!r}: {len(description.pairs)}}}"
    psnr_db, ssim = description.fingerprint
    yield f'"""{description.name}: say in one sentence what it shows, and whose it is."""'
    yield ""
    yield "from rainbench import Dataset, Layout, Release, Source"
    if description.scenes:
        yield ""
        yield "# Clean pictures that show the scene of another, found from their pixels."
        yield "SCENES = {"
        yield from (f"    {name!r}: {scene!r}," for name, scene in description.scenes)
        yield "}"
    yield ""
    yield "DATASET = Dataset("
    yield f"    title={description.name!r},"
    yield '    licence="none stated",'
    yield "    sources=("
    yield "        Source("
    yield '            keeper="its authors",'
    yield '            host="by-hand",'
    yield '            url="say where it is to be had",'
    yield f"            release={RELEASE!r},"
    yield f"            splits=({description.split!r},),"
    yield "        ),"
    yield "    ),"
    yield "    releases={"
    yield f"        {RELEASE!r}: Release("
    yield f"            counts={counts},"
    yield f"            sizes=frozenset({{{', '.join(map(str, description.sizes))}}}),"
    yield "            fingerprint={"
    fingerprint = f"{HEADLINE!r}: ({psnr_db:.4f}, {ssim:.4f})"
    yield f"                {description.split!r}: {{{fingerprint}}},"
    yield "            },"
    yield "        ),"
    yield "    },"
    yield "    layouts=("
    yield "        Layout("
    yield f"            release={RELEASE!r},"
    yield f"            split={description.split!r},"
    yield from (f"            {line}" for line in _layout(description))
    yield "        ),"
    yield "    ),"
    if description.companions:
        yield "    # Pictures that lie beside the pairs and are not used."
        yield f"    companions={description.companions!r},"
    yield f'    manifest="{description.name}.xz",'
    yield ")"


def _layout(description: Description) -> Iterator[str]:
    rule = description.rule
    yield f'rainy=r"{rule.rainy}",'
    yield f'clean=r"{rule.clean}",'
    yield f'name="{rule.name}",'
    scene = f"name.rpartition({rule.apart!r})[0]" if rule.apart else "name"
    if description.scenes:
        yield f"scene=lambda name: SCENES.get({scene}, {scene}),"
    elif rule.apart:
        yield f"scene=lambda name: {scene},"
    yield f"example={rule.example!r},"
