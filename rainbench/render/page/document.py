"""All that a page shows, as JSON: blocks under every protocol, runs, images and their scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import rainbench
from rainbench.data.opening import FOLDER
from rainbench.errors import RainbenchError
from rainbench.evidence.marks import MARKS
from rainbench.evidence.overlap import find_overlap
from rainbench.protocol import PROTOCOLS
from rainbench.registry import find_dataset
from rainbench.render.page.block import Address, block_to_json, finite, inside
from rainbench.render.page.image_set import ImageSet, Member, image_sets
from rainbench.render.text import printable, scores, standing

if TYPE_CHECKING:
    from rainbench.evidence.evidence import Evidence, Result
    from rainbench.render.page.pictures import Pictures
    from rainbench.report import Block
    from rainbench.runs.identity import Run
    from rainbench.runs.record import ImageRecord, RunRecord

Json = dict[str, Any]

SCHEMA = 1

INPUT = "rainy"
"""The method that leaves the rainy picture as it is: what the others are measured against."""


def page_document(
    title: str,
    blocks: Mapping[str, Sequence[Block]],
    evidence: Mapping[str, Evidence],
    records: Iterable[RunRecord] = (),
    *,
    protocol: str,
    pictures: Pictures | None = None,
) -> Json:
    """Make the page's document.

    Args:
        title: the report's.
        blocks: what the report says, by protocol.
        evidence: what it says it of, by the same protocols.
        records: at least the runs that the evidence is of.
        protocol: the one to begin with.
        pictures: the folder for pictures; None: the page goes without.
    """
    sets = image_sets(_members(evidence.get(protocol), records))
    address = inside if pictures is None else pictures.lay_panel
    return {
        "schema": SCHEMA,
        "title": printable(title),
        "version": rainbench.__version__,
        "files": "" if pictures is None else pictures.folder.name,
        "protocol": protocol,
        "protocols": [{"name": p.name, "source": p.source} for p in PROTOCOLS.values()],
        "marks": dict(MARKS),
        "views": {name: _view(blocks[name], evidence.get(name), address) for name in blocks},
        "sets": [_set(images, pictures) for images in sets],
        "runs": [
            _run(images, place, member, pictures)
            for place, images in enumerate(sets)
            for member in images.members
        ],
    }


def _members(evidence: Evidence | None, records: Iterable[RunRecord]) -> Iterable[Member]:
    by_id = {record.header.run.id: record for record in records}
    for album in () if evidence is None else evidence.albums:
        yield Member(record=by_id[album.run_id], album=album)


def _view(blocks: Sequence[Block], evidence: Evidence | None, address: Address) -> Json:
    results: Sequence[Result] = () if evidence is None else evidence.results
    named: dict[str, list[str]] = {}
    for result in results:
        for name in dict.fromkeys([result.row, result.name]):
            named.setdefault(name, []).append(result.run_id)
    return {
        "blocks": [block_to_json(block, named, address) for block in blocks],
        "results": {
            result.run_id: {
                "text": scores(result.measurement),
                "psnr": finite(result.measurement.psnr_db, 4),
                "beside": list(map(printable, standing(result.measurement))),
            }
            for result in results
        },
    }


def _set(images: ImageSet, pictures: Pictures | None) -> Json:
    shown = []
    for place, (name, rainy, clean) in enumerate(images.images):
        laid, size = ([], None) if pictures is None else pictures.lay_originals(images, place)
        shown.append(
            {
                "name": printable(_told_apart(images, name, rainy)),
                "file": images.files[place],
                "clean": clean is not None,
                "originals": laid,
                "thumbnail": bool(laid),
                "size": size,
            }
        )
    return {
        "name": printable(images.name),
        "folder": images.folder,
        "terms": printable(_terms(images.members[0].record.header.run)),
        "images": shown,
    }


def _terms(run: Run) -> str:
    """Say what may be done with a dataset's pictures: whoever passes a page on passes these on."""
    if run.release == FOLDER:
        return ""  # nobody's but the user's
    try:
        found = find_dataset(run.dataset)
    except RainbenchError:
        return ""  # a plug-in that is gone
    return "; ".join(filter(None, [f"Licence of these pictures: {found.licence}", found.terms]))


def _told_apart(images: ImageSet, name: str, rainy_sha256: str) -> str:
    """Name an image; of two with one name and other pixels, by its digest too."""
    twins = sum(image[0] == name for image in images.images)
    return f"{name} (pixels {rainy_sha256[:7]})" if twins > 1 else name


def _run(images: ImageSet, place: int, member: Member, pictures: Pictures | None) -> Json:
    record, album = member.record, member.album
    overlap = find_overlap(record)
    seen = overlap and overlap.seen
    return {
        "id": album.run_id,
        "row": printable(album.row),
        "title": printable(album.title),
        "set": place,
        "is_input": record.header.run.method == INPUT,
        "restored": len(record.images),
        "of": record.of,
        "trained_on": printable(record.header.trained_on or "") or None,
        "overlap": "" if overlap is None else str(overlap),
        "seen": sorted(images.place(record.images[name]) for name in seen or ()),
        "pictures": [] if pictures is None else pictures.lay_restored(images, member),
        "scores": _scores(images, record),
        "facts": [[name, printable(value)] for name, value in _facts(record) if value],
        "commands": _commands(record),
    }


def _scores(images: ImageSet, record: RunRecord) -> Json:
    """List PSNR and SSIM by protocol, an entry an image of the set; null where there is none."""
    found: Json = {}
    for line in record.images.values():
        for protocol, score in line.scores.items():
            if protocol in PROTOCOLS:
                listed = found.setdefault(protocol, [None] * len(images.images))
                listed[images.place(line)] = [finite(score.psnr_db, 4), finite(score.ssim, 6)]
    return found


def _facts(record: RunRecord) -> Iterable[tuple[str, str]]:
    """Tell everything that decides a run's numbers, and what it was made with."""
    header, run = record.header, record.header.run
    count = header.parameters
    yield "run", run.id
    yield "method", run.method
    yield "settings", ", ".join(f"{key}={value}" for key, value in sorted(run.settings.items()))
    yield "parameters", "" if count is None else f"{count:,}"
    yield "SHA-256 of the method", run.method_sha256
    yield "SHA-256 of the weights", run.weights_sha256 or ""
    yield "trained on", header.trained_on or "nothing is trained"
    overlap = find_overlap(record)
    yield "overlap with the training data", "" if overlap is None else str(overlap)
    yield "data", f"{run.dataset}, release {run.release}, split {run.split}"
    yield "images", f"{len(record.images)} of {record.of}; {len(record.failures)} failed"
    yield "restored", "whole" if run.tile is None else f"in tiles of {run.tile} pixels"
    yield "numbers", f"{run.dtype}, seed {run.seed}, numerics {run.numerics}"
    yield "made with", "; ".join(_machines(record, record.images.values()))


def _machines(record: RunRecord, lines: Iterable[ImageRecord]) -> list[str]:
    used = sorted({line.session for line in lines})
    said = []
    for session in (record.sessions[number] for number in used):
        versions = ", ".join(f"{name} {version}" for name, version in session.versions.items())
        said.append(f"{session.engine} on {session.device} ({versions}), {session.start}")
    return list(dict.fromkeys(said))


def _commands(record: RunRecord) -> list[str]:
    """List the commands that made it, each once, however the program's path was written."""
    commands = []
    for _, session in sorted(record.sessions.items()):
        program, _, words = session.command.partition(" ")
        commands.append(printable(f"{PurePath(program).name} {words}"))
    return list(dict.fromkeys(commands))
