"""Table 4 of the MSFM paper, channels and layers, beside what is measured here."""

from collections.abc import Sequence

from rainbench import Block, Evidence, Report, set_beside

TITLE = "Ablation of the MSFM paper (table 4): the numbers of channels and of layers"


def make(evidence: Evidence) -> Sequence[Block]:
    """Set the paper's rows beside ours."""
    return set_beside(evidence, "MSFM", "table 4", TITLE)


REPORT = Report(title=TITLE, make=make, published=True)
