"""Rain13K: the training mixture of MSPFN, MPRNet and Restormer, with its five test sets.

Its copies are not the originals: Rain100H and Rain100L are cropped to 480x320, Test1200 is split
into two files a pair, Test100 has 98 of Rain800's images, Test2800 is DDN's clean 801 to 1000.
"""

from collections.abc import Callable

from rainbench import (
    Dataset,
    Download,
    Layout,
    Paper,
    Release,
    Source,
    bsd300_scene,
    number_as_text,
)

RAINS = "1[0-4]|[1-9]"


def rain100_scene(pair: str) -> str:
    """Name the photograph behind an image of Rain100, whose numbers these copies keep."""
    return bsd300_scene(number_as_text(int(pair), 1800))


def ddn_scene(pair: str) -> str:
    """Name the photograph of one of DDN's pairs: "ddn-801" of "801_3"."""
    return f"ddn-{pair.partition('_')[0]}"


def layouts(
    split: str,
    folder: str,
    key: str,
    example: str,
    *,
    name: str = "{id}",
    scene: Callable[[str], str] | None = None,
) -> tuple[Layout, ...]:
    """Describe a split whose rainy and clean files have one name, in its bundle or alone."""
    file = rf"(?:part_\d+/)?{key}\.(?:png|jpg)"
    bundle = "train/" if split == "train" else "test/"
    return tuple(
        Layout(
            release="original",
            split=split,
            rainy=f"{base}input/{file}",
            clean=f"{base}target/{file}",
            name=name,
            scene=scene,
            example=(f"{base}input/{example}", f"{base}target/{example}"),
        )
        for base in (f"{bundle}{folder}/", f"{folder}/")
    )


NUMBER = r"(?P<id>\d+)"

DATASET = Dataset(
    title="Rain13K",
    paper=Paper(
        title="Multi-Scale Progressive Fusion Network for Single Image Deraining",
        authors="Jiang, Wang, Yi, Chen, Huang, Luo, Ma, Jiang",
        venue="CVPR",
        year=2020,
    ),
    licence="none stated for the data",
    terms="MPRNet's and Restormer's repositories are under an academic, non-commercial licence; "
    "the parts are their authors'",
    aliases=("Rain13K", "Rain13712"),
    split_aliases={
        "Test100": "test100",
        "Test1200": "test1200",
        "Test2800": "test2800",
        "Rain100H-13k": "rain100h",
        "Rain100L-13k": "rain100l",
    },
    distinction="the mixture of MPRNet and Restormer, with copies of five test sets",
    traps=(
        "Papers count 13,712 training images; 13,711 were shipped.",
        "Rain100H's test images, and all of Rain12, are among its training images.",
        "Its Rain100H and Rain100L are cropped to 480x320: those numbers are not Rain100's.",
        "Half of Test2800, clean 801 to 900, is in DDN's own training set.",
        "Copies before April 2021 have 926_10(1).jpg too much in Test2800, which shifts every "
        "later pair of a script that pairs by sorted position.",
    ),
    sources=(
        Source(
            keeper="Restormer's copy",
            host="google-drive",
            url="https://drive.google.com/file/d/1P_-RAvltEoEhfT-9GrWRdpEi6NSswTs8",
            release="original",
            splits=("rain100h", "rain100l", "test100", "test1200", "test2800"),
            files=(
                Download(address="1P_-RAvltEoEhfT-9GrWRdpEi6NSswTs8", name="test.zip", into="test"),
            ),
        ),
        Source(
            keeper="Restormer's copy",
            host="google-drive",
            url="https://drive.google.com/file/d/14BidJeG4nSNuFNFDf99K-7eErCq4i47t",
            release="original",
            splits=("train",),
            files=(
                Download(
                    address="14BidJeG4nSNuFNFDf99K-7eErCq4i47t", name="train.zip", into="train"
                ),
            ),
        ),
        Source(
            keeper="dronefreak's copy",
            host="by-hand",
            url="https://huggingface.co/datasets/dronefreak/Rain13K",
            release="original",
            splits=("rain100h", "rain100l", "test100", "test1200", "test2800", "train"),
            steps=("hf download dronefreak/Rain13K --repo-type dataset --local-dir Rain13K",),
            state="36,000 single files; no revision is known to pin",
        ),
        Source(
            keeper="MPRNet's copy",
            host="by-hand",
            url="https://drive.google.com/drive/folders/1PDWggNh8ylevFmrjo-JEvlmqsDlWWvZs",
            release="original",
            splits=("rain100h", "rain100l", "test100", "test1200", "test2800"),
            steps=(
                "training images: "
                "https://drive.google.com/drive/folders/1Hnnlc5kI0v9_BtfMytC2LR5VpLAFZtVe",
            ),
        ),
        Source(
            keeper="MSPFN's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1usedYAf3gYOgAJJUDlrwWg",
            release="original",
            splits=("train",),
            steps=("the code is 4qnh",),
        ),
    ),
    releases={
        "original": Release(
            counts={
                "train": 13711,
                "test100": 98,
                "rain100h": 100,
                "rain100l": 100,
                "test1200": 1200,
                "test2800": 2800,
            },
            fingerprint={
                "rain100h": {"y-prenet": (13.5509, 0.3786), "y-restormer": (13.5505, 0.3784)}
            },
            spots={
                "rain100h": {
                    "1": ("1c6606a59e19ab05", "0cfee87ee7889759"),
                    "2": ("ab1ad7af0146e578", "b531b4d6f1172542"),
                    "100": ("eb8e39e3dd513ff9", "36d8cb80fb7e50f8"),
                },
                "rain100l": {
                    "1": ("60016206b0812563", "0cfee87ee7889759"),
                    "100": ("c2da1fded77bcde3", "36d8cb80fb7e50f8"),
                },
            },
        )
    },
    layouts=(
        *layouts("train", "Rain13K", NUMBER, "1.jpg"),
        *layouts("test100", "Test100", NUMBER, "1.png"),
        *layouts("rain100h", "Rain100H", NUMBER, "1.png", scene=rain100_scene),
        *layouts("rain100l", "Rain100L", NUMBER, "1.png", scene=rain100_scene),
        *layouts("test1200", "Test1200", NUMBER, "1.png"),
        *layouts(
            "test2800",
            "Test2800",
            rf"(?P<id>\d+)_(?P<rain>{RAINS})",
            "801_1.jpg",
            name="{id}_{rain}",
            scene=ddn_scene,
        ),
    ),
    companions=(r"(?:.+/)?926_10\(1\)\.jpg",),
)
