"""Every sentence of the MSFM paper that can be false: its test, its number and a verdict."""

from collections import Counter
from collections.abc import Sequence

from rainbench import Block, Cell, Column, Evidence, Note, Report, Table, explain_marks

from .counts import WORDS
from .finding import NOT_TESTED, Claim
from .sentences import CLAIMS

NOTE = (
    "Sentences are quoted as far as they fit. A verdict holds for the evidence at hand and no "
    "further: means over scenes with intervals and tests as in the report significance, weights "
    "of one training set compared with each other; that they had one budget is for whoever trained "
    "them to see to. What is not tested says what would test it."
)


PARTS = (
    ("abstract and introduction", ("abstract", "section 1")),
    ("experiments", ("section 4.1", "section 4.2", "section 4.3", "figure 4")),
    ("ablations", ("section 4.4", "tables")),
    ("inside the network", ("section 4.5", "section 4.6")),
)
"""Tables that fit a page each, with how the places of their claims begin."""


def make(evidence: Evidence) -> Sequence[Block]:
    """Look at the evidence for each claim."""
    rows = [(claim.place, _row(claim, evidence)) for claim in CLAIMS]
    tables = [
        _table(name, tuple(row for place, row in rows if place.startswith(places)), evidence)
        for name, places in PARTS
    ]
    counted = Counter(str(row[-1]) for _, row in rows)
    total = "; ".join(f"{count} {verdict}" for verdict, count in counted.most_common())
    shown = [each for words in ("msfm", *WORDS) for each in evidence.results_of(words)]
    said = (f"Of {len(rows)} claims: {total}.", NOTE, *explain_marks(shown))
    return [*tables, *map(Note, said)]


def _table(name: str, rows: tuple[tuple[Cell, ...], ...], evidence: Evidence) -> Table:
    return Table(
        title=f"The paper's claims: {name}; scores under {evidence.protocol}",
        columns=(
            Column(title="place"),
            Column(title="the paper says"),
            Column(title="test"),
            Column(title="number, or what would give it"),
            Column(title="verdict"),
        ),
        rows=rows,
        keys=2,
    )


def _row(claim: Claim, evidence: Evidence) -> tuple[Cell, ...]:
    found = claim.look(evidence)
    number = claim.needs if found is None else found.number
    verdict = NOT_TESTED if found is None else found.verdict
    return claim.place, claim.sentence, claim.test, number, verdict


REPORT = Report(title="The paper's claims", make=make, published=True, words=WORDS)
