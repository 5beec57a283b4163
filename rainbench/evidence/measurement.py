"""What was measured: a mean over a dataset's images, and the run behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rainbench.evidence.marks import named_splits, training_in_words

if TYPE_CHECKING:
    from rainbench.method import Setting
    from rainbench.metrics.pixel_error import PixelErrors
    from rainbench.runs.identity import Run
    from rainbench.runs.session import Session


def _nothing() -> Mapping[str, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class UnseenMean:
    """A mean over the images that show no scene of the training data."""

    psnr_db: float
    ssim: float
    images: int


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A mean PSNR and SSIM over a dataset's images: a number that cannot leave its protocol."""

    psnr_db: float
    """In dB; infinite where every image was restored exactly."""
    ssim: float
    protocol: str
    dataset: str
    release: str
    split: str
    images: int
    """Scored images that the mean is over, at least 1."""
    of: int
    """Images that the release promises for the split."""
    marks: tuple[str, ...] = ()
    """What a reader must know beside the number: "cross-dataset", "from 8-bit"."""
    overlap: str = ""
    """How the images stand to what was trained on: "unseen", "seen 13/100", "overlap unknown";
    empty: nothing is trained."""
    unseen: UnseenMean | None = None
    """The mean over the unseen images, where some were seen and some were not."""
    run_ids: tuple[str, ...] = ()
    """The runs that the mean is of: one, or one a seed; empty: nobody said."""

    @property
    def data(self) -> str:
        """Name the data, as a column is called: "rain100l", "rain800:train (halves)"."""
        return data_name(self.dataset, self.split, self.release)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What must stand beside any number of the run: what of it was seen, then the marks."""
        return (*([self.overlap] if self.overlap else []), *self.marks)

    @property
    def whole(self) -> bool:
        """Whether the mean is over every promised image."""
        return self.images == self.of


@dataclass(frozen=True, kw_only=True)
class ScoredImage:
    """What one run scores on one image, and which image that is."""

    name: str
    scene: str
    """Images of one scene err together; one clean picture is one scene, whatever its rain."""
    rainy_sha256: str
    clean_sha256: str
    psnr_db: float
    """In dB; infinite where the image was restored exactly."""
    ssim: float
    errors: PixelErrors | None = None
    """Where in the picture errors lie; None: nobody measured it."""

    @property
    def content(self) -> tuple[str, str, str]:
        """What it must share with another run's image to be compared: name and pixels."""
        return self.name, self.rainy_sha256, self.clean_sha256


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run, as tables print it: the method, its weights, and the mean over one dataset."""

    label: str
    """What was asked for: "msfm.light", "prenet@rain1400"."""
    title: str
    difference: str = ""
    """What tells this row from another of the same label: "layers=6", "weights 3f2a91c"."""
    parameters: int | None
    """Trainable numbers in the network; None where nothing is trained or nobody said."""
    trained_on: str | None
    """None: nothing is trained. Else the weights' training data, or "not stated"."""
    budget: str = ""
    """How long they were trained: "6,000 of 400,000 steps"; empty: nobody said."""
    seconds_per_image: float | None = None
    """Indicative: the stages of a run overlap. None: pictures were scored, no method ran."""
    run_id: str
    measurement: Measurement
    method: str = ""
    """The plug-in's name; empty: nobody said."""
    settings: Mapping[str, Setting] = field(default_factory=_nothing)
    """Resolved: every keyword with its value."""
    floor: bool = False
    """Whether whatever scores less on the same images is told so."""
    images: tuple[ScoredImage, ...] = ()
    """What the mean is over, in order of name."""
    repeats: str = ""
    """The same for runs that differ in nothing but their seed; empty: a run like no other."""
    identity: Run | None = None
    """All that decides the run's numbers; None: nobody said."""
    sessions: tuple[Session, ...] = ()
    """The processes that measured the images, in order: machine, versions, command."""

    @property
    def name(self) -> str:
        """Name the row: title, what was asked for, what tells it apart; each once."""
        alike = self.title.casefold() == self.label.casefold()
        beside = [*([] if alike else [self.label]), *filter(None, [self.difference])]
        name = self.label if alike else self.title
        return f"{name} ({'; '.join(beside)})" if beside else name

    @property
    def training(self) -> str | None:
        """Say what the weights were trained on, and how long; None: nothing is trained."""
        return training_in_words(self.trained_on, self.budget)

    @property
    def weights(self) -> str:
        """The name of the weights that were asked for: "rain1400"; empty: none was named."""
        return self.label.partition("@")[2].partition(":")[0]

    @property
    def in_domain(self) -> bool:
        """Whether the weights were trained on this very dataset's training split, or none were."""
        data = self.measurement
        if self.trained_on is None:
            return data.split == "test"
        return (data.split, named_splits(self.trained_on)) == ("test", {(data.dataset, "train")})

    @property
    def row(self) -> str:
        """Call the run as nothing else is called: "msfm", "msfm (layers=6)"."""
        return row_name(self.label, self.difference)


def data_name(dataset: str, split: str, release: str) -> str:
    """Name data as a column is called: "rain100l (original)", "rain800:train (halves)"."""
    return f"{dataset}{'' if split == 'test' else f':{split}'} ({release})"


def row_name(label: str, difference: str) -> str:
    """Call a run as nothing else is called: "msfm", "msfm (layers=6)"."""
    return f"{label} ({difference})" if difference else label
