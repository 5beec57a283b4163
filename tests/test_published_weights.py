"""Published weights give published numbers: five named images a checkpoint, to 0.001 dB.

The golden values are those of the run whose means over all 100 images round to the digits their
authors printed (`make truth` repeats it).
"""

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from rainbench.data.opening import open_dataset
from rainbench.image import to_image
from rainbench.metrics.comparison import Comparison
from rainbench.protocol import HEADLINE, Quantiser, find_protocol
from rainbench.restorers.preparation import prepare_restorer

GOLDEN = tomllib.loads(
    (Path(__file__).parent / "golden" / "published_weights.toml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("row", GOLDEN["checkpoint"], ids=lambda row: str(row["label"]))
def test_a_checkpoint_restores_named_images_to_the_digit(
    row: dict[str, object], data: Path
) -> None:
    restorer = prepare_restorer(str(row["method"]), weights=data / str(row["weights"]))
    assert restorer.label == row["label"]
    assert restorer.trained_on == row["trained_on"]
    pairs = {pair.name: pair for pair in open_dataset(str(row["dataset"])).pairs}
    images = row["images"]
    assert isinstance(images, dict)
    assert len(images) == 5
    for name, (psnr_db, ssim) in images.items():
        rainy, clean = pairs[name].read()
        assert clean is not None
        found = Comparison(restorer(to_image(rainy)), clean).score(find_protocol(HEADLINE))
        assert found.psnr_db == pytest.approx(psnr_db, abs=0.001), name
        assert found.ssim == pytest.approx(ssim, abs=0.00001), name


# Of the 28 test images of Rain1400 that RAINBENCH_DATA may hold: y-prenet with its own quantiser,
# and with the JPEG files that PReNet's authors saved for this set alone and computed their
# README's 32.60 / 0.946 on all 1,400 from.
RAIN1400 = {
    "901_1": {"truncate": (31.4851, 0.942038), "truncate+jpeg95": (31.4399, 0.941390)},
    "902_3": {"truncate": (32.5735, 0.973525), "truncate+jpeg95": (32.4988, 0.973077)},
}


def test_rain1400_is_scored_from_jpeg_files_as_its_authors_did(data: Path) -> None:
    weights = data / "checkpoints/prenet/rain1400/PReNet6/net_latest.pth"
    restorer = prepare_restorer("prenet", weights=weights)
    assert restorer.label == "prenet@rain1400"
    dataset = open_dataset(str(data / "rain1400-sample" / "testing"))
    pairs = {pair.name: pair for pair in dataset.pairs}
    for name, scores in RAIN1400.items():
        rainy, clean = pairs[name].read()
        assert clean is not None
        comparison = Comparison(restorer(to_image(rainy)), clean)
        for quantiser, (psnr_db, ssim) in scores.items():
            rule = replace(find_protocol(HEADLINE), quantise=cast(Quantiser, quantiser))
            found = comparison.score(rule)
            assert found.psnr_db == pytest.approx(psnr_db, abs=0.001), (name, quantiser)
            assert found.ssim == pytest.approx(ssim, abs=0.00001), (name, quantiser)
