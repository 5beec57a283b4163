"""Table 2 of the MSFM paper, its basic components, beside what is measured here."""

from collections.abc import Sequence

from rainbench import Block, Evidence, Report, set_beside

TITLE = "Ablation of the MSFM paper (table 2): the basic components"


def make(evidence: Evidence) -> Sequence[Block]:
    """Set the paper's rows beside ours."""
    return set_beside(evidence, "MSFM", "table 2", TITLE)


REPORT = Report(title=TITLE, make=make, published=True)
