"""An evaluation end to end: `rainbench run` beside the script that people write, in turn.

Each waits in a process of its own. The script: a loop of cv2.imread, eager forward, PSNR and SSIM
of scikit-image, cv2.imwrite; one protocol. Ours: every protocol, record and pictures included, from
the start of `run` to its end, by the engine that is chosen when none is named, and by others. On
Rain100L where RAINBENCH_DATA is set, else on as many pictures drawn of that size; on the first of
them alone by BENCH_IMAGES. Bars are on what runs when no engine is named, and on ONNX Runtime for
who has neither OpenVINO nor a C compiler.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

import rainbench
from rainbench.dataset import ImagePair
from rainbench.method import LearnedMethod
from rainbench.registry import find_method
from rainbench.restorers.preparation import load_network
from rainbench.specification import parse_method
from tests.apart import Apart

IMAGES = int(os.environ.get("BENCH_IMAGES", "100"))
ROUNDS = 3
THREADS = int(os.environ.get("BENCH_THREADS", "2"))
HEIGHT, WIDTH = 321, 481  # pixels: Rain100

SCRIPT = "the script"
ENGINES = {"auto": "torch", "onnx": "onnxruntime", "openvino": "openvino"}
BUDGETS = {f"auto / {SCRIPT}": 1 / 4, f"onnx / {SCRIPT}": 1 / 1.6}


def measure() -> dict[str, float]:
    """Images a second, quartiles apart, and ratios within this one run."""
    with TemporaryDirectory(prefix="rainbench-bench-") as place, ExitStack() as stack:
        drawn = Path(place, "drawn")
        dataset = "rain100l" if os.environ.get("RAINBENCH_DATA") else str(_draw(drawn))
        ways = {
            name: stack.enter_context(Apart(partial(_start, name, dataset, Path(place, name))))
            for name in (SCRIPT, *(e for e, library in ENGINES.items() if find_spec(library)))
        }
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                turn = way.turn()
                seconds[name].append(turn.seconds / turn.result)
    return compare(seconds)


def compare(seconds: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Compare ways by the seconds that each took an image, in every round."""
    figures: dict[str, float] = {}
    for name, each in seconds.items():
        lower, _, upper = quantiles(each, n=4, method="inclusive")
        figures[f"{name} (images a second)"] = 1 / median(each)
        figures[f"{name}, quartiles apart (s an image)"] = upper - lower
    script = median(seconds[SCRIPT])
    ours = {name: median(each) for name, each in seconds.items() if name != SCRIPT}
    return figures | {f"{name} / {SCRIPT}": took / script for name, took in ours.items()}


def _start(name: str, dataset: str, place: Path) -> Callable[[], int]:
    """Make ready in this process a way that evaluates anew at each call, and counts images."""
    torch.set_num_threads(THREADS)
    pairs = rainbench.open_dataset(dataset).pairs[:IMAGES]
    way = _script(pairs) if name == SCRIPT else _ours(dataset, name)
    places = (place / str(number) for number in count())
    place.mkdir()

    def evaluate() -> int:
        way(next(places))
        return len(pairs)

    return evaluate


def _ours(dataset: str, engine: str) -> Callable[[Path], object]:
    def evaluate(out: Path) -> object:
        return rainbench.run(
            "msfm", dataset, results=out, device="cpu", engine=engine, limit=IMAGES
        )

    return evaluate


def _script(pairs: tuple[ImagePair, ...]) -> Callable[[Path], object]:
    plugin = find_method("msfm")
    assert isinstance(plugin.value, LearnedMethod)
    network = load_network(plugin, plugin.value, parse_method("msfm")).network.eval()

    def read(path: Path) -> torch.Tensor:
        pixels = np.asarray(cv2.imread(str(path)))[:, :, ::-1]
        return torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).float() / 255

    def restore(out: Path) -> object:
        out.mkdir()
        scores = []
        for pair in pairs:
            assert pair.clean is not None
            with torch.no_grad():
                restored = network(read(pair.rainy.path)).clamp(0, 1)[0]
            pixels = (restored.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
            clean = np.asarray(cv2.imread(str(pair.clean.path)))[:, :, ::-1]
            psnr = peak_signal_noise_ratio(clean, pixels)
            scores.append((psnr, structural_similarity(clean, pixels, channel_axis=2)))
            cv2.imwrite(str(out / f"{pair.name}.png"), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
        return np.mean(scores, axis=0)

    return restore


def _draw(folder: Path) -> Path:
    """Draw pairs as large as Rain100's: what is timed does not depend on what they show."""
    random = np.random.default_rng(0)
    for kind in ("rainy", "clean"):
        (folder / kind).mkdir(parents=True)
    for number in range(IMAGES):
        size = (HEIGHT, WIDTH) if number % 2 else (WIDTH, HEIGHT)
        clean = cv2.resize(random.integers(0, 200, (16, 16, 3), np.uint8), size[::-1])
        streaks = (random.random((*size, 1)) > 0.98) * np.uint8(55)
        for kind, pixels in (("rainy", clean + streaks), ("clean", clean)):
            cv2.imwrite(str(folder / kind / f"{number}.png"), pixels)
    return folder
