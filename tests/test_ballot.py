"""The page to vote on: fair pairs in random order, and not a name in it."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from rainbench.cli import main
from rainbench.errors import UnknownNameError, UsageError
from rainbench.votes.ballot import make_ballot, render_ballot
from tests.made_results import MadeRun, make_results

RUNS = [
    MadeRun(label="rainy"),
    MadeRun(label="sharp", gain_db=8),
    MadeRun(label="plain", gain_db=3),
]
NAMES = [f"image {n}" for n in range(1, 9)]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_results(tmp_path_factory.mktemp("ballot"), RUNS, names=NAMES)


def test_every_two_runs_meet_once_on_every_image(results: Path) -> None:
    ballot = make_ballot(results, "pairs")
    met = Counter((image, *sorted((left, right))) for image, left, right in ballot.pairs)
    assert len(met) == len(ballot.pairs) == 8 * 3
    lefts = Counter(left for _, left, _ in ballot.pairs)
    assert len(lefts) == 3  # nobody is always on one side


def test_the_order_is_random_and_the_seeds(results: Path) -> None:
    ballot = make_ballot(results, "pairs", seed=1)
    assert ballot.pairs == make_ballot(results, "pairs", seed=1).pairs
    assert ballot.pairs != make_ballot(results, "pairs", seed=2).pairs
    assert ballot.id != make_ballot(results, "pairs", seed=2).id
    images = [image for image, _, _ in ballot.pairs]
    assert images != sorted(images)


def test_a_few_images_are_picked_evenly(results: Path) -> None:
    assert make_ballot(results, "pairs", images=2).images == ("image 1", "image 8")


def test_no_name_is_in_the_page(results: Path) -> None:
    page = render_ballot(make_ballot(results, "pairs", images=2))
    text = re.sub("data:image/webp;base64,[A-Za-z0-9+/=]+", "", page)
    assert not re.search(r"sharp\b|plain\b", text.partition('id="data">')[2].partition("<")[0])
    assert str(results.parent) not in text
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert len(data["pairs"]) == 6
    assert all(picture["rainy"] for picture in data["images"].values())


def test_one_run_is_no_choice(results: Path) -> None:
    with pytest.raises(UsageError, match="two runs or more"):
        make_ballot(results, "pairs", methods=["sharp"])
    with pytest.raises(UnknownNameError):
        make_ballot(results, "elsewhere")


def test_only_images_that_all_have_are_shown(tmp_path: Path) -> None:
    runs = [RUNS[1], MadeRun(label="half", gain_db=2, images=3)]
    results = make_results(tmp_path, runs, names=NAMES)
    assert make_ballot(results, "pairs").images == ("image 1", "image 2", "image 3")
    for file in (tmp_path / "results").rglob("restored/*.png"):
        file.unlink()
    with pytest.raises(UsageError, match="every run has a restored picture"):
        make_ballot(results, "pairs")


def test_the_verb_writes_it(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "vote.html"
    words = ["vote", "--dataset", "pairs", "--limit", "2", "--method", "sharp,plain"]
    assert main([*words, "--results", str(results), "-o", str(page)]) == 0
    assert "2 pairs of 2 runs on 2 images" in capsys.readouterr().err.replace("\n", " ")
    assert page.read_text(encoding="utf-8").endswith("</html>\n")
