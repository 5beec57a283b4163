"""Our own kernels beside torch's, in float64: values, gradients, and where they step aside."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rainbench.errors import NotInstalledError
from rainbench.kernels import functions, library
from rainbench.kernels.calling import fits, natively, with_threads
from rainbench.kernels.leaky import LargestPool, LeakyConv, LeakyMix, PlainConv, has_kernels
from rainbench.kernels.leaky import mix_pairs as mix_leaky_pairs
from rainbench.kernels.pairs import mix_pairs
from rainbench.method import LearnedMethod
from rainbench.registry import find_method

WORST = 2e-6
"""Of the largest value: float32 sums of hundreds of products."""


@pytest.fixture(autouse=True)
def _natively() -> Iterator[None]:
    if library.compiler() is None:
        pytest.skip("no C compiler")
    with natively():
        yield


def _random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(shape, generator=generator)


def _compare(ours: Callable[..., Tensor], theirs: Callable[..., Tensor], *inputs: Tensor) -> None:
    """Hold values and all gradients against those of float64."""
    single = [each.clone().requires_grad_() for each in inputs]
    double = [each.double().requires_grad_() for each in inputs]
    found, wanted = ours(*single), theirs(*double)
    slope = _random(*found.shape, seed=9)
    gradients = torch.autograd.grad(found, single, slope)
    right = torch.autograd.grad(wanted, double, slope.double())
    for one, other in zip((found, *gradients), (wanted, *right), strict=True):
        apart = (one - other).abs().max() / other.abs().max()
        assert one.shape == other.shape
        assert apart < WORST


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("shape", "outputs", "kernel", "dilation", "slope"),
    [
        ((2, 10, 24, 32), 10, 3, 1, 0.2),
        ((1, 10, 33, 47), 10, 3, 5, 0.2),  # no width of whole vectors
        ((3, 3, 16, 16), 10, 3, 3, 0.2),
        ((1, 16, 20, 50), 32, 3, 2, 1.0),  # blocks of outputs, no activation
        ((1, 7, 9, 19), 13, 5, 2, 0.5),
        ((2, 1, 3, 16), 1, 7, 1, 0.1),  # a kernel higher than the image
        ((1, 12, 8, 40), 11, 1, 1, 0.2),
    ],
)
def test_a_convolution(
    shape: tuple[int, ...], outputs: int, kernel: int, dilation: int, slope: float, threads: int
) -> None:
    def theirs(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        padding = dilation * (kernel // 2)
        convolved = F.conv2d(x, weight, bias, padding=padding, dilation=dilation)
        return F.leaky_relu(convolved, slope)

    def ours(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return functions.convolve(x, weight, bias, dilation=dilation, slope=slope)

    weight = _random(outputs, shape[1], kernel, kernel)
    with with_threads(threads):
        _compare(ours, theirs, _random(*shape), weight, _random(outputs))


@pytest.mark.parametrize(
    ("count", "added", "channels", "outputs", "height", "width"),
    [
        (1, 0, 10, 10, 24, 32),
        (9, 0, 10, 10, 40, 64),  # three maps at a time
        (7, 2, 10, 13, 33, 67),  # and one at last, by blocks of outputs, in chunks of odd lengths
        (3, 0, 40, 6, 19, 23),  # each map alone
        (2, 2, 8, 17, 31, 19),
        (3, 1, 3, 1, 1, 16),
    ],
)
def test_a_mixture(
    count: int, added: int, channels: int, outputs: int, height: int, width: int
) -> None:
    def theirs(weight: Tensor, bias: Tensor, *maps: Tensor) -> Tensor:
        mixed = F.conv2d(torch.cat(maps[:count], 1), weight, bias)
        return F.leaky_relu(torch.stack([mixed, *maps[count:]]).sum(0), 0.2)

    def ours(weight: Tensor, bias: Tensor, *maps: Tensor) -> Tensor:
        return functions.mix(maps[:count], weight, bias, slope=0.2, added=maps[count:])

    maps = [_random(2, channels, height, width, seed=i) for i in range(count)]
    others = [_random(2, outputs, height, width, seed=20 + i) for i in range(added)]
    weight = _random(outputs, count * channels, 1, 1)
    _compare(ours, theirs, weight, _random(outputs), *maps, *others)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("pairs", "channels", "outputs", "height", "width"),
    [
        ([(0, 1), (1, 2)], 10, 10, 40, 64),
        ([(0, 1), (2, 3)], 8, 8, 31, 19),
        ([(0, 0), (1, 0), (2, 1)], 13, 4, 9, 130),  # more than one block; one map twice
    ],
)
def test_mixtures_of_pairs(
    pairs: list[tuple[int, int]], channels: int, outputs: int, height: int, width: int, threads: int
) -> None:
    count = max(map(max, pairs)) + 1

    def parted(tensors: tuple[Tensor, ...]) -> tuple[tuple[Tensor, ...], ...]:
        return tensors[:count], tensors[count : count + len(pairs) + 1], tensors[-len(pairs) - 1 :]

    def theirs(*tensors: Tensor) -> Tensor:
        maps, weights, biases = parted(tensors)
        two = [torch.cat([maps[s], maps[t]], 1) for s, t in pairs]
        mixed = [F.conv2d(*each) for each in zip(two, weights, biases, strict=False)]
        between = torch.cat([F.leaky_relu(each, 0.2) for each in mixed], 1)
        return F.leaky_relu(F.conv2d(between, weights[-1], biases[-1]), 0.2)

    def ours(*tensors: Tensor) -> Tensor:
        maps, weights, biases = parted(tensors)
        return mix_pairs(maps, pairs, weights, biases, slope=0.2)

    maps = [_random(2, channels, height, width, seed=i) for i in range(count)]
    weights = [_random(channels, 2 * channels, 1, 1, seed=i) for i in range(len(pairs))]
    last = _random(outputs, len(pairs) * channels, 1, 1)
    biases = [_random(len(each), seed=5 + i) for i, each in enumerate((*weights, last))]
    with with_threads(threads):
        _compare(ours, theirs, *maps, *weights, last, *biases)


@pytest.mark.parametrize("side", [2, 3, 4, 8])
@pytest.mark.parametrize("size", [(16, 32), (21, 39)])
def test_pooling(side: int, size: tuple[int, int]) -> None:
    _compare(
        lambda x: functions.pool(x, side), lambda x: F.max_pool2d(x, side), _random(2, 3, *size)
    )


def test_of_equals_the_first_gets_the_gradient() -> None:
    x = torch.zeros(1, 1, 4, 16, requires_grad=True)
    (found,) = torch.autograd.grad(functions.pool(x, 4).sum(), x)
    (wanted,) = torch.autograd.grad(F.max_pool2d(x, 4).sum(), x)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize(("height", "width"), [(24, 48), (12, 12)])
def test_enlarging(height: int, width: int) -> None:
    def theirs(*maps: Tensor) -> Tensor:
        size = (height, width)
        large = [F.interpolate(m, size, mode="bilinear", align_corners=False) for m in maps]
        return torch.stack(large).sum(0)

    maps = [_random(2, 3, height // factor, width // factor) for factor in (2, 4, 3, 12, 1)]
    _compare(lambda *m: functions.enlarge(m, height, width), theirs, *maps)


def test_the_same_bits_each_time() -> None:
    x, weight, bias = _random(4, 10, 40, 64), _random(10, 10, 3, 3), _random(10)
    weight.requires_grad_()

    def once() -> tuple[Tensor, Tensor]:
        y = functions.convolve(x, weight, bias, dilation=3, slope=0.2)
        return y, torch.autograd.grad(y.square().sum(), weight)[0]

    first, *others = (once() for _ in range(5))
    assert all(torch.equal(a, b) for other in others for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize(
    "words", [{}, {"layers": 6, "channels": 8}, {"up": "nearest"}, {"pad": "none"},
              {"dense": False, "scale_fusion": False}, {"pool": "mean", "dilations": 4}]
)  # fmt: skip
def test_msfm_is_the_same_network(words: dict[str, object]) -> None:
    method = find_method("msfm").value
    assert isinstance(method, LearnedMethod)
    torch.manual_seed(0)
    network = method.network(**words)
    rainy = torch.rand(2, 3, 75, 90)
    found, slopes = _slopes(network, rainy)
    wanted, right = _slopes(network.double(), rainy.double())
    assert (found - wanted).abs().max() < 1e-6
    for name, slope in slopes.items():
        # A sum near zero that is rounded to the other side of it changes a slope by so much, in
        # torch's float32 as in ours.
        assert (slope - right[name]).abs().max() < 2e-4 * right[name].abs().max(), name


def _slopes(network: nn.Module, rainy: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    network.zero_grad()
    restored = network(rainy)
    restored.square().mean().backward()
    parameters = network.named_parameters()
    return restored, {name: each.grad.clone() for name, each in parameters if each.grad is not None}


def test_memory_order_does_not_matter() -> None:
    conv, x = LeakyConv(10, 10, slope=0.2, kernel=3), _random(2, 10, 20, 24)
    wanted = conv(x)
    conv = conv.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    assert not conv.conv.weight.is_contiguous()
    assert torch.equal(conv(x.to(memory_format=torch.channels_last)), wanted)
    spread = _random(20)[::2]
    found = functions.convolve(x, _random(10, 10, 1, 1), spread, dilation=1, slope=0.2)
    wanted = functions.convolve(x, _random(10, 10, 1, 1), spread.clone(), dilation=1, slope=0.2)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("kernel", [1, 3])
def test_a_plain_convolution_is_torchs_with_its_gradients(kernel: int) -> None:
    torch.manual_seed(4)
    conv, x = PlainConv(10, 3, kernel=kernel), _random(2, 10, 20, 24)
    found, gradients = _slopes(conv, x)
    plain = nn.Conv2d(10, 3, kernel, padding=kernel // 2)
    plain.load_state_dict(conv.state_dict())
    wanted, others = _slopes(plain, x)
    torch.testing.assert_close(found, wanted)
    for name, gradient in others.items():
        torch.testing.assert_close(gradients[name], gradient, rtol=1e-4, atol=1e-5)


def test_threads_are_those_of_the_calling_thread_alone() -> None:
    def count() -> int:
        return torch.get_num_threads()

    with ThreadPoolExecutor(1) as pool:
        before = count()
        with with_threads(before + 1):
            assert count() == before + 1
            assert pool.submit(count).result() == before
        assert count() == before


def test_a_pool_keeps_what_is_no_number() -> None:
    x = torch.zeros(1, 1, 4, 32)
    x[0, 0, 1, 1] = x[0, 0, 2, 6] = torch.nan
    assert torch.equal(LargestPool(2)(x).isnan(), F.max_pool2d(x, 2).isnan())
    assert functions.pool(x, 2).isnan().sum() == 2


def test_a_second_derivative_is_refused_and_not_left_out() -> None:
    x = _random(1, 3, 8, 16).requires_grad_()
    y = LeakyConv(3, 3, slope=0.2, kernel=3)(x)
    (slope,) = torch.autograd.grad(y.square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "pairs", [[(0, 1)] * 5, [(0, 1)], [(0, -1), (1, 2)], [(0, 1), (1, 2), (0, 2)]]
)
def test_pairs_that_the_kernel_does_not_take_are_torchs(pairs: list[tuple[int, int]]) -> None:
    maps = [_random(1, 4, 8, 16, seed=i) for i in range(3)]
    mixes = [LeakyMix(2, 4, slope=0.2) for _ in pairs]
    last = LeakyMix(len(pairs), 4, slope=0.2)
    found = mix_leaky_pairs(maps, pairs, mixes, last)
    wanted = last([mix([maps[s], maps[t]]) for mix, (s, t) in zip(mixes, pairs, strict=True)])
    torch.testing.assert_close(found, wanted)


def test_what_they_cannot_take_is_torchs() -> None:
    assert fits(torch.zeros(1, 3, 8, 16))
    assert not fits(torch.zeros(1, 3, 8, 15))
    assert not fits(torch.zeros(1, 3, 8, 16, dtype=torch.float64))
    assert not fits(torch.zeros(0, 3, 8, 16))
    with torch.autocast("cpu", torch.bfloat16):
        assert not fits(torch.zeros(1, 3, 8, 16))
    assert LeakyConv(3, 4, slope=0.2, kernel=3)(torch.rand(1, 3, 5, 6)).shape == (1, 4, 5, 6)
    assert LargestPool(4)(torch.rand(1, 3, 8, 9)).shape == (1, 3, 2, 2)
    assert LeakyMix(1, 2, slope=0.2)([torch.rand(1, 2, 3, 4)]).shape == (1, 2, 3, 4)


@pytest.mark.parametrize(
    "call",
    [
        lambda: LeakyConv(3, 4, slope=0.2, kernel=3)(torch.zeros(1, 4, 8, 16)),
        lambda: LeakyConv(3, 4, slope=0.2).double()(torch.zeros(1, 3, 8, 16)),
        lambda: LeakyMix(2, 3, slope=0.2)([torch.zeros(1, 3, 8, 16)]),
        lambda: functions.mix([torch.zeros(1, 3, 8, 16), torch.zeros(1, 3, 8, 17)],
                              torch.zeros(2, 6, 1, 1), torch.zeros(2), slope=1.0),
        lambda: functions.mix([torch.zeros(1, 3, 8, 16)], torch.zeros(2, 3, 1, 1), torch.zeros(2),
                              slope=1.0, added=[torch.zeros(1, 3, 8, 16)]),
        lambda: functions.convolve(torch.zeros(1, 3, 8, 16), torch.zeros(4, 3, 3, 1),
                                   torch.zeros(4), dilation=1, slope=0.2),
        lambda: functions.convolve(torch.zeros(1, 3, 8, 15), torch.zeros(4, 3, 3, 3),
                                   torch.zeros(4), dilation=1, slope=0.2),
        lambda: functions.convolve(torch.zeros(1, 3, 8, 16), torch.zeros(0, 3, 3, 3),
                                   torch.zeros(0), dilation=1, slope=0.2),
        lambda: functions.mix([torch.zeros(1, 3, 8, 16).double()],
                              torch.zeros(2, 3, 1, 1).double(), torch.zeros(2).double(), slope=1.0),
        lambda: LeakyConv(3, 4, slope=0.2).to("meta")(torch.zeros(1, 3, 8, 16)),
        lambda: functions.pool(torch.zeros(1, 3, 3, 16), 4),
        lambda: functions.enlarge([torch.zeros(1, 3, 3, 16)], 7, 32),
    ],
)  # fmt: skip
def test_shapes_that_do_not_fit_are_errors_and_not_memory(call: Callable[[], object]) -> None:
    with pytest.raises((ValueError, RuntimeError), match=r"do not fit|split"):
        call()


def test_a_slope_of_nothing_and_an_even_kernel_are_refused() -> None:
    for words in ({"slope": 0.0}, {"slope": 0.2, "kernel": 2}):
        with pytest.raises(ValueError, match="is not above 0, or kernel"):
            LeakyConv(3, 3, **words)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kernel 2 is even"):
        PlainConv(3, 3, kernel=2)
    with pytest.raises(ValueError, match="3 channels to 0"):
        LeakyConv(3, 0, slope=0.2)


def test_they_are_named_by_modules() -> None:
    assert has_kernels(nn.Sequential(nn.Sequential(LeakyConv(3, 3, slope=0.2))))
    assert has_kernels(nn.Sequential(PlainConv(3, 3)))
    assert not has_kernels(nn.Sequential(nn.Conv2d(3, 3, 1), nn.LeakyReLU()))


@pytest.fixture
def _anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("RAINBENCH_CACHE", str(tmp_path))
    library.open_library.cache_clear()
    yield
    library.open_library.cache_clear()


@pytest.mark.usefixtures("_anew")
def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not library.is_there()
    with pytest.raises(NotInstalledError, match="no C compiler"):
        library.open_library()


@pytest.mark.usefixtures("_anew")
def test_what_the_compiler_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "SHARED", (*library.SHARED, "-fno-such-flag"))
    with pytest.raises(NotInstalledError, match="no-such-flag"):
        library.open_library()


@pytest.mark.usefixtures("_anew")
def test_a_library_that_cannot_be_loaded_is_one_that_is_not_there() -> None:
    library._compiled().write_bytes(b"")
    assert not library.is_there()
    with pytest.raises(NotInstalledError, match="file too short"):
        library.open_library()


@pytest.mark.usefixtures("_anew")
@pytest.mark.parametrize(("kind", "needs"), [("x86-64", "sse2"), ("haswell", "avx2")])
def test_shorter_vectors(kind: str, needs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = Path("/proc/cpuinfo")
    if not cpu.exists() or f" {needs} " not in cpu.read_text():
        pytest.skip(f"no processor with {needs}")
    flags = tuple(f"-march={kind}" if each.startswith("-march") else each for each in library.FLAGS)
    monkeypatch.setattr(library, "FLAGS", flags)
    with natively():
        test_a_convolution((1, 10, 33, 47), 10, 3, 5, 0.2, 2)
        test_a_mixture(2, 2, 8, 17, 31, 19)
        test_a_pool_keeps_what_is_no_number()


@pytest.mark.usefixtures("_anew")
def test_it_is_compiled_once(tmp_path: Path) -> None:
    library.open_library()
    (made,) = (tmp_path / "kernels").iterdir()
    stamp = made.stat().st_mtime_ns
    library.open_library.cache_clear()
    library.open_library()
    assert made.stat().st_mtime_ns == stamp
