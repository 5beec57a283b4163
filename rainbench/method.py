"""What a file in methods/ must say: one frozen METHOD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from rainbench.errors import PluginError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from rainbench.image import Image
    from rainbench.training.recipe import Recipe

Setting: TypeAlias = bool | int | float | str
"""The value of one keyword of a network or a prior method."""


@dataclass(frozen=True, kw_only=True)
class Paper:
    """Where a method or a dataset was published."""

    title: str
    """Empty: not stated in the copy at hand; `remark` says which paper it is."""
    authors: str
    """Surnames, as a reference list prints them: "Ren, Zuo, Hu, Zhu, Meng"."""
    venue: str
    year: int | None = None
    """None: not stated in the copy at hand."""
    url: str = ""
    remark: str = ""
    """What whoever cites it must know, or complete."""


NO_CODE = "no code published"
"""What `code_licence` says where the authors published none."""


@dataclass(frozen=True)
class SizeRule:
    """Which image sizes a network takes; the harness pads by reflection and crops for the rest."""

    multiple_of: int = 1
    """Height and width must divide by this, in pixels."""
    minimum: int = 1
    """The smallest height and width, in pixels."""


@dataclass(frozen=True)
class Reach:
    """How far a pixel is felt: what lies further away has no part in what a method makes of it."""

    pixels: int
    """Along rows and columns, in pixels."""
    grid: int = 1
    """A part of an image is restored as the whole is where it begins at multiples of this, in
    pixels: 4 for a network that pools by 4."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A weights file and what is known of it."""

    source: str
    """A file in methods/weights/, or a sentence on where the file is to be had."""
    sha256: str
    trained_on: str = ""
    """The training data in words ("rain100l:train"), or "not stated"; empty, and no settings, where
    `shipped`: the file says it itself."""
    settings: Mapping[str, Setting] = field(default_factory=lambda: MappingProxyType({}))
    licence: str = "none stated"
    shipped: bool = False
    """Whether `source` names a file inside methods/weights/."""

    def __post_init__(self) -> None:
        if not (self.trained_on or self.shipped):
            raise PluginError(
                expected=f"words on what {self.source} was trained on",
                got="none",
                now='give trained_on, if only "not stated"',
            )


@dataclass(frozen=True)
class Checkpoint:
    """Weights as read: the settings they were made with, and the network's own state dict."""

    settings: Mapping[str, Setting]
    state: Mapping[str, Tensor]


ReachRule: TypeAlias = "Reach | Callable[[Mapping[str, Setting]], Reach | None] | None"


@dataclass(frozen=True, kw_only=True)
class PriorMethod:
    """A method without training: the whole of it is one function of the image."""

    title: str
    paper: Paper | None = None
    code_licence: str = NO_CODE
    """Under which its authors published their code: "MIT", "none stated". Nothing of it is here."""
    derain: Callable[..., Image]
    """Restores an image, (H, W, 3) RGB in [0, 1], at the same size; overshoot may be kept.
    Its keyword arguments are the method's settings; but one called `device` is told where to
    compute, as torch calls it ("cpu", "cuda:1"), and decides nothing else."""
    variants: Mapping[str, Mapping[str, Setting]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    reach: ReachRule = None
    """As a LearnedMethod's."""
    floor: bool = False
    """Whether it is a baseline that whatever is worth its name beats: reports that show it mark
    what scores less on the same images."""


@dataclass(frozen=True, kw_only=True)
class LearnedMethod:
    """A network and the recipe that trains it."""

    title: str
    paper: Paper | None = None
    code_licence: str = NO_CODE
    """Under which its authors published their code: "MIT", "none stated". Nothing of it is here."""
    network: Callable[..., nn.Module]
    """Builds the untrained network, (N, 3, H, W) RGB in [0, 1] to the same, overshoot kept. In
    training mode it may return what its recipe's loss takes instead, such as a tuple of stages.
    Its keyword arguments are the method's settings."""
    recipe: Recipe | None = None
    variants: Mapping[str, Mapping[str, Setting]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    weights: Mapping[str, Weights] = field(default_factory=lambda: MappingProxyType({}))
    """By name; the first is the default."""
    read_weights: Callable[[Mapping[str, Tensor]], Checkpoint] | None = None
    """Recognises a published file's tensors; None: only the suite's own files are read."""
    read_file: Mapping[str, Callable[[bytes], Mapping[str, Tensor]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """How to read published files that are neither safetensors nor torch's, by suffix in lower
    case (".caffemodel"): from the whole file to tensors by the file's own names, for
    `read_weights`. The bytes are anybody's: a reader runs nothing of theirs, asks for no more
    memory than they are long, and raises ValueError saying what is wrong with them."""
    untrainable: Mapping[str, Mapping[Setting, str]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Values of settings with which the recipe trains nothing, each with what to do instead."""
    size: SizeRule = SizeRule()
    reach: ReachRule = None
    """How far a pixel is felt, from the settings where it depends on them. None: everywhere, or
    nobody has worked it out; then a picture restored in tiles is not quite the whole's."""
    for_photographs: bool = False
    """Whether a photograph is restored by it where no method is named: true of one on the shelf."""
    features: Callable[[nn.Module, Tensor], Mapping[str, Mapping[str, Tensor]]] | None = None
    """Computes maps inside the network, (1, C, h, w), of a rainy image, (1, 3, H, W), by group
    and name: {"scales": {"scale 1": ..., "scale 2": ...}}. None: nobody says which are to be
    looked at."""
    dead: tuple[str, ...] = ()
    """Parameters that the published code declares and never uses, as patterns of their names
    ("attention.*"): part of its counts and of its weights files, without influence on anything."""


@dataclass(frozen=True, kw_only=True)
class ExternalMethod:
    """A method that lives outside Python: it restores a folder of pictures into another.

    Pictures go both ways as 8-bit files, so its scores under protocols that take unrounded
    output are marked "from 8-bit".
    """

    title: str
    paper: Paper | None = None
    code_licence: str = NO_CODE
    """As a LearnedMethod's."""
    restore: Callable[..., None]
    """Restores every PNG in one folder (8-bit RGB) into another, empty at first: a PNG or JPEG
    of the same size and name for each, whatever its suffix. Takes the two paths; a `Command`, or
    a function, whose keyword arguments are then the method's settings."""
    trained_on: str | None = "not stated"
    """The training data in words ("rain100l:train"); None: nothing is trained."""
    images_per_call: int | None = None
    """The most pictures in the folder; None: all that a run has left to do, in one call. A call
    that fails, or is interrupted, counts for none of its pictures."""
    variants: Mapping[str, Mapping[str, Setting]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def __post_init__(self) -> None:
        if self.images_per_call is not None and self.images_per_call < 1:
            raise PluginError(
                expected=f"at least one image a call for {self.title}",
                got=f"{self.images_per_call}",
                now="leave images_per_call out for all at once",
            )


Method: TypeAlias = PriorMethod | LearnedMethod | ExternalMethod


def work_of(method: Method) -> Callable[..., object]:
    """Return what does a method's work, whose keyword arguments are its settings."""
    if isinstance(method, LearnedMethod):
        return method.network
    return method.derain if isinstance(method, PriorMethod) else method.restore


def find_reach(method: Method, settings: Mapping[str, Setting]) -> Reach | None:
    """Say how far a pixel is felt with these settings, resolved; None: everywhere, or unknown."""
    rule = None if isinstance(method, ExternalMethod) else method.reach
    return rule(settings) if callable(rule) else rule
