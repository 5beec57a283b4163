"""What a photograph of 16 megapixels takes: the whole process, 16-bit PNG in and out."""

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

HEIGHT, WIDTH = 3264, 4904
PEAK = "derain, 16 megapixels of 16 bit (GiB at the peak)"
BUDGETS = {PEAK: 2.0}
# The peak of a process is told by itself: a parent knows only the greatest of all its children.
DERAIN = """
import resource, sys
from rainbench.cli import main
status = main(["derain", sys.argv[1], "-o", sys.argv[2]])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


def measure() -> dict[str, float]:
    """Peak memory in GiB (Linux counts in KiB), and seconds."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    samples = np.stack([3 * x + y, x + 5 * y, x * y // 300], axis=2).astype(np.uint16)
    with tempfile.TemporaryDirectory() as folder:
        photo, out = Path(folder) / "photo.png", Path(folder) / "out.png"
        cv2.imwrite(str(photo), samples)
        start = perf_counter()
        command = [sys.executable, "-c", DERAIN, str(photo), str(out)]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        seconds = perf_counter() - start
    return {PEAK: int(told.splitlines()[-1]) / 2**20, "derain, 16 megapixels (seconds)": seconds}
