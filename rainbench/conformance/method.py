"""What a method must hold to, tried out: `rainbench check METHOD`."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from rainbench.conformance.subject import (
    SEED,
    Subject,
    batch_of,
    build_seeded,
    image_of,
    make_subject,
    shades_of,
)
from rainbench.conformance.verdict import (
    Check,
    Conformance,
    DoesNotApplyError,
    expect,
    judge,
)
from rainbench.counting import counted
from rainbench.restorers.tiling import in_tiles, plan_tiling

if TYPE_CHECKING:
    from torch import Tensor, nn

SIZES = ((1, 1), (2, 3), (17, 31), (33, 48))
"""Height and width in pixels: tiny, odd, and not square."""

TOLERANCE = 1e-5
"""How far apart two ways of restoring one image may be: rounding of float32 sums."""

OVERSHOOT = 0.5
"""How far a picture of smooth shades may leave [0, 1]: nothing in it makes a method ring."""

TILE = 64  # pixels
TIMED = 128  # pixels a side


def prepare_method(words: str, *, weights: Path | None = None) -> Callable[[], Conformance]:
    """Make ready to try everything that a method must hold to on made-up images.

    `words` are METHOD as on the command line, or a path to a .py file; `weights` a file for it.
    Networks without weights at hand are tried as they are built. Raises what finding the method
    and reading the weights raises: a method that cannot be made ready is no subject.
    """
    return partial(judge, words, CHECKS, make_subject(words, weights))


def restores_and_keeps_shape(subject: Subject) -> str:
    """See that an image comes back in float32, finite, in its shape and, once trained, in range."""
    rainy = image_of(48, 64)
    restored = subject.derain(rainy)
    expect(restored.shape == rainy.shape, f"shape {restored.shape} for {rainy.shape}")
    expect(bool(np.isfinite(restored).all()), "values that are not finite")
    shades = subject.derain(shades_of(48, 64))
    low, high = float(shades.min()), float(shades.max())
    said = f"{low:.3f} to {high:.3f} of smooth shades from 0 to 1"
    if not subject.trained:
        return f"{said}, untrained: its range says nothing"
    expect(low >= -OVERSHOOT and high <= 1 + OVERSHOOT, said)
    return said


def restores_odd_and_tiny_sizes(subject: Subject) -> str:
    """See that any size comes back in its shape."""
    for height, width in SIZES:
        shape = subject.derain(image_of(height, width)).shape
        expect(shape == (height, width, 3), f"shape {shape} for {height}x{width} pixels")
    return ", ".join(f"{height}x{width}" for height, width in SIZES)


def leaves_its_input_alone(subject: Subject) -> str:
    """See that the image given is the same afterwards."""
    rainy = image_of(33, 48)
    before = rainy.copy()
    subject.derain(rainy)
    expect(np.array_equal(rainy, before), "an input that was written to")
    return "to the bit"


def says_the_same_twice(subject: Subject) -> str:
    """See that a result depends on the image and the settings, not on what was drawn before."""
    import torch

    rainy = image_of(33, 48)
    outcomes = []
    for seed in (SEED, SEED + 1):
        torch.manual_seed(seed)
        np.random.seed(seed)
        outcomes.append(subject.derain(rainy))
    apart = float(np.abs(outcomes[0] - outcomes[1]).max())
    expect(apart == 0, f"results {apart:.2g} apart under two states of chance")
    return "to the bit, whatever was drawn before"


def builds_the_same_network_from_a_seed(subject: Subject) -> str:
    """See that a seed decides the untrained weights."""
    settings = subject.restorer.settings
    first, second = (build_seeded(subject.learned, settings, SEED).state_dict() for _ in range(2))
    odd = [name for name, tensor in first.items() if not tensor.equal(second[name])]
    expect(not odd, f"{', '.join(odd[:3])} different under one seed")
    return counted(len(first), "tensor")


def restores_a_batch_as_its_images(subject: Subject) -> str:
    """See that an image is restored the same whatever is in the batch with it."""
    import torch

    network, batch = subject.network().eval(), batch_of(subject.side())
    with torch.inference_mode():
        together = network(batch)
        alone = torch.cat([network(batch[i : i + 1]) for i in range(len(batch))])
    apart, scale = float((alone - together).abs().max()), max(1.0, float(together.abs().max()))
    expect(apart <= TOLERANCE * scale, f"images {apart:.2g} apart from themselves in a batch")
    return f"within {apart:.1g}"


def moves_to_another_device(subject: Subject) -> str:
    """See that nothing is left behind: on the GPU where there is one, else on torch's meta."""
    import torch

    from rainbench.conformance.one_device import OneDevice
    from rainbench.engines.operations import Operations

    device = "cuda" if torch.cuda.is_available() else "meta"
    side = subject.side()
    network = subject.network().eval().to(device)
    watch = OneDevice()
    with torch.inference_mode(), Operations(watch.see):
        try:
            restored = network(torch.zeros(1, 3, side, side, device=device))
        except NotImplementedError as error:
            raise DoesNotApplyError(f"torch cannot try it on {device}: {error}") from error
    expect(restored.device.type == device, f"an answer on {restored.device}")
    expect(not watch.mixed, f"tensors left on the CPU, in {', '.join(sorted(watch.mixed))}")
    return device


def survives_saving_and_loading(subject: Subject) -> str:
    """See that weights written and read again restore an image to the bit."""
    from rainbench.restorers.weights import fit, read_checkpoint, save_weights

    method, network = subject.learned, subject.network()
    settings = dict(subject.restorer.settings)
    record = {"method": subject.plugin.name, "settings": settings, "trained_on": "nothing"}
    other = subject.network(SEED + 1)
    with TemporaryDirectory() as folder:
        path = Path(folder, "weights.safetensors")
        save_weights(path, network.state_dict(), record)
        fit(other, read_checkpoint(method, path).state, path)
    before, after = (_restored(each, subject.side()) for each in (network, other))
    expect(before.equal(after), "another result from the same weights, read again")
    return "to the bit"


def keeps_its_size_rule(subject: Subject) -> str:
    """See that the network takes every size that its rule allows, up to twice its multiple."""
    import torch

    rule = subject.size
    network = subject.network().eval()
    smallest = max(rule.minimum + -rule.minimum % rule.multiple_of, rule.multiple_of)
    sides = [smallest + i * rule.multiple_of for i in range(3)]
    for height in sides:
        for width in sides:
            with torch.inference_mode():
                shape = tuple(network(torch.zeros(1, 3, height, width)).shape)
            expect(shape == (1, 3, height, width), f"{shape} for {height}x{width} pixels")
    return f"{sides[0]} to {sides[-1]} pixels a side, by {rule.multiple_of}"


def restores_tiles_as_the_whole(subject: Subject) -> str:
    """See that tiles make the whole's picture, where the method says how far a pixel is felt."""
    reach = subject.restorer.reach
    if reach is None:
        raise DoesNotApplyError("it does not say how far a pixel is felt: tiles are not exact")
    tiling = plan_tiling(reach, subject.restorer.multiple, TILE)
    # A seam, and more on either side of it than is felt across it.
    rainy = image_of(24, 2 * tiling.edge + tiling.margin)
    whole = subject.derain(rainy)
    apart = float(np.abs(in_tiles(subject.derain, tiling)(rainy) - whole).max())
    scale = max(1.0, float(np.abs(whole).max()))
    expect(apart <= TOLERANCE * scale, f"tiles {apart:.2g} apart from the whole")
    return f"within {apart:.1g}, with {tiling.margin} pixels around a tile"


def learns(subject: Subject) -> str:
    """See that the recipe's loss gives every parameter in use a finite gradient."""
    import torch

    method = subject.learned
    if method.recipe is None:
        raise DoesNotApplyError("no recipe trains it")
    network, side = subject.network(), subject.side(24)
    rainy, clean = torch.rand(2, 2, 3, side, side).unbind()
    method.recipe.loss(network(rainy), clean).backward()  # type: ignore[no-untyped-call]
    used = {
        name: parameter.grad
        for name, parameter in network.named_parameters()
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in method.dead)
    }
    bad = [name for name, grad in used.items() if grad is None or not grad.isfinite().all()]
    expect(not bad, f"no finite gradient for {', '.join(bad[:3])}")
    return counted(len(used), "tensor")


def takes_time(subject: Subject) -> str:
    """Time one image; nothing is asked of it."""
    rainy = image_of(TIMED, TIMED)
    subject.derain(rainy)
    begin = time.perf_counter()
    subject.derain(rainy)
    seconds = (time.perf_counter() - begin) / TIMED**2 * 1e6
    return f"{seconds:.2g} s a megapixel on {subject.restorer.device}, {TIMED}x{TIMED} pixels"


CHECKS: Mapping[str, Check[Subject]] = MappingProxyType(
    {
        "shape, range, dtype": restores_and_keeps_shape,
        "odd and tiny sizes": restores_odd_and_tiny_sizes,
        "input untouched": leaves_its_input_alone,
        "determinism": says_the_same_twice,
        "seed": builds_the_same_network_from_a_seed,
        "batch invariance": restores_a_batch_as_its_images,
        "device move": moves_to_another_device,
        "save and load": survives_saving_and_loading,
        "size rule": keeps_its_size_rule,
        "tiles against whole": restores_tiles_as_the_whole,
        "gradients": learns,
        "time": takes_time,
    }
)
"""What is tried, by name, in this order."""


def _restored(network: nn.Module, side: int) -> Tensor:
    import torch

    with torch.inference_mode():
        restored: Tensor = network.eval()(batch_of(side)[:1])
    return restored
