"""Every sentence of the MSFM paper that can be false: its test, its number and a verdict."""

from collections import Counter
from collections.abc import Sequence

from rainbench import Block, Cell, Column, Evidence, Note, Report, Table, explain_marks

from .counts import WORDS
from .finding import NOT_TESTED
from .sentences import CLAIMS

NOTE = (
    "Sentences are quoted as far as they fit. A verdict holds for the evidence at hand and no "
    "further: means over scenes with intervals and tests as in the report significance, weights "
    "of one training set compared with each other; that they had one budget is for whoever trained "
    "them to see to. What is not tested says what would test it."
)


def make(evidence: Evidence) -> Sequence[Block]:
    """Look at the evidence for each claim."""
    rows: list[tuple[Cell, ...]] = []
    for claim in CLAIMS:
        found = claim.look(evidence)
        number = claim.needs if found is None else found.number
        verdict = NOT_TESTED if found is None else found.verdict
        rows.append((claim.place, claim.sentence, claim.test, number, verdict))
    table = Table(
        title=f"The paper's claims; scores under {evidence.protocol}",
        columns=(
            Column(title="place"),
            Column(title="the paper says"),
            Column(title="test"),
            Column(title="number, or what would give it"),
            Column(title="verdict"),
        ),
        rows=tuple(rows),
        keys=2,
    )
    counted = Counter(str(row[-1]) for row in rows)
    total = "; ".join(f"{count} {verdict}" for verdict, count in counted.most_common())
    shown = [each for words in ("msfm", *WORDS) for each in evidence.results_of(words)]
    return [table, *map(Note, (f"Of {len(rows)} claims: {total}.", NOTE, *explain_marks(shown)))]


REPORT = Report(title="The paper's claims", make=make, published=True, words=WORDS)
