"""PReNet: one small residual network applied six times, with a recurrent memory."""

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor, nn

from rainbench import (
    Checkpoint,
    LearnedMethod,
    Paper,
    Reach,
    Recipe,
    Setting,
    Weights,
    mean_ssim,
    rename,
)

CHANNELS = 32
BLOCKS = 5


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


class Lstm(nn.Module):
    """The convolutional LSTM between the stages (section 3.2)."""

    def __init__(self) -> None:
        super().__init__()
        self.i, self.f, self.g, self.o = (_conv(2 * CHANNELS, CHANNELS) for _ in range(4))

    def forward(self, x: Tensor, memory: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """Advance the memory (h, c) by one stage; h is the output."""
        h, c = memory or (torch.zeros_like(x), torch.zeros_like(x))
        xh = torch.cat([x, h], 1)
        i, f, o = self.i(xh).sigmoid(), self.f(xh).sigmoid(), self.o(xh).sigmoid()
        c = f * c + i * self.g(xh).tanh()
        return o * c.tanh(), c


class Gru(nn.Module):
    """The convolutional GRU that the authors also tried."""

    def __init__(self) -> None:
        super().__init__()
        self.z, self.b, self.g = (_conv(2 * CHANNELS, CHANNELS) for _ in range(3))

    def forward(self, x: Tensor, memory: tuple[Tensor, ...] | None) -> tuple[Tensor, ...]:
        """Advance the memory (h,) by one stage; h is the output."""
        (h,) = memory or (torch.zeros_like(x),)
        xh = torch.cat([x, h], 1)
        z, b = self.z(xh).sigmoid(), self.b(xh).sigmoid()
        g = self.g(torch.cat([b * h, x], 1)).tanh()
        return ((1 - z) * h + z * g,)


class Residual(nn.Module):
    """One residual block: two convolutions, rectified before the sum and after it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = _conv(CHANNELS, CHANNELS), _conv(CHANNELS, CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        """Refine features, (N, 32, H, W)."""
        refined: Tensor = self.second(self.first(x).relu()).relu()
        return (refined + x).relu()


class Prenet(nn.Module):
    """The progressive recurrent network (section 3): (N, 3, H, W), RGB in [0, 1], any size.

    Settings:
        recurrence: what is remembered between stages; "none" is the paper's PRN.
        shared: one residual block applied five times (PReNet_r, PRN_r).
        stages: how often the network is applied; no weight depends on it.
    """

    def __init__(
        self,
        *,
        recurrence: Literal["lstm", "gru", "none"] = "lstm",
        shared: bool = False,
        stages: int = 6,
    ) -> None:
        super().__init__()
        if stages < 1:
            raise ValueError("there must be at least one stage")
        self.stages = stages
        self.enter = _conv(6, CHANNELS)
        self.memory = {"lstm": Lstm, "gru": Gru, "none": nn.Identity}[recurrence]()
        self.blocks = nn.ModuleList(Residual() for _ in range(1 if shared else BLOCKS))
        self.leave = _conv(CHANNELS, 3)

    def forward(self, rainy: Tensor) -> Tensor:
        """Restore in `stages` passes, each seeing the rainy image and the last estimate."""
        restored, memory = rainy, None
        for _ in range(self.stages):
            x = self.enter(torch.cat([rainy, restored], 1)).relu()
            if not isinstance(self.memory, nn.Identity):
                memory = self.memory(x, memory)
                x = memory[0]
            for k in range(BLOCKS):
                x = self.blocks[k % len(self.blocks)](x)
            restored = self.leave(x) + rainy
        return restored


def negative_ssim(restored: Tensor, clean: Tensor) -> Tensor:
    """Return the paper's loss, minus the mean SSIM (eq. 7)."""
    return -mean_ssim(restored, clean)


# The authors' names of layers, as patterns, and what they are called here.
_NAMES = (
    (r"conv0\.0\.", r"enter."),
    (r"conv_([ifgozb])\.0\.", r"memory.\1."),
    (r"res_conv([1-5])\.0\.", lambda m: f"blocks.{int(m[1]) - 1}.first."),
    (r"res_conv([1-5])\.2\.", lambda m: f"blocks.{int(m[1]) - 1}.second."),
    (r"conv\.0\.", r"leave."),
)


def read_weights(tensors: Mapping[str, Tensor]) -> Checkpoint:
    """Read the authors' state dicts (csdwren/PReNet, csdwren/RecDerain)."""
    state = {rename(name, _NAMES): tensor for name, tensor in tensors.items()}
    settings: dict[str, Setting] = {
        "recurrence": "lstm"
        if "memory.i.weight" in state
        else "gru"
        if "memory.z.weight" in state
        else "none",
        "shared": "blocks.1.first.weight" not in state,
    }
    return Checkpoint(settings, state)


def _published(file: str, sha256: str, trained_on: str, **settings: Setting) -> Weights:
    return Weights(
        source=f"{file}/net_latest.pth of the repository csdwren/PReNet",
        sha256=sha256,
        trained_on=trained_on,
        settings={"recurrence": "lstm", "shared": False, **settings},
    )


def reach(settings: Mapping[str, Setting]) -> Reach:
    """Say how far a pixel is felt: one further for each convolution in a row, stage after stage."""
    in_memory = {"lstm": 1, "gru": 2, "none": 0}[str(settings["recurrence"])]
    return Reach(int(settings["stages"]) * (2 + in_memory + 2 * BLOCKS))


METHOD = LearnedMethod(
    title="PReNet",
    paper=Paper(
        title="Progressive Image Deraining Networks: A Better and Simpler Baseline",
        authors="Ren, Zuo, Hu, Zhu, Meng",
        venue="CVPR",
        year=2019,
    ),
    code_licence="none stated",
    network=Prenet,
    recipe=Recipe(
        source="section 4.1; batch, patch and epochs as in the authors' code",
        loss=negative_ssim,
        # 100 epochs over Rain100L's 200 training pairs: 15 patches a picture on a grid of 80,
        # flipped too, so 6,000 in batches of 18; the rate falls at epochs 30, 50 and 80.
        steps=33_400,
        batch=18,
        patch=100,
        learning_rate=1e-3,
        milestones=(10_020, 16_700, 26_720),
        decay=0.2,
        flip=True,
    ),
    variants={
        "r": {"shared": True},
        "prn": {"recurrence": "none"},
        "prn_r": {"recurrence": "none", "shared": True},
        "gru": {"recurrence": "gru"},
    },
    weights={
        "rain100l": _published(
            "logs/Rain100L/PReNet6",
            "cb9b743bb33cf6e5c56ba45f8ade93add46266dea9fa582e1934dc5eed942333",
            "rain100l:train",
        ),
        "rain100l-r": _published(
            "logs/Rain100L/PReNet6_r",
            "31dd4419cdb0f4da623d974747113d60e2c22803598c39dcf03d789f86a7f62b",
            "rain100l:train",
            shared=True,
        ),
        "rain100l-prn": _published(
            "logs/Rain100L/PRN6",
            "ed4be5b78f76dcec5c781e1655dee48c2a90b56993de555945d72e31848aea99",
            "rain100l:train",
            recurrence="none",
        ),
        # Its authors saved what it restored as JPEG, of quality 95, before they measured it: their
        # README's 32.60 / 0.946 needs the quantiser "truncate+jpeg95", some 0.05 dB below y-prenet.
        "rain1400": _published(
            "logs/Rain1400/PReNet6",
            "d5744dc2e35d73187a3f34936b3413884d293277073ffb78b961a78e65337879",
            "rain1400:train",
        ),
        "rainlight": Weights(
            source="logs/RainLight/PReNet/net_latest.pth of the repository csdwren/RecDerain",
            sha256="a1df2965e2e99081371210c678f63d95de95c40d87f556deb491dd064cb59a27",
            trained_on="rain200l:train, which has all scenes of Rain100L",
            settings={"recurrence": "lstm", "shared": False},
        ),
        "rain800-10min": Weights(
            source="prenet-rain800-10min.safetensors",
            sha256="a82265e7ed1717e32c3de9cd6b7607b15af80cdf895ea90b1e32a619627380d1",
            licence="MIT",
            shipped=True,
        ),
    },
    reach=reach,
    read_weights=read_weights,
)
