"""What one method did on one dataset, in a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import fsum
from pathlib import Path
from types import MappingProxyType

from rainbench.dataset import Given
from rainbench.errors import RainbenchError
from rainbench.evidence.marks import is_from_8_bit, run_marks, training_in_words
from rainbench.evidence.overlap import Overlap, find_overlap
from rainbench.metrics.comparison import Score, average
from rainbench.protocol import PROTOCOLS
from rainbench.runs.document import Document, encode_psnr
from rainbench.runs.record import SCHEMA, ImageRecord, RunRecord


@dataclass(frozen=True, kw_only=True)
class UnitSummary:
    """One method with its settings and weights on one split of one dataset."""

    method: str
    """What was asked for: "msfm.light", "prenet@rain1400"."""
    title: str
    dataset: str
    release: str
    split: str
    images: int
    """Images restored, and scored where they have a ground truth."""
    of: int
    """Images that the release promises for the split."""
    failures: int
    """Images tried in vain, and not made good since."""
    parameters: int | None
    """Trainable numbers in the network; None: nothing is trained, or nobody said."""
    seconds_per_image: float | None
    """Mean of the de-rain calls; indicative. None: no image, or nobody watched the method."""
    trained_on: str | None
    """None: nothing is trained. Else the weights' training data, or "not stated"."""
    budget: str = ""
    """How long they were trained: "6,000 of 400,000 steps"; empty: nobody said."""
    marks: tuple[str, ...] = ()
    """What a reader must know beside the scores: keys of `rainbench.MARKS`."""
    overlap: Overlap | None = None
    """Which images show a scene that was trained on; None: nothing is trained."""
    unseen_scores: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    """Averages over the unseen images alone; empty where all or none were seen."""
    scores: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    """Averages by protocol, the headline first; of protocols that every image is scored under."""
    from_8_bit: tuple[str, ...] = ()
    """Of these protocols, those that take unrounded output, where 8-bit pictures were scored."""
    input: Given = "rainy"
    """Which picture of a pair the method was given."""
    run_id: str
    folder: Path

    @property
    def data(self) -> str:
        """Name the data and what of it was given: "rain800:train (halves), clean pictures"."""
        split = "" if self.split == "test" else f":{self.split}"
        given = "" if self.input == "rainy" else f", {self.input} pictures"
        return f"{self.dataset}{split} ({self.release}){given}"

    def marks_under(self, protocol: str) -> tuple[str, ...]:
        """What a reader must know beside the score under one protocol."""
        return (*self.marks, *(["from 8-bit"] if protocol in self.from_8_bit else []))

    @property
    def training(self) -> str | None:
        """Say what the weights were trained on, and how long; None: nothing is trained."""
        return training_in_words(self.trained_on, self.budget)

    @property
    def cross_dataset(self) -> bool:
        """Whether the weights were trained on other data than these."""
        return "cross-dataset" in self.marks

    def to_json(self) -> Document:
        """Return what `run --json` prints; an infinite PSNR is written "inf"."""
        return {
            "schema": SCHEMA,
            "method": self.method,
            "dataset": self.dataset,
            "split": self.split,
            "input": self.input,
            "images": self.images,
            "of": self.of,
            "parameters": self.parameters,
            "seconds_per_image": self.seconds_per_image,
            "trained_on": self.trained_on,
            "budget": self.budget,
            "overlap": None if self.overlap is None else str(self.overlap),
            "unseen_scores": _scores_to_json(self.unseen_scores),
            "scores": _scores_to_json(self.scores),
            "from_8_bit": list(self.from_8_bit),
        }


@dataclass(frozen=True, kw_only=True)
class UnitProblem:
    """A method that could not even start on a dataset, and why; the other units went on."""

    method: str
    """Empty: the dataset could not be opened."""
    dataset: str
    """Empty: it is the method's fault, whatever the dataset."""
    error: RainbenchError
    skipped: bool = False
    """Whether a group ("all") brought it in: then it is listed, and no failure."""

    def to_json(self) -> Document:
        """Return what `run --json` prints."""
        return {
            "schema": SCHEMA,
            "method": self.method,
            "dataset": self.dataset,
            "skipped": self.skipped,
            "problem": str(self.error),
        }


def _scores_to_json(scores: Mapping[str, Score]) -> Document:
    return {
        name: {"psnr_db": encode_psnr(score.psnr_db), "ssim": score.ssim}
        for name, score in scores.items()
    }


def summarise(record: RunRecord, names: Collection[str] | None = None) -> UnitSummary:
    """Average a run over the images called so, or over all that it holds."""
    wanted = set(record.images) | set(record.failures) if names is None else set(names)
    images = {name: line for name, line in record.images.items() if name in wanted}
    run, header = record.header.run, record.header
    seconds = [line.seconds for line in images.values() if line.seconds is not None]
    scores = _averages(images)
    overlap = find_overlap(record, images)
    seen = None if overlap is None else overlap.seen
    unseen = {name: line for name, line in images.items() if name not in seen} if seen else {}
    return UnitSummary(
        method=header.label,
        title=header.title,
        dataset=run.dataset,
        release=run.release,
        split=run.split,
        images=len(images),
        of=record.of,
        failures=sum(name in wanted for name in record.failures),
        parameters=header.parameters,
        seconds_per_image=fsum(seconds) / len(seconds) if seconds else None,
        trained_on=header.trained_on,
        budget=header.budget,
        marks=run_marks(record, len(images)),
        overlap=overlap,
        unseen_scores=_averages(unseen),
        scores=scores,
        from_8_bit=tuple(name for name in scores if is_from_8_bit(run.dtype, name)),
        input=run.input,
        run_id=run.id,
        folder=record.folder,
    )


def _averages(images: Mapping[str, ImageRecord]) -> dict[str, Score]:
    # Means over different images are different things: a protocol joins once it has them all.
    scored = {name: line.scores for name, line in images.items() if line.clean_sha256 is not None}
    return {
        protocol.name: average(
            protocol, {name: scores[protocol.name] for name, scores in scored.items()}
        )
        for protocol in PROTOCOLS.values()
        if scored and all(protocol.name in scores for scores in scored.values())
    }
