"""Every method on the shelf keeps the contract of method.py."""

import fnmatch
import tomllib
from pathlib import Path

import pytest
import torch
from torch import nn

from rainbench.costs.profile import count_parameters, macs_per_pixel
from rainbench.method import LearnedMethod
from rainbench.registry import entries, find_method
from rainbench.restorers.preparation import build_network, method_settings
from rainbench.specification import MethodSpecification, parse_method

COUNTS = tomllib.loads(
    (Path(__file__).parent.parent / "golden" / "parameters.toml").read_text(encoding="utf-8")
)
ROWS = [
    pytest.param(row["words"], row["count"], id=row["words"]) for n in COUNTS for row in COUNTS[n]
]
# Where the published code declares parameters that it never uses, a row says how many it does.
USED = [
    pytest.param(row["words"], row.get("used", row["count"]), id=row["words"])
    for name in COUNTS
    for row in COUNTS[name]
]

# Floors that nobody has published.
UNPUBLISHED = {"rainy", "median", "darken"}


# A program beside Python keeps the contract too; none is on the shelf.
EXTERNAL = Path(__file__).parent.parent / "external" / "darken.py"

# Whose paper has no year in the copy at hand.
UNDATED = {"msfm"}


def all_words() -> list[str]:
    words = [str(EXTERNAL)]
    for name in entries("methods"):
        words += [name, *(f"{name}.{variant}" for variant in find_method(name).value.variants)]
    return words


@pytest.mark.parametrize("words", all_words())
def test_it_says_what_it_is_and_where_it_was_published(words: str) -> None:
    plugin = find_method(parse_method(words).name)
    assert plugin.value.title
    assert (plugin.value.paper is None) == (plugin.name in UNPUBLISHED)
    if plugin.value.paper is not None:
        assert plugin.value.code_licence
        assert (plugin.value.paper.year is None) == (plugin.name in UNDATED)


@pytest.mark.parametrize("words", all_words())
def test_a_learned_method_learns(words: str) -> None:
    plugin = find_method(parse_method(words).name)
    if not isinstance(plugin.value, LearnedMethod):
        return
    assert plugin.value.recipe is not None
    torch.manual_seed(0)
    network = build_network(plugin.value, method_settings(plugin.value, parse_method(words)))
    rule = plugin.value.size
    side = -(-max(24, rule.minimum) // rule.multiple_of) * rule.multiple_of
    rainy, clean = torch.rand(2, 2, 3, side, side).unbind()
    plugin.value.recipe.loss(network(rainy), clean).backward()  # type: ignore[no-untyped-call]
    for name, parameter in network.named_parameters():
        if is_dead(plugin.value, name):
            assert parameter.grad is None, f"{name} is used after all"
            continue
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name


# So short that few rectifiers change sides on the way, in double precision.
STEP = 1e-8


@pytest.mark.parametrize("words", all_words())
def test_the_gradient_of_what_it_restores_is_the_change(words: str) -> None:
    method = find_method(parse_method(words).name).value
    if not isinstance(method, LearnedMethod):
        return
    torch.manual_seed(0)
    network = build_network(method, method_settings(method, parse_method(words))).double().eval()
    side = -(-max(16, method.size.minimum) // method.size.multiple_of) * method.size.multiple_of
    rainy, seen = torch.rand(2, 1, 3, side, side, dtype=torch.float64).unbind()
    alive = [p for name, p in network.named_parameters() if not is_dead(method, name)]
    ways = [torch.randn_like(parameter) for parameter in alive]

    def restored(step: float) -> torch.Tensor:
        """Sum what is restored, weighed by noise, with every weight moved along its way."""
        with torch.no_grad():
            for parameter, way in zip(alive, ways, strict=True):
                parameter.add_(way, alpha=step)
        found: torch.Tensor = (network(rainy) * seen).sum()
        return found

    # First away from the start: its biases of zero lie on the very edge of a rectifier.
    gradients = torch.autograd.grad(restored(0.01), alive)
    slope = sum((g * way).sum().item() for g, way in zip(gradients, ways, strict=True))
    with torch.no_grad():
        change = (restored(STEP) - restored(-2 * STEP)).item() / (2 * STEP)
    assert slope == pytest.approx(change, rel=1e-3)


@pytest.mark.parametrize("words", all_words())
def test_dead_parameters_are_there(words: str) -> None:
    method = find_method(parse_method(words).name).value
    if isinstance(method, LearnedMethod) and method.dead:
        network = build_network(method, method_settings(method, parse_method(words)))
        names = [name for name, _ in network.named_parameters()]
        for pattern in method.dead:
            assert fnmatch.filter(names, pattern), pattern


def is_dead(method: LearnedMethod, name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in method.dead)


def outlined(specification: MethodSpecification) -> nn.Module:
    """Build a network in shapes alone: counted, even the largest takes no memory."""
    method = find_method(specification.name).value
    assert isinstance(method, LearnedMethod)
    with torch.device("meta"):
        return build_network(method, method_settings(method, specification))


@pytest.mark.parametrize(("words", "count"), ROWS)
def test_parameters_are_those_published(words: str, count: int) -> None:
    assert count_parameters(outlined(parse_method(words))) == count


@pytest.mark.parametrize(("words", "used"), USED)
def test_parameters_in_use_are_those_stated(words: str, used: int) -> None:
    specification = parse_method(words)
    method = find_method(specification.name).value
    assert isinstance(method, LearnedMethod)
    named = outlined(specification).named_parameters()
    alive = [parameter for name, parameter in named if not is_dead(method, name)]
    assert sum(parameter.numel() for parameter in alive) == used


def test_every_learned_method_has_published_counts() -> None:
    learned = {
        name for name in entries("methods") if isinstance(find_method(name).value, LearnedMethod)
    }
    assert learned == set(COUNTS)


@pytest.mark.parametrize(
    ("words", "macs"),
    # From the architecture: nine products a pixel and channel pair, less at coarser scales.
    # MSFM convolves coarse maps before it enlarges them, at a quarter and a sixteenth of the cost.
    # RESCAN's first stage leaves out what has no memory to work on; SPANet as run here, without
    # the 27,904 that the published code spends on what it then drops.
    [
        ("msfm", 42_750 - 8 * 10**2 * 27 // 16),
        ("msfm.light", 20_392 - 6 * 8**2 * 27 // 16),
        ("prenet", 1_010_880),
        ("jorder", 369_792),
        ("jorder_mt", 3 * (1_728 + 6 * 36_864 + 36_864 + 576 + 1_755 + 1_917)),
        ("ddn", 56_160),
        ("rescan", 489_528),
        ("spanet", 525_120),
    ],
)
def test_operations_are_those_of_the_architecture(words: str, macs: int) -> None:
    method = find_method(parse_method(words).name).value
    assert isinstance(method, LearnedMethod)
    network = build_network(method, method_settings(method, parse_method(words)))
    # Less than one a pixel are those of channel weights, worked out once an image.
    assert macs_per_pixel(network) == pytest.approx(macs, abs=0.5)
