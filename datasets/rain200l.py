"""Rain200L: light rain over photographs of BSD, the authors' second release (Yang et al., 2018).

It took the place of Rain100L on their page in 2018, under the same name: MSFM's paper calls it
Rain100L.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source, bsd200_scene, bsd300_scene

# Rainy and clean names in the layouts in circulation, after the folder of a split.
NAMES = (
    ("rain/X2/norain-#x2.png", "norain/norain-#.png"),  # the authors' archives
    ("rain/norain-#x2.png", "norain/norain-#.png"),
    ("rain/norain-#.png", "norain/norain-#.png"),  # JORDER-E
    ("input/#.png", "target/#.png"),  # DRSformer
    ("#.png",),  # side by side, clean on the left: RESCAN, DCSFN
)
FOLDERS = {
    "test": ("rain_data_test_Light/", "rain_light_test/", "test/", "test/small/", ""),
    "train": ("rain_data_train_Light/", "rain_light_train/", "train/", "train/small/", ""),
}
COUNTS = {"test": 200, "train": 1800}


def test_scene(pair: str) -> str:
    """Name the photograph behind a test pair: one each of BSDS500's test part."""
    return bsd200_scene(int(pair.removeprefix("norain-")))


def train_scene(pair: str) -> str:
    """Name the photograph behind a training pair: 300 of BSD, each under six rains."""
    return bsd300_scene(int(pair.removeprefix("norain-")))


def layout(split: str, folder: str, names: tuple[str, ...]) -> Layout:
    """Describe a split in this folder, under these names; the numbers agree in all of them."""
    return Layout.numbered(
        *(folder + name for name in names),
        release="2018",
        split=split,
        numbers=range(1, COUNTS[split] + 1),
        name="norain-{id}",
        rainy_half="right" if len(names) == 1 else None,
        scene=test_scene if split == "test" else train_scene,
    )


DATASET = Dataset(
    title="Rain200L",
    paper=Paper(
        title="Joint Rain Detection and Removal from a Single Image with Contextualized Deep "
        "Networks",
        authors="Yang, Tan, Feng, Guo, Yan, Liu",
        venue="IEEE Transactions on Pattern Analysis and Machine Intelligence",
        year=2020,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain200L", "Rain100L-new", "Rain100L-2018", "RainLight"),
    distinction="the authors' second release, of 2018: 1,800 training and 200 test pairs",
    traps=(
        "MSFM's paper, DCSFN and JDNet call this Rain100L.",
        "In the authors' archives the rainy files are called norain-#x2.png.",
        "Its training images show the photographs behind the older Rain100L's test images.",
        "Side by side, the left half is the clean one: halves that are swapped score like the "
        "input.",
    ),
    sources=(
        Source(
            keeper="yangytong's copy",
            host="hugging-face",
            url="https://huggingface.co/datasets/yangytong/eval",
            release="2018",
            splits=("test", "train"),
            files=(
                Download(
                    address="https://huggingface.co/datasets/yangytong/eval/resolve/main/Rain200L.zip",
                    name="Rain200L.zip",
                ),
            ),
            state="1.09 GB; no revision is known to pin",
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="http://www.icst.pku.edu.cn/struct/Projects/joint_rain_removal.html",
            release="2018",
            splits=("test", "train"),
            steps=("take rain_data_train_Light and rain_data_test_Light",),
        ),
        Source(
            keeper="DRSformer's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1rTb4qU3fCEA4MRpQss__DA",
            release="2018",
            splits=("test", "train"),
            steps=("the code is s2yx",),
        ),
        Source(
            keeper="SPDNet's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1SR7yULy0VZ_JZ4Vawqs7gg",
            release="2018",
            splits=("test", "train"),
        ),
    ),
    releases={
        "2018": Release(
            counts=COUNTS,
            sizes=frozenset({(481, 321), (321, 481)}),
            note="Rain200L's training images show the photographs behind the older Rain100L's "
            "test images.",
        )
    },
    layouts=tuple(
        layout(split, folder, names)
        for split, folders in FOLDERS.items()
        for folder in folders
        for names in NAMES
    ),
)
