"""Taking in what the user already has: a zip, a tar or a folder, in any layout in circulation."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import rainbench
from rainbench.counting import counted
from rainbench.data.halves import Votes, vote
from rainbench.data.identify import Identity, identify
from rainbench.data.install import Part, Record, SplitRecord, install, staging
from rainbench.data.place import data_places
from rainbench.dataset import Half
from rainbench.errors import DatasetError, UsageError
from rainbench.registry import find_dataset_plugin


def import_dataset(
    path: Path,
    name: str | None = None,
    *,
    root: Path | None = None,
    copy: bool = False,
    rainy_half: Half | None = None,
    again: bool = False,
    on_step: Callable[[str], None] = lambda _: None,
) -> Part:
    """Recognise which dataset, release and layout a path holds, and install it.

    Archives are unpacked into the data place; a folder stays where it is and is pointed at, or
    is copied. No pixel is encoded anew.

    Args:
        path: a zip, a tar or a folder.
        name: the dataset that it is; None: whichever it is recognised as.
        root: the folder of datasets; None: the first of RAINBENCH_DATA and the user's.
        copy: copy a folder into the data place.
        rainy_half: the half that is the rainy one, for a copy that has it on the other side.
        again: take the place of what is installed.
        on_step: told of what takes a while.

    Raises UsageError for a path to nothing and for what may be several datasets, DatasetError
    for what is none, or another than was said.
    """
    path = path.expanduser().absolute()
    place = data_places(root)[0]
    if name is not None:
        _check_fetched(name)
    if path.is_dir():
        on_step(f"looking at {path}")
        identity = identify(path, name)
        with staging(place, identity.name) as folder:
            if copy:
                on_step(f"copying {path}")
                shutil.copytree(path, folder, dirs_exist_ok=True)
            record = _record(identity, str(path), None if copy else path, rainy_half)
            return install(folder, place, record, again=again)
    if not path.is_file():
        raise UsageError(
            expected="a zip, a tar or a folder", got=f"none at {path}", now="check the path"
        )
    from rainbench.data.unpack import unpack

    with staging(place, "import") as folder:
        on_step(f"unpacking {path.name}")
        unpack(path, folder)
        return settle(folder, place, name, str(path), rainy_half=rainy_half, again=again)


def settle(
    folder: Path,
    place: Path,
    name: str | None,
    source: str,
    *,
    rainy_half: Half | None = None,
    again: bool = False,
    check: Callable[[Record], None] = lambda _: None,
) -> Part:
    """Find out what a filled staging folder holds, and install it.

    `source`: the address or path that it came from. `check` is called before the move, and what
    it raises stops that. Raises what identify and install raise.
    """
    record = _record(identify(folder, name, source=source), source, None, rainy_half)
    check(record)
    return install(folder, place, record, again=again)


def _check_fetched(name: str) -> None:
    plugin = find_dataset_plugin(name)
    if plugin.value.make is not None:
        raise UsageError(
            expected="a dataset that is fetched",
            got=f"{plugin.name}, which is drawn on this machine",
            now=f"use it: rainbench run --dataset {plugin.name}",
        )


def _record(identity: Identity, source: str, elsewhere: Path | None, half: Half | None) -> Record:
    held = [find.folder / file for _, find in identity.finds.values() for file in find.files]
    return Record(
        dataset=identity.name,
        release=identity.release,
        splits={
            split: SplitRecord(
                pairs=len(find.pairs),
                of=identity.promised(split),
                layout=str(find.layout),
                base=base,
                rainy_half=_checked_half(identity, split, half),
            )
            for split, (base, find) in sorted(identity.finds.items())
        },
        source=source,
        files=len(held),
        proof=identity.proof,
        bytes=sum(file.stat().st_size for file in held),
        folder=None if elsewhere is None else str(elsewhere),
        installed=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=rainbench.__version__,
    )


def _checked_half(identity: Identity, split: str, asked: Half | None) -> Half | None:
    """Hold the half that the dataset calls rainy, or that was asked for, against the picture.

    Returns the half where it is not the dataset's own. Raises DatasetError.
    """
    find = identity.finds[split][1]
    said = find.layout.rainy_half
    if said is None:
        return None
    wanted = asked or said
    votes = vote(find.pairs)
    if wanted != said:
        votes = Votes(votes.disagree, votes.agree)
    if votes.is_swapped:
        raise _swapped(identity, split, wanted, votes)
    return None if wanted == said else wanted


def _swapped(identity: Identity, split: str, wanted: Half, votes: Votes) -> DatasetError:
    other: Half = "left" if wanted == "right" else "right"
    return DatasetError(
        expected=f"the rain in the {wanted} halves of {identity.name}:{split}",
        got=f"more light and steeper edges in the {other} halves of {votes.disagree} of "
        f"{counted(votes.agree + votes.disagree, 'file')}",
        now=f"look at one; if this copy is the other way round, say --rainy-half {other}",
    )
