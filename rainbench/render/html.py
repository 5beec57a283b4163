"""HTML: the interactive page, of a report's blocks alone or of all that is known of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rainbench.protocol import HEADLINE
from rainbench.render.page.document import page_document
from rainbench.render.page.file import compose
from rainbench.report import Block

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rainbench.evidence.evidence import Evidence
    from rainbench.runs.record import RunRecord

TITLE = "Report"


def render(blocks: Sequence[Block]) -> str:
    r"""Render blocks alone as one HTML file without anything beside it; it ends in "\n"."""
    return compose(TITLE, page_document(TITLE, {HEADLINE: blocks}, {}, protocol=HEADLINE))


def render_page(
    title: str,
    blocks: Mapping[str, Sequence[Block]],
    evidence: Mapping[str, Evidence],
    records: Iterable[RunRecord],
    *,
    protocol: str,
    output: Path | None = None,
) -> str:
    r"""Render blocks under several protocols, with the runs, images and scores they are of.

    Args:
        title: the report's.
        blocks: by protocol.
        evidence: by protocol, what the blocks were made of.
        records: the runs that it was gathered from.
        protocol: the one that is shown first.
        output: where the page will lie; its pictures are put into `OUTPUT_files/` beside it.
            None: it goes without pictures.

    Returns text that ends in "\n". Raises ResultsError where a picture cannot be written.
    """
    from rainbench.render.page.pictures import Pictures

    folder = None if output is None else files_folder(output)
    document = page_document(
        title, blocks, evidence, records, protocol=protocol,
        pictures=None if folder is None else Pictures(folder),
    )  # fmt: skip
    return compose(title, document)


def files_folder(output: Path) -> Path:
    """Name the folder of a page's pictures: `page_files/` beside page.html, as browsers do."""
    return output.with_name(f"{output.stem}_files")
