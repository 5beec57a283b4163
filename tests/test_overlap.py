"""What the weights have seen of the images they are scored on, told from records alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from rainbench import Score
from rainbench.data.look import look
from rainbench.data.scene_index import INDEX, Known, SceneIndex, read_scene_index, write_scene_index
from rainbench.errors import DatasetError
from rainbench.evidence.evidence import gather
from rainbench.evidence.overlap import Overlap, find_overlap, training_sets
from rainbench.render.text import standing
from rainbench.runs.identity import Run
from rainbench.runs.record import Header, ImageRecord, RunRecord
from rainbench.runs.summary import summarise
from tests.test_data_audit import photograph


def record(trained_on: str | None, images: dict[str, ImageRecord], data: str) -> RunRecord:
    dataset, _, split = data.partition(":")
    run = Run(
        method="m", settings={}, method_sha256="a" * 64, weights_sha256="b" * 64,
        dataset=dataset, release="original", split=split or "test",
    )  # fmt: skip
    header = Header(run=run, label="m", title="M", trained_on=trained_on, of=len(images))
    return RunRecord(folder=Path("m"), header=header, sessions={}, images=images, failures={})


def image(
    name: str, *, digest: str = "0" * 64, seen: str | None = None, psnr: float = 30.0
) -> ImageRecord:
    return ImageRecord(
        image=name, rainy_sha256="1" * 64, clean_sha256=digest, seconds=1.0, session=1,
        scores={"y-prenet": Score(psnr, 0.9)}, clean_look=seen,
    )  # fmt: skip


def rain100l() -> dict[str, ImageRecord]:
    index = read_scene_index()
    digests = {known.name: known.digest for known in index.known if known.set == "rain100l:test"}
    return {name: image(name, digest=f"{digest:0<64}") for name, digest in digests.items()}


def test_the_index_that_ships_holds_hashes_of_every_set_at_hand() -> None:
    index = read_scene_index()
    counts = {name: sum(known.set == name for known in index.known) for name in index.sets}
    assert counts["rain100l:test"] == 100
    assert counts["rain800:train"] == 700
    assert counts["rain800:test"] == 100
    assert counts["bsds500"] == 205
    assert counts["kodak24"] == 24
    assert {name: len(index.sets[name]) for name in sorted(index.whole)} == {
        "bsds500": 205, "kodak24": 24, "rain100l:test": 91, "rain800:test": 76,
        "rain800:train": 368,
    }  # fmt: skip
    assert INDEX.stat().st_size < 100_000


def test_no_two_scenes_of_the_index_look_alike() -> None:
    index = read_scene_index()
    for known in index.known[::7]:
        assert index.scene_of("f" * 64, known.look) == known.scene


@pytest.mark.parametrize(
    ("trained_on", "said"),
    [
        (None, "None"),
        ("not stated", "overlap unknown"),
        ("a folder of mine", "overlap unknown"),
        ("185 photographs of bsds500, rendered rain", "unseen"),
        ("185 photographs of the folder bsds500, rendered rain", "overlap unknown"),
        ("rain100l:train", "seen 100/100"),
        ("rain100h:train", "seen 100/100"),
        ("rain800:train", "seen 10/100"),
        ("436 of 700 pairs of rain800:train, without the scenes of rain100l, rain12", "unseen"),
        ("436 of 700 pairs of rain800:train, without the scenes of rain12", "seen 10/100"),
        ("5 of 9 pairs of rain800:train, without the scenes of a, b and more", "seen 10/100"),
        (
            "5 pairs of rain200h:train, without the scenes of rain100l, after rain800:train",
            "seen 10/100",
        ),
        ("1254 of 1800 pairs of rain200h:train, without the scenes of rain100l", "unseen"),
        ("rain800:test", "seen 1/100"),
        ("spa:nothing", "overlap unknown"),
        ("rain800:test and spa:nothing", "overlap unknown"),
    ],
)
def test_rain100l_after_training_on(trained_on: str | None, said: str) -> None:
    assert str(find_overlap(record(trained_on, rain100l(), "rain100l"))) == said


def test_a_set_is_named_in_words() -> None:
    index = read_scene_index()
    assert training_sets("rain100l:train, rain800:train", index) == (
        "rain100l:train",
        "rain800:train",
    )
    assert training_sets("185 photographs of bsds500, rendered rain", index) == ("bsds500",)


def test_the_very_images_were_seen() -> None:
    found = find_overlap(record("mine:test", {"a": image("a")}, "mine"))
    assert found == Overlap(1, frozenset({"a"}))


def test_a_users_picture_is_known_by_its_look() -> None:
    index = read_scene_index()
    kodak = next(known for known in index.known if known.set == "kodak24")
    held = {
        "old": image("old", seen=kodak.look),
        "new": image("new", seen=look(photograph(5))),
    }
    assert str(find_overlap(record("rain800:train", held, "mine"))) == "unseen"
    assert str(find_overlap(record("24 photographs of kodak24", held, "mine"))) == "seen 1/2"
    # An older record has no looks: of other pixels nothing can be said.
    older = {"old": replace(held["old"], clean_look=None)}
    assert str(find_overlap(record("rain800:train", older, "mine"))) == "overlap unknown"


def test_tables_print_the_mean_of_the_unseen_beside_that_of_all() -> None:
    images = rain100l()
    seen = find_overlap(record("rain800:train", images, "rain100l"))
    assert seen is not None
    assert seen.seen is not None
    scored = {
        n: replace(i, scores={"y-prenet": Score(40.0 if n in seen.seen else 30.0, 0.9)})
        for n, i in images.items()
    }
    run = record("rain800:train", scored, "rain100l")
    [result] = gather([run]).results
    assert result.measurement.psnr_db == pytest.approx(31.0)
    assert standing(result.measurement)[:3] == (
        "100/100",
        "seen 10/100",
        "30.00 / 0.9000 on the 90 unseen",
    )
    summary = summarise(run)
    assert summary.unseen_scores["y-prenet"].psnr_db == pytest.approx(30.0)
    assert summary.to_json()["overlap"] == "seen 10/100"


def test_an_index_goes_through_its_file(tmp_path: Path) -> None:
    known = Known("a:test", "1", "a-1", "0" * 32, look(photograph(1)))
    write_scene_index(tmp_path / "x.xz", SceneIndex((known,), frozenset({"a:test"}), ("made up",)))
    index = read_scene_index(tmp_path / "x.xz")
    assert (index.known, index.whole, index.about) == (
        (known,),
        frozenset({"a:test"}),
        ("made up",),
    )
    assert index.set_of(["0" * 64]) == "a:test"
    assert index.set_of(["0" * 64, "1" * 64]) is None
    (tmp_path / "bad.xz").write_bytes(b"no")
    with pytest.raises(DatasetError, match="an index of scenes"):
        read_scene_index(tmp_path / "bad.xz")
