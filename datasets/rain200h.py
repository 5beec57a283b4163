"""Rain200H: heavy rain over photographs of BSD, the authors' second release (Yang et al., 2018).

It took the place of Rain100H on their page in 2018, under the same name: MSFM's paper calls it
Rain100H.
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
    "test": ("rain_data_test_Heavy/", "rain_heavy_test/", "test/", "test/small/", ""),
    "train": ("rain_data_train_Heavy/", "rain_heavy_train/", "train/", "train/small/", ""),
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
    title="Rain200H",
    paper=Paper(
        title="Joint Rain Detection and Removal from a Single Image with Contextualized Deep "
        "Networks",
        authors="Yang, Tan, Feng, Guo, Yan, Liu",
        venue="IEEE Transactions on Pattern Analysis and Machine Intelligence",
        year=2020,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain200H", "Rain100H-new", "Rain100H-2018", "RainHeavy"),
    distinction="the authors' second release, of 2018: 1,800 training and 200 test pairs",
    traps=(
        "MSFM's paper, DCSFN and JDNet call this Rain100H.",
        "In the authors' archives the rainy files are called norain-#x2.png.",
        "Its training images hold the 100 test pairs of the older Rain100H: weights trained on "
        "them have seen those answers.",
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
                    address="https://huggingface.co/datasets/yangytong/eval/resolve/main/Rain200H.zip",
                    name="Rain200H.zip",
                ),
            ),
            state="1.11 GB; no revision is known to pin",
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="http://www.icst.pku.edu.cn/struct/Projects/joint_rain_removal.html",
            release="2018",
            splits=("test", "train"),
            steps=("take rain_data_train_Heavy and rain_data_test_Heavy",),
        ),
        Source(
            keeper="DRSformer's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1KK8R2bPKgcOX8gMXSuKtCQ",
            release="2018",
            splits=("test", "train"),
            steps=("the code is z9br",),
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
            note="Rain200H's training images hold the test pairs of the older Rain100H.",
            spots={
                "test": {
                    "norain-1": ("c351f9b12eb85e53", "b73eab1adef7ce39"),
                    "norain-2": ("6c4f96ccb831d6ce", "39eea03358571970"),
                    "norain-3": ("5e6e9ea1bbbe5347", "adbec2ed49b89dc8"),
                    "norain-4": ("c226090f435bd5d8", "06ff8d58bd4ed399"),
                    "norain-5": ("976bd3942c66a9b0", "ad62696478649653"),
                },
                "train": {
                    "norain-1": ("257c6f56ad869618", "76b53a6607c58c62"),
                    "norain-2": ("4611aaaad87afd4b", "29e712cadbb4dae5"),
                    "norain-3": ("409c8eb81dd77ebd", "9b36638c00ec68a3"),
                },
            },
        )
    },
    layouts=tuple(
        layout(split, folder, names)
        for split, folders in FOLDERS.items()
        for folder in folders
        for names in NAMES
    ),
)
