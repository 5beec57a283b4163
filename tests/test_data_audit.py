"""Leaks made on purpose, each found and called by what was done to the picture."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from rainbench.cli import main
from rainbench.data.audit import Audit, audit_datasets
from rainbench.errors import RainbenchError
from rainbench.image import Pixels, write_png


def photograph(seed: int) -> Pixels:
    """Draw a scene with corners of its own at every scale: overlapping boxes, a little blurred."""
    random = np.random.default_rng(seed)
    drawn = np.full((240, 360, 3), random.integers(0, 256, 3), dtype=np.uint8)
    for _ in range(120):
        x, y = int(random.integers(0, 360)), int(random.integers(0, 240))
        w, h = (int(side) for side in random.integers(5, 70, 2))
        drawn[y : y + h, x : x + w] = random.integers(0, 256, 3)
    return np.asarray(cv2.GaussianBlur(drawn, (0, 0), 0.8), dtype=np.uint8)


def resized(pixels: Pixels, scale: float) -> Pixels:
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def save(folder: Path, name: str, pixels: Pixels) -> None:
    folder.mkdir(exist_ok=True)
    write_png(folder / f"{name}.png", np.ascontiguousarray(pixels))


CHANGES: dict[str, Callable[[Pixels], Pixels]] = {
    "exact": lambda p: p,
    "flip": lambda p: p[:, ::-1],
    "crop": lambda p: p[20:220, 40:330],
    "resize": lambda p: resized(p, 0.6),
    "crop+flip": lambda p: p[20:220, 40:330, :][:, ::-1],
    "crop+resize": lambda p: resized(p[20:220, 40:330], 0.7),
    "near": lambda p: np.clip(p.astype(int) + 3, 0, 255).astype(np.uint8),
}


def test_every_change_is_found_and_named(tmp_path: Path) -> None:
    for number, (kind, change) in enumerate(CHANGES.items()):
        save(tmp_path / "train", f"t{number}", photograph(number))
        save(tmp_path / "test", kind, change(photograph(number)))
    for number in range(50, 56):
        save(tmp_path / "train", f"t{number}", photograph(number))
        save(tmp_path / "test", f"other{number}", photograph(number + 10))
    [found] = audit_datasets(str(tmp_path / "train"), [str(tmp_path / "test")])
    assert {(match.train, match.test): match.kind for match in found.matches} == {
        (f"t{number}", kind): kind for number, kind in enumerate(CHANGES)
    }
    assert all(match.correlation >= 0.9 for match in found.matches)
    assert found.leaked == (len(CHANGES), len(CHANGES))


def test_repeats_inside_a_set_are_scenes(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for number in range(4):
        save(folder, f"{number}", photograph(number))
    save(folder, "again", photograph(0))
    save(folder, "part", photograph(0)[20:220, 40:330])
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    [found] = audit_datasets(str(folder))
    assert found.inside
    assert (found.scenes, found.images, found.unread) == (4, (6, 6), ("broken",))
    assert str(found).endswith("4 scenes in 6 images")


def test_the_verb_prints_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(tmp_path / "a", "one", photograph(1))
    save(tmp_path / "b", "two", photograph(1)[:, ::-1])
    assert main(["data", "audit", str(tmp_path / "a"), str(tmp_path / "b"), "--json"]) == 0
    [audit] = json.loads(capsys.readouterr().out)["audits"]
    assert audit["rows"] == [{"train": "one", "test": "two", "kind": "flip", "correlation": 1.0}]
    assert main(["data", "audit", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    assert "1 of 1 images of" in capsys.readouterr().out


def test_a_set_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RainbenchError):
        audit_datasets("no-such-set", root=tmp_path)


def test_datasets_are_audited_by_their_clean_pictures() -> None:
    [found] = audit_datasets("toy")
    assert (found.scenes, found.images) == (5, (5, 5))


def test_what_real_sets_share_is_found(data: Path) -> None:
    found = {
        (audit.train, audit.test): audit
        for train, tests in (
            ("rain800:test", ["rain100l", "bsds500"]),
            ("bsds500", ["rain100l"]),
            ("rain100l", []),
            ("rain800:test", []),
        )
        for audit in audit_datasets(train, tests, root=data)
    }
    assert found["rain800:test", "rain100l"].leaked == (1, 1)
    assert found["rain800:test", "bsds500"].leaked == (0, 0)
    assert found["bsds500", "rain100l"].leaked == (0, 0)
    assert found["rain100l", "rain100l"].scenes == 91
    assert found["rain800:test", "rain800:test"].scenes == 76


def test_an_audit_of_nothing_in_common_says_so() -> None:
    assert (
        str(Audit(train="a", test="b", images=(3, 4)))
        == "0 of 3 images of a show 0 of 4 images of b"
    )
