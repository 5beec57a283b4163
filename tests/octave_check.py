"""Compare the MATLAB protocols with GNU Octave: `python -m tests.octave_check`.

Octave is the nearest thing to MATLAB that anyone may run. Its `fspecial`, `imfilter`, `conv2`
and `round` are the second opinion here; the small programs in tests/octave are our own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rainbench.image import Pixels, write_png
from rainbench.metrics.comparison import Comparison, Score
from rainbench.protocol import PROTOCOLS
from tests.pictures import golden_pair, random_pixels

ORACLES = Path(__file__).parent / "octave"
PACKAGES = ("octave", "octave-image")

# Shorter sides around 384 and 640 (where the factor changes), odd and even.
SIZES = ((97, 131), (383, 400), (384, 513), (385, 401), (640, 641), (641, 700), (321, 481))

TOLERANCE = 1e-9
# Exact ties of 8-bit luma fall where the order of summation puts them.
TOLERANCE_8BIT = 1e-4


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def find_octave() -> str:
    """Find Octave with its image package; install both with apt-get where they are missing."""
    command = shutil.which("octave-cli")
    if command is None or not has_image_package(command):
        say(f"octave-check: installing {' and '.join(PACKAGES)}")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet = ["apt-get", "-qq", "-o=Dpkg::Use-Pty=0"]
        subprocess.run([*quiet, "update"], check=True, env=environment)
        install = [*quiet, "install", "-y", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, check=True, env=environment, stdout=subprocess.DEVNULL)
        command = shutil.which("octave-cli")
    if command is None:
        raise SystemExit("expected octave-cli on the PATH, got none; install GNU Octave")
    return command


def has_image_package(octave: str) -> bool:
    answer = subprocess.run(
        [octave, "--no-gui", "--quiet", "--eval", "pkg load image"],
        check=False,
        capture_output=True,
    )
    return answer.returncode == 0


def draw_pairs() -> dict[str, tuple[Pixels, Pixels]]:
    pairs = {f"golden{height}x{width}": golden_pair(height, width) for height, width in SIZES}
    pairs["noise"] = random_pixels(90, 77, seed=1), random_pixels(90, 77, seed=2)
    return pairs


def octave_scores(octave: str, folder: Path) -> dict[tuple[str, str], Score]:
    program = f"pkg load image; addpath('{ORACLES.as_posix()}'); score_pairs('{folder.as_posix()}')"
    answer = subprocess.run(
        [octave, "--no-gui", "--quiet", "--eval", program],
        check=False,
        capture_output=True,
        text=True,
    )
    if answer.returncode != 0:
        raise SystemExit(f"octave-check: Octave failed:\n{answer.stderr}")
    scores = {}
    for line in answer.stdout.splitlines():
        pair, protocol, psnr_db, ssim = line.split()
        scores[pair, protocol] = Score(float(psnr_db), float(ssim))
    return scores


def compare(pairs: dict[str, tuple[Pixels, Pixels]], theirs: dict[tuple[str, str], Score]) -> bool:
    """Print the largest difference of each protocol; true if all are within tolerance."""
    worst: dict[str, float] = {}
    for (pair, name), score in theirs.items():
        ours = Comparison(*pairs[pair]).score(PROTOCOLS[name])
        difference = max(abs(ours.psnr_db - score.psnr_db), abs(ours.ssim - score.ssim))
        worst[name] = max(worst.get(name, 0.0), difference)
    agreed = len(theirs) == 5 * len(pairs)
    for name, difference in worst.items():
        tolerance = TOLERANCE_8BIT if PROTOCOLS[name].colour == "y-8bit" else TOLERANCE
        agreed &= difference <= tolerance
        say(f"{name:12} largest difference {difference:.1e}, allowed {tolerance:.0e}")
    return agreed


def main() -> int:
    octave = find_octave()
    pairs = draw_pairs()
    with tempfile.TemporaryDirectory() as folder:
        for name, (restored, clean) in pairs.items():
            write_png(Path(folder, f"{name}-restored.png"), restored)
            write_png(Path(folder, f"{name}-clean.png"), clean)
        theirs = octave_scores(octave, Path(folder))
    agreed = compare(pairs, theirs)
    verdict = "all agree" if agreed else "some differ"
    say(f"octave-check: {len(theirs)} scores of {len(pairs)} pairs, {verdict}")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
