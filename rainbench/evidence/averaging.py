"""One recorded run under one protocol: its mean, its images, and what must be known beside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, TypeAlias

from rainbench.evidence.marks import is_from_8_bit, run_marks
from rainbench.evidence.measurement import Measurement, Result, ScoredImage, UnseenMean
from rainbench.evidence.overlap import Overlap, find_overlap
from rainbench.runs.identity import digest

if TYPE_CHECKING:
    from rainbench.evidence.cluster import Clean
    from rainbench.metrics.comparison import Score
    from rainbench.protocol import Protocol
    from rainbench.runs.record import ImageRecord, RunRecord


Content: TypeAlias = tuple[str, str, str]
"""What makes two scores ones of the same image: `ScoredImage.content`."""


def average_run(
    run: RunRecord,
    protocol: Protocol,
    *,
    difference: str,
    other_pixels: bool,
    scenes: Mapping[Clean, str],
) -> Result:
    """Average a run over its images that are scored under a protocol, at least one.

    Args:
        run: the record.
        protocol: whose numbers.
        difference: what tells the run from others of its label.
        other_pixels: whether another run saw other pixels under a name of its images.
        scenes: the scene of every clean picture of the dataset, as `find_scenes` names them.
    """
    header, identity = run.header, run.header.run
    images = scored(run, protocol)
    seconds = [each.seconds for each in images if each.seconds is not None]
    worked = {line.session for line in images}
    return Result(
        label=header.label,
        title=header.title,
        difference=difference,
        parameters=header.parameters,
        trained_on=header.trained_on,
        budget=header.budget,
        seconds_per_image=fsum(seconds) / len(seconds) if seconds else None,
        run_id=identity.id,
        method=identity.method,
        settings=identity.settings,
        measurement=_measurement(run, images, protocol, other_pixels),
        floor=header.floor,
        images=tuple(_image(run, line, protocol, scenes) for line in images),
        repeats=_repeats(run),
        identity=identity,
        sessions=tuple(run.sessions[n] for n in sorted(run.sessions) if n in worked),
    )


def shared_images(results: Sequence[Result]) -> set[Content]:
    """Find the images that all results have scored, of one name and the same pixels."""
    return set.intersection(*({image.content for image in each.images} for each in results))


def average_over(result: Result, images: Collection[Content]) -> Score:
    """Average a result anew over some of its images, at least one, by its protocol."""
    from rainbench.metrics.comparison import Score, average
    from rainbench.protocol import find_protocol

    chosen = {
        image.name: Score(image.psnr_db, image.ssim)
        for image in result.images
        if image.content in images
    }
    return average(find_protocol(result.measurement.protocol), chosen)


def scored(run: RunRecord, protocol: Protocol) -> list[ImageRecord]:
    """List the lines of a run that are scored under a protocol, in order of name."""
    return [image for image in run.images.values() if protocol.name in image.scores]


def unscored_words(run: RunRecord, protocol: str) -> str:
    """Say that no image of a run is scored under a protocol, in a sentence."""
    failed = f"; {len(run.failures)} failed" if run.failures else ""
    name = f"{run.header.label} on {run.header.run.dataset}"
    return f"{name}: no image of {run.of} is scored under {protocol}{failed}."


def with_other_pixels(runs: Iterable[RunRecord]) -> frozenset[str]:
    """Find the runs that saw, under one name of one release's image, other pixels than another."""
    seen: dict[tuple[str, ...], dict[tuple[str, str | None], list[str]]] = {}
    for run in runs:
        identity = run.header.run
        for image in run.images.values():
            key = (identity.dataset, identity.release, identity.split, image.image)
            pixels = (image.rainy_sha256, image.clean_sha256)
            seen.setdefault(key, {}).setdefault(pixels, []).append(identity.id)
    clashes = [each for each in seen.values() if len(each) > 1]
    return frozenset(run for each in clashes for ids in each.values() for run in ids)


def _measurement(
    run: RunRecord, images: Sequence[ImageRecord], protocol: Protocol, other_pixels: bool
) -> Measurement:
    from rainbench.metrics.comparison import average

    identity = run.header.run
    mean = average(protocol, {each.image: each.scores[protocol.name] for each in images})
    overlap = find_overlap(run, (each.image for each in images))
    return Measurement(
        psnr_db=mean.psnr_db,
        ssim=mean.ssim,
        protocol=protocol.name,
        dataset=identity.dataset,
        release=identity.release,
        split=identity.split,
        images=len(images),
        of=max(run.of, len(images)),
        marks=(
            *run_marks(run, len(images)),
            *(["from 8-bit"] if is_from_8_bit(identity.dtype, protocol.name) else []),
            *(["other pixels"] if other_pixels else []),
        ),
        overlap="" if overlap is None else str(overlap),
        unseen=_unseen(images, overlap, protocol),
        run_ids=(identity.id,),
    )


def _repeats(run: RunRecord) -> str:
    """Digest an identity without its seeds: its own, and that which its weights were trained by."""
    header = run.header
    trained = {"weights_sha256": header.repeats} if header.repeats else {}
    return digest({**header.run.to_json(), **trained, "seed": None})


def _unseen(
    images: Sequence[ImageRecord], overlap: Overlap | None, protocol: Protocol
) -> UnseenMean | None:
    from rainbench.metrics.comparison import average

    seen = None if overlap is None else overlap.seen
    if not seen:
        return None
    rest = {e.image: e.scores[protocol.name] for e in images if e.image not in seen}
    if not rest:
        return None
    mean = average(protocol, rest)
    return UnseenMean(psnr_db=mean.psnr_db, ssim=mean.ssim, images=len(rest))


def _image(
    run: RunRecord, line: ImageRecord, protocol: Protocol, scenes: Mapping[Clean, str]
) -> ScoredImage:
    from rainbench.evidence.cluster import clean_of

    score = line.scores[protocol.name]
    return ScoredImage(
        name=line.image,
        scene=scenes[clean_of(run, line)],
        rainy_sha256=line.rainy_sha256,
        clean_sha256=str(line.clean_sha256),
        psnr_db=score.psnr_db,
        ssim=score.ssim,
        errors=line.errors,
    )
