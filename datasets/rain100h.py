"""Rain100H: heavy rain in five directions over photographs of BSD (Yang et al., CVPR 2017).

The hundred test pairs as first published. In 2018 the authors put another set of this name in its
place (1800 and 200 pairs, since called Rain200H): that is another dataset.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

# Rainy and clean names in the layouts in circulation.
TEST = (
    ("rainy/rain-###.png", "norain/norain-###.png"),
    ("rainy/rain-###.png", "norain-###.png"),  # PReNet
    ("rain-###.png", "norain-###.png"),  # the authors' archive
    ("rain/norain-#.png", "norain/norain-#.png"),
    ("test/rain/norain-#.png", "test/norain/norain-#.png"),  # leftthomas
    ("test/small/rain/norain-#.png", "test/small/norain/norain-#.png"),  # JORDER-E, RCDNet
)
TRAIN = (
    ("RainTrainH/rain-#.png", "RainTrainH/norain-#.png"),  # the authors' archive
    ("train/rain/norain-#.png", "train/norain/norain-#.png"),  # leftthomas
    ("train/small/rain/norain-#.png", "train/small/norain/norain-#.png"),  # JORDER-E, RCDNet
)
RENUMBERED = ("input/#.png", "target/#.png")  # Rain13K
CROPPED = ("inputcrop/#.png", "cleancrop/#.png")  # MSPFN


def photograph(number: int) -> str:
    """Name the photograph behind norain-`number`: one of 300 in BSD's train and val parts."""
    return f"bsd300-{(number - 1) % 300}"


def test_scene(pair: str) -> str:
    """Name the photograph behind a test pair; the hundred pairs show 91.

    The k-th test image is the k-th of norain-1 … norain-1800 in the order of text.
    """
    place = int(pair.removeprefix("rain-"))
    return photograph(sorted(range(1, 1801), key=str)[place - 1])


def train_scene(pair: str) -> str:
    """Name the photograph behind a training pair; each stands under six rains."""
    return photograph(int(pair.removeprefix("rain-")))


def test_layout(names: tuple[str, str], release: str) -> Layout:
    """Describe the hundred test pairs under these names; the numbers agree in all of them."""
    return Layout.numbered(
        *names,
        release=release,
        split="test",
        numbers=range(1, 101),
        name="rain-{id:0>3}",
        scene=test_scene,
    )


def train_layout(names: tuple[str, str]) -> Layout:
    """Describe the 1800 training pairs under these names."""
    return Layout.numbered(
        *names,
        release="original",
        split="train",
        numbers=range(1, 1801),
        name="rain-{id}",
        scene=train_scene,
    )


DATASET = Dataset(
    title="Rain100H",
    paper=Paper(
        title="Deep Joint Rain Detection and Removal from a Single Image",
        authors="Yang, Tan, Feng, Liu, Guo, Yan",
        venue="CVPR",
        year=2017,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain100H", "rain100H_old", "R100H"),
    sources=(
        Source(
            keeper="the authors",
            host="http",
            url="http://www.icst.pku.edu.cn/struct/att/Rain100H.zip",
            release="original",
            splits=("test",),
            files=(
                Download(
                    address="http://www.icst.pku.edu.cn/struct/att/Rain100H.zip",
                    name="Rain100H.zip",
                ),
            ),
        ),
        Source(
            keeper="PReNet's copy",
            host="by-hand",
            url="https://1drv.ms/f/s!AqLfQqtZ6GwGgep-hgjLxkov2SSZ3g",
            release="original",
            splits=("test", "train"),
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 100, "train": 1800},
            sizes=frozenset({(481, 321), (321, 481)}),
            note="The test images are among the 1800 training images of Rain100H: weights "
            "trained on all of them have seen the answers.",
        ),
        "rain13k": Release(
            counts={"test": 100},
            sizes=frozenset({(480, 320), (320, 480)}),
            note="Rain13K's copy is cropped to 480x320: its numbers are not those of Rain100H.",
            fingerprint={"test": {"y-prenet": (13.5509, 0.3786), "y-restormer": (13.5505, 0.3784)}},
        ),
    },
    layouts=(
        *(test_layout(names, "original") for names in (*TEST, RENUMBERED)),
        *(test_layout(names, "rain13k") for names in (RENUMBERED, CROPPED)),
        *(train_layout(names) for names in TRAIN),
    ),
    manifest="rain100h.xz",
    companions=(r"(?:.+/)?rain(?:region|streak)-\d+\.png",),
)
