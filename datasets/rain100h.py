"""Rain100H: heavy rain in five directions over photographs of BSD (Yang et al., CVPR 2017).

The hundred test pairs as first published. In 2018 the authors put another set of this name in its
place (1800 and 200 pairs, since called Rain200H): that is another dataset.
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
    ("RainTrainH/rain-#.png", "RainTrainH/norain-#.png"),  # the authors' archive
    ("rain-#.png", "norain-#.png"),
    ("train/rain/norain-#.png", "train/norain/norain-#.png"),  # leftthomas
    ("train/small/rain/norain-#.png", "train/small/norain/norain-#.png"),  # JORDER-E, RCDNet
)
RENUMBERED = ("input/#.png", "target/#.png")  # Rain13K
CROPPED = ("inputcrop/#.png", "cleancrop/#.png")  # MSPFN


def test_scene(pair: str) -> str:
    """Name the photograph behind a test pair; the hundred pairs show 91.

    The k-th test image is the k-th of norain-1 … norain-1800 in the order of text.
    """
    return bsd300_scene(number_as_text(int(pair.removeprefix("rain-")), 1800))


def train_scene(pair: str) -> str:
    """Name the photograph behind a training pair; each stands under six rains."""
    return bsd300_scene(int(pair.removeprefix("rain-")))


TEST_SCENES = {test_scene(f"rain-{place}") for place in range(1, 101)}

# PReNet's list: the training images of the 209 photographs that no test image shows.
STRICT = tuple(n for n in range(1, 1801) if bsd300_scene(n) not in TEST_SCENES)


def test_layout(names: tuple[str, ...], release: str) -> Layout:
    """Describe the hundred test pairs under these names; the numbers agree in all of them."""
    return Layout.numbered(
        *names,
        release=release,
        split="test",
        numbers=range(1, 101),
        name="rain-{id:0>3}",
        rainy_half="right" if len(names) == 1 else None,
        scene=test_scene,
    )


def train_layouts(names: tuple[str, str]) -> tuple[Layout, Layout]:
    """Describe the 1800 training pairs, and the strict selection, under these names."""
    every = Layout.numbered(
        *names,
        release="original",
        split="train",
        numbers=range(1, 1801),
        name="rain-{id}",
        scene=train_scene,
    )
    strict = Layout.numbered(
        *names,
        release="original",
        split="strict",
        numbers=STRICT,
        name="rain-{id}",
        scene=train_scene,
        part_of="train",
    )
    return every, strict


DATASET = Dataset(
    title="Rain100H",
    paper=Paper(
        title="Deep Joint Rain Detection and Removal from a Single Image",
        authors="Yang, Tan, Feng, Liu, Guo, Yan",
        venue="CVPR",
        year=2017,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain100H", "Rain100H-old", "Rain100H-2017", "RainTrainH", "R100H"),
    split_aliases={"Rain100H-strict": "strict", "Rain100H-1254": "strict"},
    distinction="the first release, of 2017: 1,800 training and 100 test pairs",
    traps=(
        "Four datasets are called Rain100H: this one of 2017, the authors' later 1,800 and 200 "
        "pairs (rain200h: what MSFM's paper calls Rain100H), PReNet's 1,254 training images (the "
        "split strict), and Rain13K's copy of the test images, cropped to 480x320.",
        "The 100 test pairs are 100 of the 1,800 training pairs: weights trained on all of them, "
        "on Rain200H's or on Rain13K have seen the answers.",
        "The 100 test images show 91 photographs.",
    ),
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
            state="in March 2024 dead to one user and alive to another",
        ),
        Source(
            keeper="the authors",
            host="http",
            url="http://www.icst.pku.edu.cn/struct/att/RainTrainH.zip",
            release="original",
            splits=("train",),
            files=(
                Download(
                    address="http://www.icst.pku.edu.cn/struct/att/RainTrainH.zip",
                    name="RainTrainH.zip",
                ),
            ),
            state="in March 2024 dead to one user and alive to another",
        ),
        Source(
            keeper="leftthomas's copy",
            host="http",
            url="https://www.dropbox.com/s/kzbzer5wem37byg/rain100H.zip?dl=0",
            release="original",
            splits=("test", "train"),
            files=(
                Download(
                    address="https://www.dropbox.com/s/kzbzer5wem37byg/rain100H.zip?dl=1",
                    name="rain100H.zip",
                ),
            ),
            state="cited as working in November 2023",
        ),
        Source(
            keeper="MSPFN's copy",
            host="http",
            url="https://github.com/kuijiang94/MSPFN",
            release="rain13k",
            splits=("test",),
            files=(
                Download(
                    address="https://codeload.github.com/kuijiang94/MSPFN/tar.gz/HEAD",
                    name="MSPFN.tar.gz",
                ),
            ),
            state="all pairs are in model/test/test_data/R100H; revision unknown",
        ),
        Source(
            keeper="PReNet's copy",
            host="by-hand",
            url="https://1drv.ms/f/s!AqLfQqtZ6GwGgep-hgjLxkov2SSZ3g",
            release="original",
            splits=("test", "train"),
            steps=("take Rain100H.zip and RainTrainH.zip",),
            state="checked by its author in September 2020",
        ),
        Source(
            keeper="DerainZoo's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1GLLpNJ8P4mkwfX7meMphTg",
            release="original",
            splits=("test",),
            steps=(
                "the code is axpq",
                "training images: https://pan.baidu.com/s/1uiTz_ME_9Lq5k0yA6c7ZEw, code x3gy",
            ),
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 100, "train": 1800, "strict": len(STRICT)},
            sizes=frozenset({(481, 321), (321, 481)}),
            note="The test images are among the 1800 training images of Rain100H: weights "
            "trained on all of them have seen the answers.",
            spots={
                "test": {
                    "rain-001": ("257c6f56ad869618", "76b53a6607c58c62"),
                    "rain-034": ("2bd4397972a74295", "f65692d4ed37a81e"),
                    "rain-067": ("39b856ea0f7c4ee2", "169627cd3f65dc95"),
                    "rain-100": ("10f5c01c3a6e58e0", "8d3b09c3cb74c54c"),
                },
                "train": {"rain-1": ("257c6f56ad869618", "76b53a6607c58c62")},
            },
        ),
        "rain13k": Release(
            counts={"test": 100},
            sizes=frozenset({(480, 320), (320, 480)}),
            note="Rain13K's copy is cropped to 480x320: its numbers are not those of Rain100H.",
            fingerprint={"test": {"y-prenet": (13.5509, 0.3786), "y-restormer": (13.5505, 0.3784)}},
            spots={
                "test": {
                    "rain-001": ("1c6606a59e19ab05", "0cfee87ee7889759"),
                    "rain-034": ("811216cce83c6f1b", "370f18b0ebbe9424"),
                    "rain-067": ("cbbcd702ee846db5", "b6eef3461fc319ca"),
                    "rain-100": ("eb8e39e3dd513ff9", "36d8cb80fb7e50f8"),
                },
            },
        ),
    },
    layouts=(
        *(test_layout(names, "original") for names in (*TEST, RENUMBERED)),
        *(test_layout(names, "rain13k") for names in (RENUMBERED, CROPPED)),
        *(layout for names in TRAIN for layout in train_layouts(names)),
    ),
    manifest="rain100h.xz",
    companions=(r"(?:.+/)?rain(?:region|streak)-\d+\.png",),
)
