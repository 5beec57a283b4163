"""MSFM: multi-scale kernels and multi-scale feature maps, with shared parameters."""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast

import torch.nn.functional as F
from torch import Tensor, nn

from rainbench import (
    LargestPool,
    LeakyConv,
    LeakyMix,
    LearnedMethod,
    Paper,
    PlainConv,
    Reach,
    Recipe,
    Setting,
    Weights,
    mix_pairs,
)

LEAK = 0.2  # section 4.1: LeakyReLU with alpha = 0.2
Up: TypeAlias = Literal["bilinear", "nearest"]
POOLS = {"max": LargestPool, "mean": nn.AvgPool2d}


def _conv(inputs: int, outputs: int, *, dilation: int = 1) -> LeakyConv:
    """Build a 3x3 convolution that keeps the size, and its activation (section 4.1)."""
    return LeakyConv(inputs, outputs, slope=LEAK, kernel=3, dilation=dilation)


def _fusion(maps: int, channels: int, *, up: Up = "bilinear") -> LeakyMix:
    """Build a 1x1 convolution over maps side by side, and its activation (section 4.1)."""
    return LeakyMix(maps, channels, slope=LEAK, up=up)


class MultiScaleKernels(nn.Module):
    """The multi-scale kernels de-raining layer, MSKDL (eqs. 10-12, fig. 2a).

    (N, C, H, W) to the same. The paper's parameter counts fix what eq. 11 leaves open: two
    dilations are fused once, three in the pairs (1, 3) and (3, 5), four in (1, 3) and (5, 7).
    """

    def __init__(self, channels: int, dilations: int, *, dilated: bool) -> None:
        super().__init__()
        self.dilated = dilated
        self.convs = nn.ModuleList(
            _conv(channels, channels, dilation=2 * r + 1 if dilated else 1)
            for r in range(dilations)
        )  # eq. 10
        self.pairs = {1: [], 2: [], 3: [(0, 1), (1, 2)], 4: [(0, 1), (2, 3)]}[dilations]
        self.fuse_pairs = nn.ModuleList(_fusion(2, channels) for _ in self.pairs)  # eq. 11
        self.fuse = _fusion(2, channels) if dilations > 1 else None  # eq. 12

    def forward(self, features: Tensor) -> Tensor:
        """Gather context at every dilation and fuse it."""
        z = [conv(features) for conv in self.convs]
        if self.fuse is None:
            return cast(Tensor, z[0])
        if not self.pairs:
            return cast(Tensor, self.fuse(z))
        fuse_pairs = cast(Sequence[LeakyMix], self.fuse_pairs)
        return mix_pairs(z, self.pairs, fuse_pairs, self.fuse)

    def spread(self, features: Tensor) -> dict[str, Tensor]:
        """Name what every dilation puts out, after activation (eq. 10)."""
        found: dict[str, Tensor] = {}
        for number, conv in enumerate(self.convs, 1):
            name = f"dilation {2 * number - 1}" if self.dilated else f"kernel {number}"
            found[name] = conv(features)
        return found


class MultiScaleMaps(nn.Module):
    """The multi-scale feature maps de-raining layer, MSFMDL (eqs. 7-9, fig. 2b).

    (N, C, H, W) to the same: pools by 1, 2, 4 ..., sends every scale through the same MSKDL
    (or through one each, `share=False`), and fuses them at full size.
    """

    def __init__(
        self,
        kernels: Sequence[MultiScaleKernels],
        channels: int,
        scales: int,
        *,
        up: Up,
        pool: Literal["max", "mean"],
    ) -> None:
        super().__init__()
        self.kernels = nn.ModuleList(kernels)
        self.pool = nn.ModuleList(POOLS[pool](2**i) if i else nn.Identity() for i in range(scales))
        self.fuse = _fusion(scales, channels, up=up)

    def forward(self, features: Tensor) -> Tensor:
        """Process the features at every scale and fuse them."""
        fused: Tensor = self.fuse(self.at_scales(features))  # eq. 9
        return fused

    def at_scales(self, features: Tensor) -> list[Tensor]:
        """Process the features at every scale, of its own size (eqs. 7, 8)."""
        kernels = self.kernels
        return [kernels[i % len(kernels)](pool(features)) for i, pool in enumerate(self.pool)]


class Msfm(nn.Module):
    """The network of fig. 1 (eqs. 2-6): rainy to restored, (N, 3, H, W), RGB in [0, 1].

    Any size: edges are repeated up to a multiple of the coarsest scale (`pad="replicate"`), or
    nothing is padded and pooling drops the rest (`pad="none"`). Settings:

        layers, channels, scales, dilations: L, C, I, D of sections 3 and 4.1.
        dense: the 1x1 convolutions of eq. 3 and the fusion of eq. 4; without, a plain chain.
        scale_fusion: eqs. 7-9; without, a layer is its MSKDL at full resolution.
        dilated: eq. 10's factors 1, 3, 5; without, all are 1.
        share: one MSKDL for all scales of a layer.
        up, pool, pad: what the paper leaves open.
        final_act: an activation after the last convolution as well.
    """

    def __init__(
        self,
        *,
        layers: int = 8,
        channels: int = 10,
        scales: int = 3,
        dilations: int = 3,
        dense: bool = True,
        scale_fusion: bool = True,
        dilated: bool = True,
        share: bool = True,
        up: Up = "bilinear",
        pool: Literal["max", "mean"] = "max",
        pad: Literal["replicate", "none"] = "replicate",
        final_act: bool = False,
    ) -> None:
        super().__init__()
        self.multiple = 2 ** (scales - 1) if scale_fusion and pad == "replicate" else 1

        def kernels() -> MultiScaleKernels:
            return MultiScaleKernels(channels, dilations, dilated=dilated)

        def layer() -> nn.Module:
            if not scale_fusion:
                return kernels()
            each = [kernels() for _ in range(1 if share else scales)]
            return MultiScaleMaps(each, channels, scales, up=up, pool=pool)

        self.enter = _conv(3, channels)  # eq. 2
        self.dense = nn.ModuleList(_fusion(i, channels) for i in range(1, layers + 1) if dense)
        self.layers = nn.ModuleList(layer() for _ in range(layers))
        self.fusion = _fusion(layers + 1, channels) if dense else None  # eq. 4
        self.head = nn.Sequential(  # eq. 5
            _conv(channels, channels),
            PlainConv(channels, 3),
            nn.LeakyReLU(LEAK) if final_act else nn.Identity(),
        )

    def forward(self, rainy: Tensor) -> Tensor:
        """Subtract the streaks the network sees (eq. 6); overshoot is kept."""
        height, width = rainy.shape[2:]
        padding = (0, -width % self.multiple, 0, -height % self.multiple)
        # Padding by nothing too: no branch on a size, so that an exported network takes any.
        padded = F.pad(rainy, padding, mode="replicate") if self.multiple > 1 else rainy
        streaks = self.streaks(padded)[..., :height, :width]
        return rainy - streaks

    def streaks(self, rainy: Tensor) -> Tensor:
        """Estimate the streak layer (eqs. 2-5), the size of `rainy`."""
        features = [self.enter(rainy)]
        for i, layer in enumerate(self.layers):
            inputs = self.dense[i](features[::-1]) if self.dense else features[-1]
            features.append(layer(inputs))  # eq. 3
        last = self.fusion(features[::-1]) if self.fusion else features[-1]
        found: Tensor = self.head(last)
        return found


def features(network: nn.Module, rainy: Tensor) -> dict[str, dict[str, Tensor]]:
    """Look into the first layer: maps by kernel at scale 1 (fig. 9) and by scale (fig. 10).

    "kernels" holds the outputs of every dilation after activation (eq. 10) and of the last
    fusion (eq. 12), "scales" the outputs of eq. 8 before up-sampling. Sizes that the pooling
    does not divide lose their last rows and columns.
    """
    if not isinstance(network, Msfm):
        raise TypeError(f"{type(network).__name__} is no Msfm")
    entered = network.enter(rainy)
    inputs = network.dense[0]([entered]) if network.dense else entered
    layer = network.layers[0]
    if isinstance(layer, MultiScaleMaps):
        scales, kernels = layer.at_scales(inputs), layer.kernels[0]
    else:
        scales, kernels = [layer(inputs)], layer
    spread = kernels.spread(inputs) if isinstance(kernels, MultiScaleKernels) else {}
    return {
        "kernels": {**spread, "fused": scales[0]},
        "scales": {f"scale {2**i}": y for i, y in enumerate(scales)},
    }


def reach(settings: Mapping[str, Setting]) -> Reach | None:
    """Say how far a pixel is felt: 195 px with the defaults, on a grid of 4.

    At the coarsest scale, of s pixels, each layer reaches as many cells as its largest dilation,
    and one more where up-sampling is bilinear; the head and the first layer reach 1 px each. The
    rest depends on where in a cell the way begins: from behind its middle the nearest neighbour
    is the cell itself.
    """
    layers, scales, dilations = (int(settings[key]) for key in ("layers", "scales", "dilations"))
    dilation = 2 * dilations - 1 if settings["dilated"] else 1
    cell = 2 ** (scales - 1) if settings["scale_fusion"] else 1
    if cell == 1:
        return Reach(layers * dilation + 2)
    if settings["pad"] == "none":
        return None  # maps are stretched from the size that pooling left
    if settings["up"] == "nearest":
        return Reach(layers * dilation * cell + cell + 1, cell)
    return Reach(layers * (dilation + 1) * cell + cell // 2 + 1, cell)


METHOD = LearnedMethod(
    title="MSFM",
    paper=Paper(
        title="",
        authors="authors not stated",
        venue="Multimedia Tools and Applications",
        remark="on single image de-raining by multi-scale kernels and multi-scale feature maps; "
        "the copy at hand has no title page",
    ),
    network=Msfm,
    recipe=Recipe(
        source="section 4.1",
        loss=F.mse_loss,  # eq. 13
        steps=400_000,
        batch=10,
        patch=128,
        learning_rate=1e-3,
        milestones=(240_000, 320_000),
    ),
    reach=reach,
    features=features,
    for_photographs=True,
    variants={
        "light": {"layers": 6, "channels": 8},  # section 4.2
        "single": {"dense": False, "scale_fusion": False},  # table 2, by its count
        "no_dense": {"dense": False},  # table 2
        "no_dilation": {"dilated": False},  # table 2
    },
    weights={
        "rendered-fine-long": Weights(
            source="msfm-rendered-fine-long.safetensors",
            sha256="f21520348f000165fd38060054fc4ee1c5e7b0a6a3cd8805bf7d82a5f407c063",
            licence="MIT",
            shipped=True,
        ),
        "rendered-fine": Weights(
            source="msfm-rendered-fine.safetensors",
            sha256="01af213e55b308a8c011c869b14aeb516f248a5421ed8b600ac744bf52468694",
            licence="MIT",
            shipped=True,
        ),
        "rendered-light": Weights(
            source="msfm-rendered-light.safetensors",
            sha256="b4b8086558e41ad5a82d41890da09e770b85f8e062ba1bb4ef7c1f16a570733a",
            licence="MIT",
            shipped=True,
        ),
        "rendered-heavy": Weights(
            source="msfm-rendered-heavy.safetensors",
            sha256="fd974583c49860fb7696ab50e8efeb20807fbd56916f55206807f9963cdc776c",
            licence="MIT",
            shipped=True,
        ),
        "rendered-light-6x8": Weights(
            source="msfm-rendered-light-6x8.safetensors",
            sha256="0a9d8ec084e87eead48574d4d380e7eb117939c6320cfee654c0c9eed0368a40",
            licence="MIT",
            shipped=True,
        ),
        "rendered-heavy-6x8": Weights(
            source="msfm-rendered-heavy-6x8.safetensors",
            sha256="6e2b59a851455d5d9e38c7e61114b9a2248fd195c5ca2b3b856c685b4f2a6986",
            licence="MIT",
            shipped=True,
        ),
        "rendered-light-start": Weights(
            source="msfm-rendered-light-start.safetensors",
            sha256="224efc6e85ad152dea7998ccb07c13f6ea7666ae78993079606a0d9c929e96cd",
            licence="MIT",
            shipped=True,
        ),
    },
)
