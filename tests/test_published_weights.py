"""Published weights give published numbers: five named images a checkpoint, to 0.001 dB.

The golden values are those of the run whose means over all 100 images round to the digits their
authors printed (`make truth` repeats it).
"""

import tomllib
from pathlib import Path

import pytest

from rainbench.comparison import Comparison
from rainbench.data.opening import open_dataset
from rainbench.image import to_image
from rainbench.preparation import prepare_restorer
from rainbench.protocol import HEADLINE, find_protocol

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
