"""The experimental protocol in words: data, metrics, weights, machine, statistics."""

from collections.abc import Sequence
from dataclasses import replace

from rainbench import Evidence, Note, Result, describe_protocol, find_report
from rainbench.evidence.evidence import gather
from rainbench.protocol import HEADLINE, PROTOCOLS
from rainbench.render import render
from rainbench.runs.record import RunRecord
from rainbench.runs.session import Session
from tests.test_difference import HIGH, LOW
from tests.test_evidence import identity, record

SESSION = Session(
    number=1, versions={"rainbench": "0.1.0", "torch": "2.13.0"}, device="cpu", engine="torch",
    processor="AMD EPYC", threads=2, of=100,
)  # fmt: skip


def words(evidence: Evidence) -> str:
    blocks = find_report("experiment").make(evidence)
    return "\n".join(block.text for block in blocks if isinstance(block, Note))


def told(*runs: RunRecord, **options: Sequence[str]) -> str:
    return words(gather([replace(run, sessions={1: SESSION}) for run in runs], **options))  # type: ignore[arg-type]


def test_all_that_makes_the_numbers_is_said() -> None:
    ours = record(identity(tile=256), images=100, of=100)
    ours = replace(ours, header=replace(ours.header, budget="40 of 400 steps"))
    lp = record(identity(method="lp", weights_sha256=None, tile=None), label="lp",
                trained_on=None, images=100, of=100)  # fmt: skip
    said = told(ours, lp)
    assert "evaluated on Rain100L (release original, test split, 100 pairs)." in said
    assert describe_protocol(PROTOCOLS[HEADLINE]) in said
    assert "This is the protocol y-prenet of rainbench 0.1.0." in said
    assert (
        "msfm (35,173 parameters, weights of SHA-256 bbbbbbbbbbbb, trained on: 40 of 400 steps on "
        "rain100l:train, restored in tiles of 256 pixels)" in said
    )
    assert "Compared are lp (35,173 parameters, nothing trained) and msfm (" in said
    assert "Methods ran by torch on cpu (AMD EPYC, torch 2.13.0, 2 threads)." in said
    assert "rain100l (original): 1 scene)" in said  # all of one clean picture


def test_a_part_of_a_dataset_is_called_a_part() -> None:
    part = record(identity(), images=28, of=100)
    whole = record(identity(method="lp"), label="lp", images=100, of=100)
    assert "(release original, test split, 28 of 100 pairs)" in told(part)
    assert "(release original, test split, 28 to 100 of 100 pairs)" in told(part, whole)


def test_one_row_has_no_statistics_and_pictures_no_machine() -> None:
    said = words(Evidence(protocol="y-prenet", results=(LOW,)))
    assert "p-values" not in said
    assert "Methods ran" not in said
    pictures = replace(SESSION, engine="pictures")
    shown = words(Evidence(protocol="y-prenet", results=(replace(LOW, sessions=(pictures,)),)))
    assert "Methods ran" not in shown


def test_what_training_has_seen_is_said() -> None:
    def with_overlap(result: Result, overlap: str) -> Result:
        return replace(result, measurement=replace(result.measurement, overlap=overlap))

    rows = (
        with_overlap(LOW, "seen 13/40"), with_overlap(HIGH, "seen 13/40"),
        with_overlap(replace(LOW, label="dark"), "overlap unknown"),
    )  # fmt: skip
    said = words(Evidence(protocol="y-prenet", results=rows))
    assert "13/40 show scenes of the training data of low and high." in said
    assert "Whether scored scenes were trained on is not known of dark." in said


def test_scores_of_8_bit_pictures_are_called_so() -> None:
    rounded = replace(LOW, measurement=replace(LOW.measurement, marks=("from 8-bit",)))
    said = words(Evidence(protocol="rgb-skimage", results=(rounded,)))
    assert "Scored from 8-bit pictures all the same: low." in said


def test_it_can_be_pasted_as_latex() -> None:
    text = render(find_report("experiment").make(Evidence(protocol="y-prenet", results=(LOW,))),
                  "latex")  # fmt: skip
    assert r"\noindent PSNR and SSIM are computed" in text
    assert r"(0.01 L)\textasciicircum{}2" in text
