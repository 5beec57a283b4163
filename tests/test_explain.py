"""Which protocol gives a number: every candidate tried, classes parted only by pixels that can."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rainbench import PROTOCOLS, Comparison
from rainbench.cli import main
from rainbench.errors import UsageError
from rainbench.image import write_png
from rainbench.metrics.candidates import as_seen, bare, candidates, circumstance, words
from rainbench.metrics.comparison import average
from rainbench.metrics.explain import Pair, Waiting, explain
from rainbench.metrics.explanation import Explanation, Printed, as_blocks
from rainbench.report import Table


def pair(number: int, height: int, width: int, *, floats: bool = True) -> Pair:
    """Make up a smooth picture, and the same a little off, beyond [0, 1] in places."""
    random = np.random.default_rng(number)
    walk = np.cumsum(np.cumsum(random.normal(size=(height, width, 3)), axis=0), axis=1)
    low, high = walk.min(), walk.max()
    clean = np.asarray(255 * (walk - low) / (high - low), dtype=np.uint8)
    off = clean / 255 + random.normal(0, 0.01 * (number + 1), clean.shape)
    restored = off.astype(np.float32)
    if floats:
        return restored, clean
    return np.asarray(np.clip(np.rint(255 * off), 0, 255), dtype=np.uint8), clean


def waiting(*pairs: Pair) -> Iterator[Waiting]:
    for number, each in enumerate(pairs):
        yield str(number), lambda each=each: each  # type: ignore[misc]


def names(found: Explanation) -> set[tuple[str, ...]]:
    return {each.names for each in found.classes if each.names}


LARGE = [pair(n, 384, 512) for n in range(2)]
SMALL = [pair(n, 80, 96, floats=False) for n in range(2)]


def test_no_two_candidates_are_the_same_and_every_named_one_is_among_them() -> None:
    assert len({bare(protocol) for protocol in candidates()}) == len(candidates())
    assert set(PROTOCOLS.values()) <= set(candidates())
    unnamed = [words(p) for p in candidates() if p.name not in PROTOCOLS]
    assert len(set(unnamed)) == len(unnamed)


def test_made_up_pictures_of_512x384_part_every_named_protocol() -> None:
    headline = PROTOCOLS["y-prenet"]
    scores = {str(n): Comparison(*each).score(headline) for n, each in enumerate(LARGE)}
    wanted = average(headline, scores)
    found = explain(
        waiting(*LARGE), Printed(f"{wanted.psnr_db:.4f}"), Printed(f"{wanted.ssim:.6f}")
    )
    assert found.classes[0].names == ("y-prenet",)
    assert found.classes[0].score == pytest.approx(wanted)
    assert [each.names for each in found.fitting] == [("y-prenet",)]
    assert names(found) == {(name,) for name in PROTOCOLS}
    assert found.tried == len(candidates())


def test_small_8_bit_pictures_leave_classes_together() -> None:
    found = explain(waiting(*SMALL), Printed("30"))
    assert ("y-prenet", "y-basicsr") in names(found)
    assert found.eight_bit
    for each in found.classes:
        scores = [
            average(p, {str(n): Comparison(*one).score(p) for n, one in enumerate(SMALL)})
            for p in each.protocols[:2]
        ]
        assert all(score == pytest.approx(each.score, abs=1e-9) for score in scores)


def test_one_image_cannot_tell_how_images_are_averaged() -> None:
    one, two = explain(waiting(SMALL[0]), Printed("30")), explain(waiting(*SMALL), Printed("30"))
    assert len(one.classes) < len(two.classes)


def test_what_moves_no_number_is_not_seen() -> None:
    case = circumstance(80, 96, eight_bit=True, low=0, high=255)
    prenet, basicsr = PROTOCOLS["y-prenet"], PROTOCOLS["y-basicsr"]
    assert as_seen(prenet, case) == as_seen(basicsr, case)
    assert as_seen(prenet, replace(case, shrinks=True)) != as_seen(basicsr, case)
    assert as_seen(prenet, replace(case, eight_bit=False)) != as_seen(basicsr, case)
    cropped = replace(basicsr, crop=4)
    assert as_seen(cropped, case) == as_seen(basicsr, case)
    assert as_seen(cropped, replace(case, crops=True)) != as_seen(basicsr, case)


def test_distance_counts_from_where_a_value_stops_rounding_to_the_digits() -> None:
    printed = Printed("37.48")
    assert printed.distance(37.4849) == printed.distance(37.4751) == 0
    assert printed.distance(37.50) == pytest.approx(1.5)
    assert Printed("37.480").distance(37.4849) > 0
    for wrong in ("37,48", "", "about 37", "-3", "nan"):
        with pytest.raises(UsageError, match=r"like 37\.48"):
            Printed(wrong)


def test_without_pictures_there_is_nothing_to_explain() -> None:
    with pytest.raises(UsageError, match="got none"):
        explain([], Printed("30"))


def test_the_nearest_come_first_and_all_that_fit_are_shown() -> None:
    found = explain(waiting(*SMALL), Printed("4"))
    distances = [each.distance for each in found.classes]
    assert distances == sorted(distances)
    wide = replace(found, classes=tuple(replace(each, distance=0.0) for each in found.classes))
    table = as_blocks(wide, "made up")[0]
    assert isinstance(table, Table)
    assert len(table.rows) == len(found.classes)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for number, (restored, clean) in enumerate(SMALL):
        for name, pixels in (("rainy", clean), ("clean", clean), ("restored", restored)):
            (tmp_path / name).mkdir(exist_ok=True)
            write_png(tmp_path / name / f"{number}.png", np.asarray(pixels, dtype=np.uint8))
    (tmp_path / "set").mkdir()
    for name in ("rainy", "clean"):
        (tmp_path / name).rename(tmp_path / "set" / name)
    return tmp_path


def test_the_command_explains_a_folder(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "40", "--restored", str(folders / "restored"), "--dataset"]
    assert main([*words, str(folders / "set"), "--json"]) == 0
    table, tried, seen = json.loads(capsys.readouterr().out)["blocks"]
    assert len(table["rows"]) >= 12
    assert "which on 2 images make" in tried["text"]
    assert "cannot be seen" in seen["text"]
    assert main([*words, str(folders / "set"), "--limit", "1"]) == 0
    assert "which on 1 image make" in capsys.readouterr().out


def test_the_command_explains_a_method(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["explain", "28.1", "--ssim", "0.86", "--method", "median", "--dataset"]
    assert main([*words, str(folders / "set"), "--limit", "1"]) == 0
    out = capsys.readouterr().out
    assert "which on 1 image make" in out
    assert "cannot be seen" not in out


def test_either_a_method_or_a_folder_must_be_named(folders: Path) -> None:
    assert main(["explain", "28.1", "--dataset", str(folders / "set")]) == 2
