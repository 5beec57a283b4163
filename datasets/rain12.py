"""Rain12: twelve photographs of BSD under light drawn rain (Li et al., CVPR 2016)."""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

# Rainy and clean names in the layouts in circulation.
NAMES = (
    ("###_in.png", "###_GT.png"),  # the authors' archive
    ("rainy/#.png", "groundtruth/#.png"),  # PReNet
    ("input/#.png", "target/#.png"),
)

DATASET = Dataset(
    title="Rain12",
    paper=Paper(
        title="Rain Streak Removal Using Layer Priors",
        authors="Li, Tan, Guo, Lu, Brown",
        venue="CVPR",
        year=2016,
    ),
    terms="research only: no licence was published; the photographs are Berkeley's BSD",
    aliases=("Rain12", "Test12"),
    distinction="12 test pairs and no training set",
    traps=(
        "There is no training set: authors test with weights trained on Rain100L.",
        "It is in Rain13K's training set.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="http",
            url="http://yu-li.github.io/paper/li_cvpr16_rain.zip",
            release="original",
            splits=("test",),
            files=(
                Download(
                    address="http://yu-li.github.io/paper/li_cvpr16_rain.zip",
                    name="li_cvpr16_rain.zip",
                ),
            ),
            state="reported dead in August 2026",
        ),
        Source(
            keeper="PReNet's copy",
            host="by-hand",
            url="https://1drv.ms/f/s!AqLfQqtZ6GwGgep-hgjLxkov2SSZ3g",
            release="original",
            splits=("test",),
            steps=("take Rain12.zip",),
            state="checked by its author in September 2020",
        ),
        Source(
            keeper="AIDNet's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1vK5OfNvPAdGlnvu_e1KeKw",
            release="original",
            splits=("test",),
            steps=("the code is aid5", "take test12"),
        ),
    ),
    releases={"original": Release(counts={"test": 12}, sizes=frozenset({(481, 321), (321, 481)}))},
    layouts=tuple(
        Layout.numbered(
            *names, release="original", split="test", numbers=range(1, 13), name="{id:0>3}"
        )
        for names in NAMES
    ),
)
