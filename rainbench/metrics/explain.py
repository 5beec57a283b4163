"""Which protocol gives a published number? Every candidate on the same pixels, nearest first."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from itertools import islice
from math import hypot
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rainbench.errors import RainbenchError, UsageError
from rainbench.image import Pixels, read_pixels
from rainbench.metrics.candidates import Circumstance, as_seen, candidates, circumstance
from rainbench.metrics.comparison import Comparison, Score, average
from rainbench.metrics.explanation import Explained, Explanation, Printed
from rainbench.protocol import PROTOCOLS, Protocol
from rainbench.runs.loading import load

if TYPE_CHECKING:
    from pathlib import Path

    from rainbench.data.opening import OpenDataset
    from rainbench.dataset import ImagePair
    from rainbench.restorers.restorer import Restorer

Pair: TypeAlias = tuple[NDArray[np.generic], Pixels]
"""A restored picture, floats or 8 bit, and the clean one."""

Waiting: TypeAlias = tuple[str, Callable[[], Pair]]
"""A pair's name, and what fetches it."""


def explain(
    pictures: Iterable[Waiting],
    psnr: Printed,
    ssim: Printed | None = None,
    *,
    on_image: Callable[[int], None] = lambda _: None,
) -> Explanation:
    """Score pictures under every candidate, and rank these by distance to the digits printed.

    Of those that fit, named protocols come first, in the order of `rainbench list protocols`.

    Args:
        pictures: pairs by name, fetched in several threads, a few at a time.
        psnr: mean PSNR in dB as printed.
        ssim: mean SSIM as printed; None: any.
        on_image: told how many images are through.

    Raises UsageError for no pictures, ImageError for pictures that no window fits in.
    """
    cases: dict[str, Circumstance] = {}
    scores: dict[str, Mapping[Protocol, Score]] = {}
    for name, case, found in _score_all(pictures):
        cases[name], scores[name] = case, found
        on_image(len(scores))
    if not scores:
        raise UsageError(expected="restored pictures", got="none", now="give a folder of some")
    classes = [
        _explained(key, members, cases, scores, psnr, ssim)
        for key, members in _classes(sorted(set(cases.values()), key=str), len(cases)).items()
    ]
    order = list(PROTOCOLS)
    classes.sort(
        key=lambda each: (each.distance, min(map(order.index, each.names), default=len(order)))
    )
    return Explanation(
        psnr=psnr,
        ssim=ssim,
        classes=tuple(classes),
        images=len(scores),
        eight_bit=all(case.eight_bit for case in cases.values()),
    )


def explain_number(
    psnr: str,
    dataset: OpenDataset,
    *,
    ssim: str | None = None,
    method: str | None = None,
    weights: Path | None = None,
    restored: Path | None = None,
    some: bool = False,
    limit: int | None = None,
    device: str = "auto",
    on_image: Callable[[int], None] = lambda _: None,
) -> Explanation:
    """Say which protocol gives a published mean, on what a method makes of a dataset.

    Args:
        psnr: in dB, with all digits printed: "37.48".
        dataset: pairs with ground truth.
        ssim: likewise; None: any.
        method: METHOD words, to de-rain with; quantisers are tried too.
        weights: a file for that method.
        restored: instead of a method, a folder of restored pictures, called after their pairs.
        some: accept that restored pictures are missing.
        limit: only the first so many images.
        device: "auto", "cpu", "cuda" or "cuda:N".
        on_image: told how many images are through.

    Raises UsageError for words that cannot be understood or both, or neither, of method and
    folder, and whatever is wrong with method, weights or pictures.
    """
    printed = Printed(psnr), None if ssim is None else Printed(ssim)
    pictures: Iterable[Waiting]
    if restored is not None and method is None and weights is None:
        pictures = from_folder(restored, dataset, some=some)
    elif method is not None and restored is None:
        from rainbench.restorers.preparation import prepare_restorer

        restorer = prepare_restorer(method, dataset=dataset.name, weights=weights, device=device)
        pictures = from_method(restorer, dataset)
    else:
        raise UsageError(
            expected="either a method, with or without weights, or a folder of restored pictures",
            got="neither" if method is None and restored is None else "both",
            now="name the method to run, or the folder of pictures that it made",
        )
    return explain(islice(pictures, limit), *printed, on_image=on_image)


def from_folder(folder: Path, dataset: OpenDataset, *, some: bool = False) -> list[Waiting]:
    """List the restored pictures in a folder beside a dataset's clean ones, matched by name.

    Pictures may be missing only if `some`. Raises UsageError, DatasetError and ImageError.
    """
    from rainbench.runs.submission import open_submission

    found = open_submission(folder, dataset.pairs, name=folder.name, partial=some).pictures
    return [
        (pair.name, partial(_read, found[pair.name], pair))
        for pair in dataset.pairs
        if pair.name in found
    ]


def _read(restored: Path, pair: ImagePair) -> Pair:
    return read_pixels(restored), _with_truth(pair.name, pair.clean.read() if pair.clean else None)


def _with_truth(name: str, clean: Pixels | None) -> Pixels:
    if clean is None:
        raise UsageError(
            expected="a clean picture for every rainy one",
            got=f"none for {name}",
            now="take a dataset with ground truth",
        )
    return clean


def from_method(restorer: Restorer, dataset: OpenDataset) -> Iterator[Waiting]:
    """Restore a dataset's rainy pictures, one after the other, as floats where the method can.

    Raises what the method does wrong, and UsageError for a picture without ground truth.
    """
    for restored in restorer.restore(map(load, dataset.pairs)):
        picture, (_, clean) = restored.picture, restored.loaded.pixels()
        if isinstance(picture, RainbenchError):
            raise picture
        pair = picture, _with_truth(restored.loaded.pair.name, clean)
        yield restored.loaded.pair.name, lambda pair=pair: pair  # type: ignore[misc]


def _explained(
    key: Sequence[Protocol],
    members: Sequence[Protocol],
    cases: Mapping[str, Circumstance],
    scores: Mapping[str, Mapping[Protocol, Score]],
    psnr: Printed,
    ssim: Printed | None,
) -> Explained:
    by_image = {name: scores[name][_scored_as(members[0], case)] for name, case in cases.items()}
    score = average(key[0], by_image)
    off = psnr.distance(score.psnr_db), ssim.distance(score.ssim) if ssim else 0.0
    return Explained(tuple(members), score, hypot(*off))


def _classes(
    cases: Sequence[Circumstance], images: int
) -> dict[tuple[Protocol, ...], list[Protocol]]:
    """Put protocols together that cannot differ in any of these cases."""
    classes: dict[tuple[Protocol, ...], list[Protocol]] = {}
    for protocol in candidates():
        seen = (as_seen(protocol, case) for case in cases)
        key = tuple(replace(p, average="psnr") if images == 1 else p for p in seen)
        classes.setdefault(key, []).append(protocol)
    return classes


@cache
def _scored_as(protocol: Protocol, case: Circumstance) -> Protocol:
    """Say which one stands for a protocol on one image; averaging comes after."""
    seen = replace(as_seen(protocol, case), average="psnr")
    return replace(seen, name=str(hash(seen)))


def _score_one(fetch: Callable[[], Pair]) -> tuple[Circumstance, dict[Protocol, Score]]:
    restored, clean = fetch()
    comparison = Comparison(restored, clean)
    case = circumstance(
        *clean.shape[:2],
        eight_bit=comparison.eight_bit,
        low=float(restored.min()),
        high=float(restored.max()),
    )
    wanted = {protocol.name: protocol for protocol in _wanted(case)}
    found = comparison.score_all(wanted.values())
    return case, {protocol: found[name] for name, protocol in wanted.items()}


@cache
def _wanted(case: Circumstance) -> tuple[Protocol, ...]:
    # Those of one view together, so that its planes are made once.
    wanted = dict.fromkeys(_scored_as(protocol, case) for protocol in candidates())
    return tuple(
        sorted(wanted, key=lambda p: (p.quantise, p.clamp, p.colour, p.crop, p.ssim.downsample))
    )


def _score_all(
    pictures: Iterable[Waiting],
) -> Iterator[tuple[str, Circumstance, dict[Protocol, Score]]]:
    threads = min(4, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads, "explain") as pool:
        behind: deque[tuple[str, Future[tuple[Circumstance, dict[Protocol, Score]]]]] = deque()
        for name, fetch in pictures:
            behind.append((name, pool.submit(_score_one, fetch)))
            if len(behind) > threads:
                first, future = behind.popleft()
                yield first, *future.result()
        for first, future in behind:
            yield first, *future.result()
