"""Rain100L: light rain in one direction over photographs of BSD (Yang et al., CVPR 2017).

The hundred test pairs as first published. In 2018 the authors put another set of this name in its
place (1800 and 200 pairs, since called Rain200L): that is another dataset.
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
    ("RainTrainL/rain-#.png", "RainTrainL/norain-#.png"),  # the authors' archive
    ("train/rain/norain-#.png", "train/norain/norain-#.png"),  # leftthomas
    ("train/small/rain/norain-#.png", "train/small/norain/norain-#.png"),  # JORDER-E, RCDNet
)
RENUMBERED = ("input/#.png", "target/#.png")  # AirNet, PromptIR; Rain13K


def scene(pair: str) -> str:
    """Name the photograph behind a test pair, one of 300 in BSD's train and val parts.

    The k-th test image is the k-th of norain-1 … norain-1800 in the order of text, and norain-N
    has photograph (N - 1) mod 300: the hundred pairs show 91 scenes.
    """
    number = sorted(range(1, 1801), key=str)[int(pair.removeprefix("rain-")) - 1]
    return f"bsd300-{(number - 1) % 300}"


def train_scene(pair: str) -> str:
    """Name the photograph behind a training pair, by the rule of the same authors' RainTrainH.

    The rule was checked on twenty of that set's pictures, and on none of this one's.
    """
    return f"bsd300-{(int(pair.removeprefix('rain-')) - 1) % 300}"


def test_layout(names: tuple[str, str], release: str) -> Layout:
    """Describe the hundred test pairs under these names; the numbers agree in all of them."""
    return Layout.numbered(
        *names,
        release=release,
        split="test",
        numbers=range(1, 101),
        name="rain-{id:0>3}",
        scene=scene,
    )


def train_layout(names: tuple[str, str]) -> Layout:
    """Describe the two hundred training pairs under these names."""
    return Layout.numbered(
        *names,
        release="original",
        split="train",
        numbers=range(1, 201),
        name="rain-{id}",
        scene=train_scene,
    )


DATASET = Dataset(
    title="Rain100L",
    paper=Paper(
        title="Deep Joint Rain Detection and Removal from a Single Image",
        authors="Yang, Tan, Feng, Liu, Guo, Yan",
        venue="CVPR",
        year=2017,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain100L", "rain100L_old"),
    sources=(
        Source(
            keeper="the authors",
            host="http",
            url="http://www.icst.pku.edu.cn/struct/att/Rain100L.zip",
            release="original",
            splits=("test",),
            files=(
                Download(
                    address="http://www.icst.pku.edu.cn/struct/att/Rain100L.zip",
                    name="Rain100L.zip",
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
            counts={"test": 100, "train": 200},
            sizes=frozenset({(481, 321), (321, 481)}),
            fingerprint={"test": {"y-prenet": (26.9007, 0.8384)}},
        ),
        "rain13k": Release(
            counts={"test": 100},
            sizes=frozenset({(480, 320), (320, 480)}),
            note="Rain13K's copy is cropped to 480x320: its numbers are not those of Rain100L.",
        ),
    },
    layouts=(
        *(test_layout(names, "original") for names in (*TEST, RENUMBERED)),
        test_layout(RENUMBERED, "rain13k"),
        *(train_layout(names) for names in TRAIN),
    ),
    manifest="rain100l.xz",
    companions=(r"(?:.+/)?rain(?:region|streak)-\d+\.png",),
)
