"""The SSIM of losses against the protocol that computes the same sum."""

import numpy as np
import pytest
import torch

from rainbench import Comparison, mean_ssim
from rainbench.image import to_image
from rainbench.protocol import find_protocol


@pytest.mark.parametrize("size", [(11, 17), (32, 41)])
def test_it_is_the_ssim_of_the_protocol_with_zero_padding(size: tuple[int, int]) -> None:
    draw = np.random.default_rng(5)
    clean = draw.integers(0, 256, (*size, 3), dtype=np.uint8)
    restored = (to_image(clean) + draw.normal(0, 0.1, clean.shape)).astype(np.float32)
    batches = [
        torch.from_numpy(x.transpose(2, 0, 1)[None].copy()) for x in (restored, to_image(clean))
    ]
    expected = Comparison(restored, clean).score(find_protocol("rgb-rescan")).ssim
    assert mean_ssim(*batches).item() == pytest.approx(expected, abs=1e-5)


def test_equal_batches_score_one_and_a_difference_pulls_back() -> None:
    clean = torch.rand(2, 3, 16, 16)
    assert mean_ssim(clean, clean).item() == pytest.approx(1)
    restored = (clean + 0.1 * torch.rand_like(clean)).requires_grad_()
    loss = 1 - mean_ssim(restored, clean)
    loss.backward()  # type: ignore[no-untyped-call]
    assert restored.grad is not None
    nearer = (restored - restored.grad).detach()
    assert mean_ssim(nearer, clean) > 1 - loss
