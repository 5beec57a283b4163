"""All recorded numbers as one table."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.dataset import Given
from rainbench.errors import ResultsError
from rainbench.evidence.evidence import read_records
from rainbench.evidence.marks import is_from_8_bit, run_marks
from rainbench.evidence.overlap import Overlap, find_overlap
from rainbench.protocol import PROTOCOLS
from rainbench.runs.record import ImageRecord, RunRecord

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "method",
    "dataset",
    "release",
    "split",
    "image",
    "protocol",
    "psnr_db",
    "ssim",
    "seconds",
    "of",
    "title",
    "parameters",
    "trained_on",
    "marks",
    "seen",
    "rainy_sha256",
    "clean_sha256",
    "run_id",
)


def read_results(folder: str | Path, *, given: Given = "rainy") -> pd.DataFrame:
    """Read every recorded score: a pandas table, a row a method, dataset, image and protocol.

    `given`: of runs on the rainy pictures, or of those on the "clean" ones.

    Columns: method (the row's label: "prenet@rain1400"), dataset, release, split, image,
    protocol, psnr_db (in dB, infinite where restored exactly), ssim, seconds (of the de-rain
    call; NaN where pictures were scored and no method ran), of (images the release promises),
    title, parameters, trained_on, marks (keys of `rainbench.MARKS`, separated by commas), seen
    (whether the image shows a scene that was trained on; missing where nothing is trained or
    nobody can say), the
    digests of the pixels, run_id (12 hexadecimal digits: methods of one label and other
    settings differ in it). Rows are in order of method,
    run, dataset and image, then of the protocols. Means belong to one protocol and to
    `rainbench.PROTOCOLS`' way of averaging.

    Raises UsageError where there are no results, ResultsError where they cannot be trusted.
    """
    import pandas as pd

    read = read_records(Path(folder))
    records = sorted((each for each in read if each.header.run.input == given), key=_place)
    for one, other in pairwise(records):
        if _place(one) == _place(other):
            raise ResultsError(
                expected=f"one folder of run {one.header.run.id}",
                got=f"{one.folder} and {other.folder}",
                now="keep one and move the other out of the results folder",
            )
    rows = [
        row
        for record in records
        for overlap in [find_overlap(record)]
        for line in record.images.values()
        for row in _rows(record, line, overlap)
    ]
    table = pd.DataFrame.from_records(rows, columns=COLUMNS)
    return table.astype(
        {
            **dict.fromkeys(("psnr_db", "ssim", "seconds"), "float64"),
            "of": "int64",
            "parameters": "Int64",  # these may be missing
            "trained_on": "string",
            "seen": "boolean",
            "clean_sha256": "string",
        }
    )


def _place(record: RunRecord) -> tuple[str, str, str]:
    return record.header.label, record.header.run.id, record.header.run.dataset


def _rows(
    record: RunRecord, line: ImageRecord, overlap: Overlap | None
) -> list[tuple[object, ...]]:
    header, run = record.header, record.header.run
    # Of single images, how many there are says nothing.
    marks = run_marks(record, images=record.of)
    seen = None if overlap is None or overlap.seen is None else line.image in overlap.seen
    rows: list[tuple[object, ...]] = []
    for protocol in sorted(line.scores, key=_rank):
        rounded = is_from_8_bit(run.dtype, protocol)
        rows.append(
            (
                header.label,
                run.dataset,
                run.release,
                run.split,
                line.image,
                protocol,
                line.scores[protocol].psnr_db,
                line.scores[protocol].ssim,
                line.seconds,
                record.of,
                header.title,
                header.parameters,
                header.trained_on,
                ",".join((*marks, "from 8-bit") if rounded else marks),
                seen,
                line.rainy_sha256,
                line.clean_sha256,
                run.id,
            )
        )
    return rows


def _rank(protocol: str) -> tuple[int, str]:
    order = list(PROTOCOLS)
    return (order.index(protocol) if protocol in order else len(order)), protocol
