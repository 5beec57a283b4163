"""Kept profiles: read strictly, laid out by size, and parameters drawn against PSNR."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rainbench import Evidence, Figure, Note, Profile, Table, View, find_report
from rainbench.errors import ResultsError
from rainbench.evidence.attachment import attach
from rainbench.evidence.profile_record import read_profile
from tests.contract.test_reports import SCORE, result

DOCUMENT: dict[str, Any] = {
    "schema": 1,
    "kind": "profile",
    "method": "msfm",
    "label": "msfm@rendered-light",
    "title": "MSFM",
    "settings": {"layers": 8},
    "method_sha256": "a" * 64,
    "weights_sha256": None,
    "height": 512,
    "width": 512,
    "parameters": 35173,
    "macs": 10_852_761_600,
    "macs_per_pixel": 41400.0,
    "activations": 12_345_000,
    "latency": {
        "median_s": 0.029, "lower_quartile_s": 0.028, "upper_quartile_s": 0.031,
        "least_s": 0.027, "rounds": 20, "warm_up": 3,
    },
    "peak_bytes": 64 * 2**20,
    "engine": "torch",
    "device": "cuda",
    "dtype": "float32",
    "threads": 2,
    "machine": {
        "processor": "AMD EPYC", "cores": 2, "memory_bytes": 8e9, "system": "Linux",
        "accelerator": "NVIDIA GeForce GTX 1080 Ti",
    },
    "load": 0.3,
    "versions": {},
    "when": "2026-11-25T08:00:00+00:00",
}  # fmt: skip


def write(folder: Path, fields: Mapping[str, object]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "one.json"
    file.write_text(json.dumps({**DOCUMENT, **fields}, indent=1), encoding="utf-8")
    return file


def profile(tmp_path: Path, **fields: object) -> Profile:
    return read_profile(write(tmp_path, fields))


def test_a_profile_is_read_with_its_machine(tmp_path: Path) -> None:
    read = profile(tmp_path)
    assert (read.label, read.macs, read.latency.median_s) == (
        "msfm@rendered-light",
        10_852_761_600,
        0.029,
    )
    assert read.place == "NVIDIA GeForce GTX 1080 Ti"
    assert replace(read, device="cpu").place == "AMD EPYC, 2 threads"


@pytest.mark.parametrize(
    "fields", [{"latency": {}}, {"schema": 2}, {"height": "512"}, {"machine": None}]
)
def test_a_profile_that_was_broken_is_refused(tmp_path: Path, fields: dict[str, object]) -> None:
    with pytest.raises(ResultsError):
        profile(tmp_path, **fields)


def test_other_json_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "profiles", {})
    (tmp_path / "profiles/notes.json").write_text("{}", encoding="utf-8")
    evidence = attach(Evidence(protocol="y-prenet"), [tmp_path], View())
    assert [each.method for each in evidence.profiles] == ["msfm"]


def test_a_table_a_size_with_a_row_a_measurement(tmp_path: Path) -> None:
    profiles = (
        profile(tmp_path),
        profile(tmp_path, device="cpu", load=3.2),
        profile(tmp_path, width=256, macs=None, activations=None, peak_bytes=None),
    )
    blocks = find_report("efficiency").make(Evidence(protocol="y-prenet", profiles=profiles))
    small, large = (block for block in blocks if isinstance(block, Table))
    assert small.title == "Costs of one image of 256x512 pixels"
    assert [row[2] for row in large.rows] == [
        "AMD EPYC, 2 threads; load 3.2 before",
        "NVIDIA GeForce GTX 1080 Ti",
    ]
    assert large.rows[1][3:] == (35173, 10.8527616, 12.345, 29.0, "28.0 to 31.0", 64.0)
    assert small.rows[0][4:6] == (None, None)
    assert any(isinstance(b, Note) and "two operations to one MAC" in b.text for b in blocks)
    assert any(isinstance(b, Note) and Profile.MACS in b.text for b in blocks)


def test_parameters_are_drawn_against_psnr_on_a_logarithm_with_labels_at_the_points() -> None:
    results = (
        result("msfm", SCORE),
        result("prenet", replace(SCORE, psnr_db=35.0), parameters=168_963, trained_on="other"),
        result("spanet", replace(SCORE, overlap="seen 91/100"), trained_on="other"),
        result("lp", SCORE, parameters=None, trained_on=None),
        result("did", replace(SCORE, images=28)),
    )
    blocks = find_report("efficiency").make(Evidence(protocol="y-restormer", results=results))
    [figure] = [block for block in blocks if isinstance(block, Figure)]
    assert figure.x_scale == "log"
    assert [(s.name, s.labels) for s in figure.series] == [
        ("trained on this dataset's own training split", ("msfm", "did, 28/100")),
        ("trained on other data, or nobody says on what", ("prenet",)),
        ("trained on other data with scenes of these images", ("spanet",)),
    ]
    assert figure.series[1].points == ((168_963.0, 35.0),)
    notes = [block.text for block in blocks if isinstance(block, Note)]
    assert any("without parameters, lp" in text for text in notes)
    assert any("rainbench profile METHOD" in text for text in notes)


def test_why_there_is_no_plot_is_said() -> None:
    evidence = Evidence(protocol="y-prenet", results=(result("msfm", SCORE),))
    blocks = find_report("efficiency").make(evidence)
    assert not any(isinstance(block, Figure) for block in blocks)
    words = [block.text for block in blocks if isinstance(block, Note)]
    assert any("no plot, for 1 scored network" in text for text in words)
