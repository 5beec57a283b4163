"""Table 1 of the MSFM paper made anew: datasets x methods, each trained on that dataset."""

from collections.abc import Sequence

from rainbench import (
    Block,
    Cell,
    Column,
    Evidence,
    Note,
    Published,
    Report,
    Result,
    Table,
    cite,
    explain_marks,
)

# Section 4.1's datasets under their names here, in the releases that it describes.
DATA = (
    ("rain200l", "2018", "Rain100L"),
    ("rain200h", "2018", "Rain100H"),
    ("rain1200", "original", "Rain1200"),
    ("rain1400", "original", "Rain1400"),
)

# Table 1's order (section 4.2: the light network stands in the penultimate column), and the two
# methods that the paper compares with on real photographs.
METHODS = (
    ("DSC", "dsc"),
    ("LP", "lp"),
    ("DDN", "ddn"),
    ("JORDER", "jorder"),
    ("RESCAN", "rescan"),
    ("DID", "did"),
    ("Ours light", "msfm.light"),
    ("Ours", "msfm"),
    ("PReNet", "prenet"),
    ("SPANet", "spanet"),
)

RULE = (
    "Measured cells are of weights trained on that dataset's own training split: of several, the "
    "first by name over most images. Where there are none, a published value stands in italics "
    "with its source and its protocol: the MSFM paper's own, else one of this table's protocol, "
    "else another's. A dash: neither is known. Published values compete with nothing."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Arrange measured and published cells, and the parameters of each network."""
    cells = {(data, words): _cell(evidence, data, words) for data in DATA for _, words in METHODS}
    rows: list[tuple[Cell, ...]] = []
    for data in DATA:
        name, release, called = data
        found = (cells[data, words] for _, words in METHODS)
        rows.append((f"{called}, {name} ({release})", *map(_shown, found)))
    rows.append(("parameters", *(evidence.parameters.get(words) for _, words in METHODS)))
    scores = f"PSNR (dB) / SSIM, {evidence.protocol}"
    table = Table(
        title=f"Synthetic datasets x methods, PSNR (dB) / SSIM under {evidence.protocol}",
        columns=(
            Column(title="dataset", unit=scores),
            *(Column(title=title, align="right") for title, _ in METHODS),
        ),
        rows=tuple(rows),
        data_in="rows",
    )
    printed = [cell for cell in cells.values() if isinstance(cell, Published)]
    shown = [cell for cell in cells.values() if isinstance(cell, Result)]
    return [table, *map(Note, (RULE, *cite(printed), *explain_marks(shown)))]


def _shown(cell: Result | Published | None) -> Cell:
    return cell.measurement if isinstance(cell, Result) else cell


def _cell(evidence: Evidence, data: tuple[str, str, str], words: str) -> Result | Published | None:
    """Find what stands in a cell: an in-domain result, else a published value."""
    place = data[:2]
    measured = [
        result
        for result in evidence.results_of(words)
        if result.in_domain and (result.measurement.dataset, result.measurement.release) == place
    ]
    if measured:
        return max(measured, key=lambda result: result.measurement.images)  # the first of equals
    numbers = [
        number
        for number in evidence.published
        if number.words == words
        and (number.dataset, number.release) == place
        and number.trained_on in (None, f"{number.dataset}:train")
    ]
    preferred = sorted(numbers, key=lambda number: _rank(evidence, number))
    return preferred[0] if preferred else None


def _rank(evidence: Evidence, number: Published) -> int:
    if number.key == "MSFM":
        return 0
    return 1 if number.protocol == evidence.protocol else 2


REPORT = Report(title="Datasets x methods, each trained on them", make=make, published=True)
