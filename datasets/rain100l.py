"""Rain100L: light rain in one direction over photographs of BSD (Yang et al., CVPR 2017).

The hundred test pairs as first published. In 2018 the authors put another set of this name in its
place (1800 and 200 pairs, since called Rain200L): that is another dataset.
"""

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

# Rainy and clean names in the layouts in circulation.
TEST = (
    ("rainy/rain-###.png", "norain/norain-###.png"),
    ("rainy/rain-###.png", "norain-###.png"),  # PReNet
    ("rain-###.png", "norain-###.png"),  # the authors' archive
    ("rain/norain-#.png", "norain/norain-#.png"),
    ("test/rain/norain-#.png", "test/norain/norain-#.png"),  # leftthomas
    ("test/small/rain/norain-#.png", "test/small/norain/norain-#.png"),  # JORDER-E, RCDNet
    ("#.png",),  # side by side, clean on the left: RESCAN, DCSFN
)
TRAIN = (
    ("RainTrainL/rain-#.png", "RainTrainL/norain-#.png"),  # the authors' archive
    ("rain-#.png", "norain-#.png"),
    ("train/rain/norain-#.png", "train/norain/norain-#.png"),  # leftthomas
    ("train/small/rain/norain-#.png", "train/small/norain/norain-#.png"),  # JORDER-E, RCDNet
)
RENUMBERED = ("input/#.png", "target/#.png")  # AirNet, PromptIR; Rain13K


def scene(pair: str) -> str:
    """Name the photograph behind a test pair, one of 300 in BSD's train and val parts.

    The k-th test image is the k-th of norain-1 … norain-1800 in the order of text: the hundred
    pairs show 91 scenes.
    """
    return bsd300_scene(number_as_text(int(pair.removeprefix("rain-")), 1800))


def train_scene(pair: str) -> str:
    """Name the photograph behind a training pair, by the rule of the same authors' RainTrainH.

    The rule was checked on twenty of that set's pictures, and on none of this one's.
    """
    return bsd300_scene(int(pair.removeprefix("rain-")))


def test_layout(names: tuple[str, ...], release: str) -> Layout:
    """Describe the hundred test pairs under these names; the numbers agree in all of them."""
    return Layout.numbered(
        *names,
        release=release,
        split="test",
        numbers=range(1, 101),
        name="rain-{id:0>3}",
        rainy_half="right" if len(names) == 1 else None,
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
    aliases=("Rain100L", "Rain100L-old", "Rain100L-2017", "RainTrainL", "R100L"),
    distinction="the first release, of 2017: 200 training and 100 test pairs",
    traps=(
        "Three datasets are called Rain100L: this one of 2017, the authors' later 1,800 and 200 "
        "pairs (rain200l: what MSFM's paper calls Rain100L), and Rain13K's copy of the test "
        "images, cropped to 480x320.",
        "The 100 test images show 91 photographs.",
        "Three sample images of 384x512 that circulate under this name are not Rain100L's.",
    ),
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
            state="in March 2024 dead to one user and alive to another",
        ),
        Source(
            keeper="the authors",
            host="http",
            url="http://www.icst.pku.edu.cn/struct/att/RainTrainL.zip",
            release="original",
            splits=("train",),
            files=(
                Download(
                    address="http://www.icst.pku.edu.cn/struct/att/RainTrainL.zip",
                    name="RainTrainL.zip",
                ),
            ),
            state="in March 2024 dead to one user and alive to another",
        ),
        Source(
            keeper="AirNet's copy",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1-_Tw-LHJF4vh8fpogKgZx1EQ9MhsJI_f",
            release="original",
            splits=("test",),
            files=(Download(address="folder:1-_Tw-LHJF4vh8fpogKgZx1EQ9MhsJI_f", name="Rain100L"),),
        ),
        Source(
            keeper="PReNet's copy",
            host="by-hand",
            url="https://1drv.ms/f/s!AqLfQqtZ6GwGgep-hgjLxkov2SSZ3g",
            release="original",
            splits=("test", "train"),
            steps=("take Rain100L.zip and RainTrainL.zip",),
            state="checked by its author in September 2020",
        ),
        Source(
            keeper="leftthomas's copy",
            host="by-hand",
            url="https://mega.nz/file/MpgnwYDS#jqyDEyL1U9srLBbEFCPnAOZb2HZTsSrwSvRGQ6m6Dzc",
            release="original",
            splits=("test", "train"),
            state="cited as working in November 2023",
        ),
        Source(
            keeper="RCDNet's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1yV4ih7C4Xg0iazqSBB-U1Q",
            release="original",
            splits=("test", "train"),
            steps=("the code is uz8h",),
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 100, "train": 200},
            sizes=frozenset({(481, 321), (321, 481)}),
            fingerprint={"test": {"y-prenet": (26.9007, 0.8384)}},
            spots={
                "test": {
                    "rain-001": ("7efe2ccf32c8aa66", "76b53a6607c58c62"),
                    "rain-034": ("475e3bd4f1810b53", "f65692d4ed37a81e"),
                    "rain-067": ("ca7559cfcd7a2b95", "169627cd3f65dc95"),
                    "rain-100": ("b5b8438ad47b81d8", "8d3b09c3cb74c54c"),
                },
            },
        ),
        "rain13k": Release(
            counts={"test": 100},
            sizes=frozenset({(480, 320), (320, 480)}),
            note="Rain13K's copy is cropped to 480x320: its numbers are not those of Rain100L.",
            spots={
                "test": {
                    "rain-001": ("60016206b0812563", "0cfee87ee7889759"),
                    "rain-034": ("3175dbd5be1c2d48", "370f18b0ebbe9424"),
                    "rain-067": ("fc13ca0da76bc544", "b6eef3461fc319ca"),
                    "rain-100": ("c2da1fded77bcde3", "36d8cb80fb7e50f8"),
                },
            },
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
