"""RESCAN: dilated context and a memory a layer, taking rain away in four stages.

Sizes, constants and what happens where follow the authors' code, the files model.py, settings.py
and train.py in config/ of the repository XiaLiPKU/RESCAN.
"""

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import Checkpoint, LearnedMethod, Paper, Reach, Recipe, Setting, Weights, rename

CHANNELS = 24  # settings.py: channel
DILATIONS = (1, 1, 2, 4, 8)  # model.py: the first unit, then 2^i for a depth of 7
SQUEEZED = 6  # model.py: its "reduction" is the hidden width itself, not a divisor
LEAK = 0.2  # model.py

Memory = tuple[Tensor, ...]


class Excitation(nn.Module):
    """Squeeze and excitation: every channel weighed by what all of them average to."""

    def __init__(self) -> None:
        super().__init__()
        self.squeeze, self.excite = nn.Linear(CHANNELS, SQUEEZED), nn.Linear(SQUEEZED, CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels of features, (N, 24, H, W)."""
        weights: Tensor = self.excite(self.squeeze(x.mean((2, 3))).relu()).sigmoid()
        return x * weights[:, :, None, None]


def _excitation(*, se: bool) -> nn.Module:
    return Excitation() if se else nn.Identity()


class Unit(nn.Module):
    """One layer: a dilated convolution of the input and a plain one of the memory for each gate.

    The memory is (h, ...): h is also the output, excited and rectified before it is either.
    """

    gates: str = "n"
    recurrent: bool = True

    def __init__(self, inputs: int, dilation: int, *, se: bool) -> None:
        super().__init__()
        self.x = nn.ModuleDict(
            {
                gate: nn.Conv2d(inputs, CHANNELS, 3, padding=dilation, dilation=dilation)
                for gate in self.gates
            }
        )
        self.h = nn.ModuleDict(
            {
                gate: nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)
                for gate in self.gates
                if self.recurrent
            }
        )
        self.excitation = _excitation(se=se)

    def forward(self, x: Tensor, memory: Memory | None) -> Memory:
        """Advance the memory by one stage; None: there is none yet."""
        h, *rest = self.advance(x, memory)
        return F.leaky_relu(self.excitation(h), LEAK), *rest

    def gate(self, name: str, x: Tensor, h: Tensor | None = None) -> Tensor:
        """Sum what a gate sees of the input and of the memory, (N, 24, H, W)."""
        seen: Tensor = self.x[name](x)
        return seen if h is None else seen + self.h[name](h)

    def advance(self, x: Tensor, memory: Memory | None) -> Memory:
        """Work out the memory before it is excited and rectified."""
        raise NotImplementedError


class Conv(Unit):
    """No memory: each stage starts anew (ConvDirec)."""

    recurrent = False

    def advance(self, x: Tensor, memory: Memory | None) -> Memory:  # noqa: ARG002
        """Convolve the input."""
        return (self.gate("n", x),)


class Rnn(Unit):
    """A plain recurrence (ConvRNN)."""

    def advance(self, x: Tensor, memory: Memory | None) -> Memory:
        """Mix input and memory in one gate."""
        return (self.gate("n", x, memory[0] if memory else None).tanh(),)


class Gru(Unit):
    """A gated recurrent unit (ConvGRU)."""

    gates = "zrn"

    def advance(self, x: Tensor, memory: Memory | None) -> Memory:
        """Replace part z of the memory; the first stage has nothing to reset or keep."""
        if memory is None:
            return (self.gate("z", x).sigmoid() * self.gate("n", x).tanh(),)
        (h,) = memory
        z, r = self.gate("z", x, h).sigmoid(), self.gate("r", x, h).sigmoid()
        return ((1 - z) * h + z * self.gate("n", x, r * h).tanh(),)


class Lstm(Unit):
    """A long short-term memory (ConvLSTM), whose first stage forgets nothing."""

    gates = "fioj"

    def advance(self, x: Tensor, memory: Memory | None) -> Memory:
        """Advance (h, c); the first stage has no tanh over the cell, as in the authors' code."""
        h, c = memory or (None, None)
        i, o = self.gate("i", x, h).sigmoid(), self.gate("o", x, h).sigmoid()
        new = i * self.gate("j", x, h).tanh()
        if h is None or c is None:
            return o * new, new
        c = self.gate("f", x, h).sigmoid() * c + new
        return o * c.tanh(), c


UNITS: Mapping[str, type[Unit]] = {"gru": Gru, "lstm": Lstm, "rnn": Rnn, "conv": Conv}


class Rescan(nn.Module):
    """The recurrent network: (N, 3, H, W), RGB in [0, 1], any size, zeros beyond the edges.

    In training mode it returns the estimate of every stage, else the last one. Settings:

        unit: what a layer remembers between stages; "conv" is nothing.
        frame: "full", where each stage finds all of the rain, or "add", where it finds what
            the stages before it left.
        stages: how often the network is applied; no weight depends on it.
        se: squeeze and excitation of every layer.
    """

    def __init__(
        self,
        *,
        unit: Literal["gru", "lstm", "rnn", "conv"] = "gru",
        frame: Literal["full", "add"] = "full",
        stages: int = 4,
        se: bool = True,
    ) -> None:
        super().__init__()
        if stages < 1:
            raise ValueError("there must be at least one stage")
        self.frame, self.stages = frame, stages
        self.units = nn.ModuleList(
            UNITS[unit](CHANNELS if k else 3, dilation, se=se)
            for k, dilation in enumerate(DILATIONS)
        )
        self.decode = nn.Sequential(
            nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1),
            _excitation(se=se),
            nn.LeakyReLU(LEAK),
            nn.Conv2d(CHANNELS, 3, 1),
        )

    def forward(self, rainy: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Restore stage by stage; overshoot is kept."""
        estimates = self.estimates(rainy)
        return tuple(estimates) if self.training else estimates[-1]

    def estimates(self, rainy: Tensor) -> list[Tensor]:
        """Restore the image once a stage, each from the estimate before it."""
        memories: list[Memory | None] = [None for _ in self.units]
        estimates: list[Tensor] = []
        for _ in range(self.stages):
            x = estimates[-1] if estimates else rainy
            for k, unit in enumerate(self.units):
                memory: Memory = unit(x, memories[k])
                x, memories[k] = memory[0], memory
            rain = self.decode(x)
            if self.frame == "add" and estimates:
                rain = rain + (rainy - estimates[-1]).detach()
            estimates.append(rainy - rain)
        return estimates


def error_of_all_stages(estimates: Sequence[Tensor], clean: Tensor) -> Tensor:
    """Sum the stages' mean squared errors (train.py): of the rain there, of its rest here."""
    errors = [F.mse_loss(restored, clean) for restored in estimates]
    return sum(errors[1:], errors[0])


# The authors' names of layers, as patterns, and what they are called here.
_NAMES = (
    (r"rnns\.([0-4])\.conv\.", r"units.\1.x.n."),
    (r"rnns\.([0-4])\.conv_([xh])\.", r"units.\1.\2.n."),
    (r"rnns\.([0-4])\.conv_([xh])([a-z])\.", r"units.\1.\2.\3."),
    (r"rnns\.([0-4])\.se\.fc\.0\.", r"units.\1.excitation.squeeze."),
    (r"rnns\.([0-4])\.se\.fc\.2\.", r"units.\1.excitation.excite."),
    (r"dec\.1\.fc\.0\.", r"decode.1.squeeze."),
    (r"dec\.1\.fc\.2\.", r"decode.1.excite."),
    (r"dec\.", r"decode."),
)


def read_weights(tensors: Mapping[str, Tensor]) -> Checkpoint:
    """Read the authors' state dicts, of any unit (XiaLiPKU/RESCAN, csdwren/RecDerain).

    They were trained on BGR, as OpenCV reads it. Turning round the colour axis of the first
    kernels and the last makes the same network take and give RGB.
    """
    state = {}
    for theirs, tensor in tensors.items():
        name = rename(theirs, _NAMES)
        if re.fullmatch(r"units\.0\.x\..\.weight", name) and tensor.dim() == 4:
            tensor = tensor.flip(1)
        elif re.fullmatch(r"decode\.3\.(weight|bias)", name) and tensor.dim():
            tensor = tensor.flip(0)
        state[name] = tensor
    gates = "".join(sorted(name[10] for name in state if re.match(r"units\.0\.x\..\.w", name)))
    units = {"nrz": "gru", "fijo": "lstm"}
    plain = "rnn" if "units.0.h.n.weight" in state else "conv"
    settings: dict[str, Setting] = {
        "unit": units.get(gates, plain),
        "se": "decode.1.squeeze.weight" in state,
    }
    return Checkpoint(settings, state)


def reach(settings: Mapping[str, Setting]) -> Reach | None:
    """Say how far a pixel is felt: everywhere, where channels are weighed by their means.

    Without, each stage reaches its dilations and the decoder's pixel. A gated unit reaches one
    more in every stage after the first: it convolves the memory that a convolution has reset.
    """
    if settings["se"]:
        return None
    stages = int(settings["stages"])
    resets = (stages - 1) * len(DILATIONS) if settings["unit"] == "gru" else 0
    return Reach(stages * (sum(DILATIONS) + 1) + resets)


METHOD = LearnedMethod(
    title="RESCAN",
    paper=Paper(
        title="Recurrent Squeeze-and-Excitation Context Aggregation Net for Single Image Deraining",
        authors="Li, Wu, Lin, Liu, Zha",
        venue="ECCV",
        year=2018,
    ),
    code_licence="MIT",
    network=Rescan,
    recipe=Recipe(
        source="config/settings.py and config/train.py of the authors' code",
        loss=error_of_all_stages,
        picture=itemgetter(-1),
        steps=20_000,
        batch=64,
        patch=64,
        learning_rate=5e-3,
        milestones=(15_000, 17_500),
    ),
    variants={"lstm": {"unit": "lstm"}, "rnn": {"unit": "rnn"}, "conv": {"unit": "conv"}},
    weights={
        "rainlight": Weights(
            source="logs/RainLight/RESCAN/latest of the repository csdwren/RecDerain",
            sha256="49bfd63951fc6fde251de82db9af42ef995db9d00113a585cd171c51fb533017",
            trained_on="rain200l:train, which has all scenes of Rain100L",
            settings={"unit": "gru", "se": True},
        ),
        "rain800-10min": Weights(
            source="rescan-rain800-10min.safetensors",
            sha256="e9657d4af093f1ad048df5abcd0836aafe5dd395de6133f57e1491de76fc7a4c",
            licence="MIT",
            shipped=True,
        ),
    },
    reach=reach,
    read_weights=read_weights,
)
