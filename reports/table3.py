"""Table 3 of the MSFM paper, scales and dilated convolutions, beside ours."""

from collections.abc import Sequence

from rainbench import Block, Evidence, Report, set_beside

TITLE = "Ablation of the MSFM paper (table 3): the numbers of scales and of dilated convolutions"


def make(evidence: Evidence) -> Sequence[Block]:
    """Set the paper's rows beside ours."""
    return set_beside(evidence, "MSFM", "table 3", TITLE)


REPORT = Report(title=TITLE, make=make, published=True)
