"""JORDER's multi-task form: reach, order of the tasks, recurrence, and a loss of three errors."""

import pytest
import torch
from torch import Tensor, nn

from rainbench.errors import UsageError
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import build_network


def method() -> LearnedMethod:
    found = find_method("jorder_mt").value
    assert isinstance(found, LearnedMethod)
    return found


def network(recurrences: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return build_network(method(), {"recurrences": recurrences})


def loss_of(estimates: object, clean: Tensor) -> float:
    recipe = method().recipe
    assert recipe is not None
    return recipe.loss(estimates, clean).item()


@pytest.mark.parametrize(("path", "pixels"), [(0, 5), (1, 9), (2, 13)])
def test_the_three_paths_see_5_9_and_13_pixels(path: int, pixels: int) -> None:
    part = network().get_submodule(f"context.paths.{path}").double()
    for weight in part.parameters():
        nn.init.constant_(weight, 0.1)
    x = torch.ones(1, 64, 21, 21, dtype=torch.float64, requires_grad=True)
    part(x)[0, 0, 10, 10].backward()
    assert x.grad is not None
    rows = x.grad[0, 0].abs().sum(1).nonzero().flatten().tolist()
    assert (rows[0], rows[-1]) == (10 - pixels // 2, 10 + pixels // 2)


def test_background_is_told_what_the_masked_streaks_leave() -> None:
    net, rainy = network().train(), torch.rand(1, 3, 9, 12)
    given: list[Tensor] = []
    net.get_submodule("background").register_forward_pre_hook(lambda _, args: given.append(args[0]))
    with torch.no_grad():
        (estimate,) = net(rainy)
    r = estimate.mask.sigmoid()
    assert given[0].shape[1] == 64 + 1 + 3 + 3
    torch.testing.assert_close(given[0][:, 64:65], r)
    torch.testing.assert_close(given[0][:, 65:68], estimate.streaks)
    torch.testing.assert_close(given[0][:, 68:], rainy - r * estimate.streaks)


def test_each_recurrence_is_given_the_background_of_the_last() -> None:
    net, rainy = network(3), torch.rand(1, 3, 9, 12)
    with torch.no_grad():
        first, second, third = net.train()(rainy)
        torch.testing.assert_close(net.eval()(rainy), third.background)
        once = network(1).eval()(rainy)
    torch.testing.assert_close(first.seen, rainy)
    torch.testing.assert_close(second.seen, first.background)
    torch.testing.assert_close(third.seen, second.background)
    torch.testing.assert_close(once, first.background)


def test_no_weight_depends_on_the_recurrences() -> None:
    shapes = [{k: v.shape for k, v in network(n).state_dict().items()} for n in (1, 5)]
    assert shapes[0] == shapes[1]
    with pytest.raises(UsageError, match="at least one recurrence"):
        network(0)


def test_the_loss_is_of_background_streaks_and_mask() -> None:
    (empty,) = network().train()(torch.rand(1, 3, 8, 8))
    clean = torch.full((1, 3, 8, 8), 0.25)
    rainy = clean.clone()
    rainy[..., :4] += 0.5  # half of the image is under rain
    touched = torch.zeros(1, 1, 8, 8)
    touched[..., :4] = 1
    right = empty._replace(
        seen=rainy, background=clean, streaks=rainy - clean, mask=40 * (2 * touched - 1)
    )
    assert loss_of([right], clean) == pytest.approx(0, abs=1e-12)
    assert loss_of([right._replace(background=rainy)], clean) == pytest.approx(0.125)
    nothing = torch.zeros_like(clean)
    assert loss_of([right._replace(streaks=nothing)], clean) == pytest.approx(0.125)
    # A coin's guess of the mask: the cross-entropy of a half, weighed by 0.01.
    coin = right._replace(mask=torch.zeros_like(touched))
    assert loss_of([coin], clean) == pytest.approx(0.00693147)
    assert loss_of([coin, coin], clean) == pytest.approx(2 * 0.00693147)


def test_it_learns_to_take_rain_away() -> None:
    net, recipe = network(2).train(), method().recipe
    assert recipe is not None
    clean = torch.rand(2, 3, 1, 1).expand(2, 3, 16, 16)
    rainy = clean.clone()
    rainy[..., ::4] += 0.3
    optimiser = torch.optim.Adam(net.parameters(), 2e-3)
    for _ in range(60):
        optimiser.zero_grad()
        recipe.loss(net(rainy), clean).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        error = (net.eval()(rainy) - clean).square().mean()
    assert error < 0.5 * (rainy - clean).square().mean()
