"""Learn LP's prior of clean photographs: python -m rainbench.methods.lp.train FOLDER OUT.

Writes the mixture, a safetensors file, with a record of what made it.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rainbench import Picture

from .background import LUMA, save
from .mixture import learn
from .patches import SIDE, remove_means

COMPONENTS = 200  # section 3.1
PATCHES = 780  # of a photograph: 160,000 in all, of the paper's 2 million
ROUNDS = 30
SEED = 0
SUFFIXES = {".jpg", ".jpeg", ".png"}


def draw_patches(photographs: list[Path], each: int, seed: int) -> tuple[Tensor, str]:
    """Draw mean-removed patches of Y, (N, 64), from each photograph, and digest names and pixels.

    Their order is random, too.
    """
    generator = np.random.default_rng(seed)
    digest = sha256()
    drawn = []
    for file in photographs:
        pixels = Picture(file).read()
        digest.update(f"{file.name}\0".encode() + pixels.tobytes())
        luma = pixels.astype(np.float32) / 255 @ np.array(LUMA, np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(luma, (SIDE, SIDE))
        rows, columns = (generator.integers(0, size, each) for size in windows.shape[:2])
        drawn.append(windows[rows, columns].reshape(each, -1))
    order = torch.randperm(each * len(drawn), generator=torch.Generator().manual_seed(seed))
    return remove_means(torch.from_numpy(np.concatenate(drawn)))[order], digest.hexdigest()


def main(folder: Path, out: Path) -> None:
    """Learn from every photograph in `folder` and write `out`."""
    photographs = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    patches, digest = draw_patches(photographs, PATCHES, SEED)
    mixture, history = learn(patches, COMPONENTS, rounds=ROUNDS, seed=SEED)
    record = {
        "trained_on": f"{len(photographs)} photographs of {folder.name}",
        "photographs_sha256": digest,
        "patches": len(patches),
        "components": COMPONENTS,
        "rounds": len(history),
        "seed": SEED,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "log_likelihoods": [round(each, 3) for each in history],
    }
    save(mixture, out, record)
    sys.stderr.write(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
