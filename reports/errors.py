"""Where methods fail: gain over the input, rain and rain-free pixels, harm to clean pictures."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum, inf, isfinite, log10

import numpy as np

from rainbench import (
    PIXEL_ERRORS,
    Block,
    Cell,
    Column,
    Evidence,
    Note,
    PixelErrors,
    Report,
    Result,
    ScoredImage,
    Table,
    explain_marks,
)

INPUT = "rainy"
"""The row that leaves the rainy picture as it is: what the others are measured against."""

FEW = 5
"""Per cent of the images that score the percentile or less."""

PEAK = 255.0

Images = Mapping[tuple[str, str, str], ScoredImage]


def make(evidence: Evidence) -> Sequence[Block]:
    """Tell of each dataset, a row a method, how its images spread and where their errors lie."""
    by_data: dict[str, list[Result]] = {}
    for result in evidence.results:
        if result.images:
            by_data.setdefault(result.measurement.data, []).append(result)
    tables = [
        table
        for data in sorted(by_data)
        for table in (
            _spread(data, by_data[data], evidence.protocol),
            *_pixels(data, by_data[data]),
            *_harm(data, by_data[data], evidence),
        )
    ]
    if not tables:
        return [Note("No image is scored."), *map(Note, evidence.unscored)]
    shown = [result for results in by_data.values() for result in results]
    notes = (*_notes(by_data, evidence), *_pixel_notes(by_data, evidence), *explain_marks(shown))
    return [*tables, *map(Note, notes)]


def _spread(data: str, results: Sequence[Result], protocol: str) -> Table:
    columns = (
        Column(title="method"),
        Column(title="images", align="right"),
        Column(title="5th percentile", unit="dB", align="right"),
        Column(title="worst", unit="dB", align="right"),
        Column(title="worst image"),
        Column(title="gain over input", unit="dB", align="right"),
        Column(title="least gain", unit="dB", align="right"),
        Column(title="worse in PSNR", unit="%", align="right", decimals=0),
        Column(title="worse in SSIM", unit="%", align="right", decimals=0),
        Column(title="remarks"),
    )
    given = next((_images(each) for each in results if each.label == INPUT), {})
    rows = tuple(_row(result, given) for result in results)
    return Table(title=f"Where methods fail on {data}, {protocol}", columns=columns, rows=rows)


def _row(result: Result, given: Images) -> tuple[Cell, ...]:
    scores = [image.psnr_db for image in result.images]
    worst = min(result.images, key=lambda image: (image.psnr_db, image.name))
    # An image's own score, and no mixture of two: one may be infinite.
    low = float(np.quantile(scores, FEW / 100, method="inverted_cdf"))
    images = f"{len(result.images)}/{result.measurement.of}"
    change = (None,) * 4 if result.label == INPUT else _change(_images(result), given)
    remarks = ", ".join(result.measurement.remarks)
    return result.row, images, low, worst.psnr_db, worst.name, *change, remarks or None


def _change(restored: Images, given: Images) -> tuple[Cell, Cell, Cell, Cell]:
    """Tell mean and least gain in dB, and of how many per cent of images less is left."""
    pairs = [(restored[key], given[key]) for key in sorted(restored.keys() & given.keys())]
    if not pairs:
        return None, None, None, None
    gains = [after.psnr_db - before.psnr_db for after, before in pairs]
    whole = all(map(isfinite, gains))
    return (
        fsum(gains) / len(gains) if whole else None,
        min(gains) if whole else None,
        100 * sum(after.psnr_db < before.psnr_db for after, before in pairs) / len(pairs),
        100 * sum(after.ssim < before.ssim for after, before in pairs) / len(pairs),
    )


def _images(result: Result) -> Images:
    return {image.content: image for image in result.images}


def _pixels(data: str, results: Sequence[Result]) -> list[Table]:
    columns = (
        Column(title="method"),
        Column(title="images", align="right"),
        Column(title="rain pixels", unit="%", align="right", decimals=0),
        Column(title="PSNR on rain", unit="dB", align="right"),
        Column(title="PSNR elsewhere", unit="dB", align="right"),
        Column(title="mean error", unit="levels", align="right"),
        Column(title="on rain", unit="levels", align="right"),
        Column(title="elsewhere", unit="levels", align="right"),
    )
    rows = tuple(_pixel_row(result) for result in results if _measured(result))
    title = f"Where in the picture errors lie on {data}, luma"
    return [Table(title=title, columns=columns, rows=rows)] if rows else []


def _pixel_row(result: Result) -> tuple[Cell, ...]:
    found = _measured(result)
    return (
        result.row,
        f"{len(found)}/{result.measurement.of}",
        _mean(found, lambda each: 100 * each.rain_share),
        _mean(found, lambda each: _psnr_db(each.rain.mse) if each.rain.pixels else None),
        _mean(found, lambda each: _psnr_db(each.free.mse) if each.free.pixels else None),
        _mean(found, lambda each: each.mean),
        _mean(found, lambda each: each.rain.mean if each.rain.pixels else None),
        _mean(found, lambda each: each.free.mean if each.free.pixels else None),
    )


def _harm(data: str, results: Sequence[Result], evidence: Evidence) -> list[Table]:
    """Tell what methods leave of the clean pictures, where that was run."""
    scores = f"PSNR (dB) / SSIM, {evidence.protocol}"
    columns = (
        Column(title="method"),
        Column(title="left of clean pictures", unit=scores, align="right"),
        Column(title="mean error", unit="levels", align="right"),
    )
    found = [(result, evidence.on_clean.get(result.run_id)) for result in results]
    rows = tuple(
        (result.row, clean.measurement, _mean(_measured(clean), lambda each: each.mean))
        for result, clean in found
        if clean is not None
    )
    title = f"What methods do to the clean pictures of {data}"
    return [Table(title=title, columns=columns, rows=rows)] if rows else []


def _measured(result: Result) -> list[PixelErrors]:
    return [image.errors for image in result.images if image.errors is not None]


def _mean(
    found: Iterable[PixelErrors], figure: Callable[[PixelErrors], float | None]
) -> float | None:
    """Average a figure over the images that have it."""
    values = [value for each in found if (value := figure(each)) is not None]
    return fsum(values) / len(values) if values else None


def _psnr_db(mse: float) -> float:
    return 10 * log10(PEAK**2 / mse) if mse > 0 else inf


def _notes(by_data: Mapping[str, Sequence[Result]], evidence: Evidence) -> Iterable[str]:
    yield (
        "Gains are image by image, over the same pixels before they were restored; an image is "
        "worse where less is left than there was. The percentile is the score that 5 images in "
        "100 do not exceed."
    )
    for data, results in by_data.items():
        given = next((_images(each) for each in results if each.label == INPUT), None)
        if given is None:
            yield f"{data}: no gains, for the input is not scored; run --method {INPUT} too."
            continue
        for result in results:
            common = len(_images(result).keys() & given.keys())
            if common < len(result.images):
                yield (
                    f"{result.row} on {data}: gains are over the {common} of "
                    f"{len(result.images)} images whose input is scored."
                )
    yield from evidence.unscored


def _pixel_notes(by_data: Mapping[str, Sequence[Result]], evidence: Evidence) -> Iterable[str]:
    yield (
        f"Errors in the picture are those of {PIXEL_ERRORS}. Mean errors are restored less clean, "
        "in levels of 255: below zero is too dark; to truncate unrounded output, as the headline "
        "does, takes 0.43 levels by itself. Each figure is a mean over images. What a "
        "method leaves of the clean pictures is what it makes of them as its input, under "
        f"{evidence.protocol} (run --input clean)."
    )
    bare = [
        f"{result.row} on {data}"
        for data, results in by_data.items()
        for result in results
        if len(_measured(result)) < len(result.images)
    ]
    if bare:
        yield (
            f"Not every image of these says where its errors lie: {', '.join(bare)}. Run the same "
            "again: it is measured on the restored pictures, where they are there, and nothing is "
            "restored anew."
        )


REPORT = Report(title="Where methods fail", make=make)
