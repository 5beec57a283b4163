"""Images side by side: their order, how many at once, and what happens to what fails."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Lock
from time import sleep

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rainbench import DatasetError, Image, MethodError
from rainbench.data.opening import open_dataset
from rainbench.dataset import ImagePair
from rainbench.engines import lanes as lanes_module
from rainbench.engines.engine import Network
from rainbench.engines.lanes import Lanes
from rainbench.engines.opening import is_there, open_engine
from rainbench.image import Picture, to_image, write_png
from rainbench.kernels.leaky import LeakyConv
from rainbench.restorers.preparation import prepare_restorer
from rainbench.restorers.restorer import Restorer
from rainbench.runs.evaluate import evaluate
from rainbench.runs.loading import LoadedPair, load
from rainbench.runs.reading import read_run

# None so narrow that at the coarsest scale, a quarter, its rows are torch's, which rounds by how
# many threads there are.
SIZES = ((45, 69), (69, 75), (64, 64), (37, 90), (45, 69))


def nothing(rainy: Image) -> Image:
    return rainy


@pytest.fixture
def loaded(tmp_path: Path) -> list[LoadedPair]:
    """Five pairs of differing sizes, without clean pictures."""
    random = np.random.default_rng(0)
    pairs = []
    for number, size in enumerate(SIZES):
        path = tmp_path / f"{number}.png"
        write_png(path, random.integers(0, 255, (*size, 3), np.uint8))
        pairs.append(load(ImagePair(str(number), Picture(path), None, str(number))))
    return pairs


@pytest.fixture
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_order_and_no_more_than_so_many_at_once() -> None:
    now, most, lock = 0, 0, Lock()

    def work(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        sleep(0.02 if number % 3 else 0.06)
        with lock:
            now -= 1
        return number * number

    found = list(Lanes(3, nothing).work(work, range(10)))
    assert found == [number * number for number in range(10)]
    assert most == 3


def test_items_are_taken_as_they_are_needed() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(10):
            taken.append(number)
            yield number

    work = Lanes(2, nothing).work(lambda number: number, items())
    assert next(work) == 0
    assert taken == [0, 1, 2]
    work.close()
    assert taken == [0, 1, 2]


def test_closed_early_it_waits_for_what_is_under_way() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        sleep(0.05 if number else 0)
        done.append(number)

    lanes = Lanes(2, nothing).work(work, range(9))
    next(lanes)
    lanes.close()
    count = len(done)
    sleep(0.1)
    assert len(done) == count < 9


def test_a_bug_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        list(Lanes(2, nothing).work(lambda number: 1 // number, (1, 0, 1)))


def test_large_images_are_restored_one_at_a_time_by_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes_module, "LARGEST", 64)
    inside = Lock()

    def whole(rainy: Image) -> Image:
        assert inside.acquire(blocking=False)
        sleep(0.02)
        inside.release()
        return rainy + 2

    lanes = Lanes(3, lambda rainy: rainy + 1)
    small, large = np.zeros((8, 8, 3), np.float32), np.zeros((8, 9, 3), np.float32)
    found = list(lanes.work(lanes.beside(whole), [small, large, large, small, large]))
    assert [each.max() for each in found] == [1, 2, 2, 1, 2]


def test_a_picture_that_fails_stands_in_its_place(loaded: list[LoadedPair]) -> None:
    def derain(rainy: Image) -> Image:
        return rainy[:-1] if rainy.shape[:2] == (64, 64) else rainy

    restorer = Restorer(
        method="odd", label="odd", title="Odd", settings={}, method_sha256="0" * 64,
        derain=nothing, lanes=Lanes(2, derain),
    )  # fmt: skip
    restored = list(restorer.restore(loaded))
    assert [each.loaded.pair.name for each in restored] == list("01234")
    assert [isinstance(each.picture, MethodError) for each in restored] == [0, 0, 1, 0, 0]


def test_a_picture_that_changed_meanwhile_fails_alone(loaded: list[LoadedPair]) -> None:
    gone = loaded[1].without_pixels()
    path = gone.pair.rainy.path
    write_png(path, np.zeros((45, 69, 3), np.uint8))
    restorer = Restorer(
        method="odd", label="odd", title="Odd", settings={}, method_sha256="0" * 64,
        derain=nothing, lanes=Lanes(2, nothing),
    )  # fmt: skip
    first, second, *_ = restorer.restore([loaded[0], gone, *loaded[2:]])
    assert isinstance(second.picture, DatasetError)
    assert not isinstance(first.picture, DatasetError)


@pytest.mark.usefixtures("_two_threads")
def test_our_own_kernels_restore_side_by_side_to_the_same_bits(loaded: list[LoadedPair]) -> None:
    if not is_there("native"):
        pytest.skip("no C compiler")
    restorer = prepare_restorer("msfm", engine="native")
    assert restorer.lanes is not None
    assert restorer.lanes.count == 2
    for each in restorer.restore(loaded):
        rainy, _ = each.loaded.pixels()
        assert isinstance(each.picture, np.ndarray)
        np.testing.assert_array_equal(each.picture, restorer(to_image(rainy)))


class Forgetful(nn.Module):
    """A network that keeps its input in itself while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.first = LeakyConv(3, 8, slope=0.2, kernel=3)
        self.second = LeakyConv(8, 3, slope=0.2, kernel=3)

    def forward(self, rainy: Tensor) -> Tensor:
        self.rainy = rainy
        streaks: Tensor = self.second(self.first(rainy))
        return self.rainy - 0.1 * streaks


@pytest.mark.usefixtures("_two_threads")
def test_lanes_share_no_network() -> None:
    if not is_there("native"):
        pytest.skip("no C compiler")
    torch.manual_seed(2)
    running = open_engine(Network(Forgetful(), "cpu"), "native")
    random = np.random.default_rng(1)
    images = [random.random((200, 200, 3), dtype=np.float32) for _ in range(12)]
    assert running.lanes is not None
    found = list(running.lanes.work(running.lanes.derain, images))
    for image, each in zip(images, found, strict=True):
        np.testing.assert_array_equal(each, running.derain(image))


@pytest.mark.usefixtures("_two_threads")
def test_a_run_in_lanes_is_the_run_without(tmp_path: Path) -> None:
    if not is_there("native"):
        pytest.skip("no C compiler")
    data, pictures = open_dataset("toy"), {}
    for lanes in (True, False):
        restorer = prepare_restorer("msfm", dataset="toy", engine="native")
        restorer = restorer if lanes else replace(restorer, lanes=None)
        unit = evaluate(restorer, data, tmp_path / str(lanes), limit=4)
        assert (unit.images, unit.failures) == (4, 0)
        pictures[lanes] = read_run(unit.folder).images
    for name, line in pictures[True].items():
        assert line.scores == pictures[False][name].scores


def test_one_thread_needs_no_lanes() -> None:
    if not is_there("native"):
        pytest.skip("no C compiler")
    assert torch.get_num_threads() == 1
    assert prepare_restorer("msfm", engine="native").lanes is None


@pytest.mark.usefixtures("_two_threads")
def test_what_its_threads_share_runs_one_by_one() -> None:
    assert prepare_restorer("msfm", engine="torch").lanes is None
    assert prepare_restorer("median").lanes is None
