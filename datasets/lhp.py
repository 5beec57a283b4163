"""LHP-Rain: real rain in high definition, cleaned from videos (Guo et al., ICCV 2023).

How its archives are laid out has not been published; pairs of one name in folders of the usual
names are taken for it.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source


def layout(folder: str, rainy: str, clean: str) -> Layout:
    """Describe the test pairs: one name in two folders."""
    return Layout(
        release="original",
        split="test",
        rainy=rf"{folder}{rainy}/(?P<file>[^/]+)\.(?:png|jpg)",
        clean=rf"{folder}{clean}/(?P<file>[^/]+)\.(?:png|jpg)",
        name="{file}",
        example=(f"{folder}{rainy}/0001.png", f"{folder}{clean}/0001.png"),
    )


DATASET = Dataset(
    title="LHP-Rain",
    paper=Paper(
        title="From Sky to the Ground: A Large-scale Benchmark and Simple Baseline Towards Real "
        "Rain Removal",
        authors="Guo, Xiao, Chang, Deng, Yan",
        venue="ICCV",
        year=2023,
    ),
    terms="research only: no licence was published",
    aliases=("LHP", "LHP-Rain"),
    distinction="1,000 test pairs of real rain, 512x512",
    traps=(
        "The full set is 3,000 pairs of 1920x1080 and the patches a million of 256x256: only the "
        "test set of 512x512 is opened here.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/10Lqt-QmXEwK8ZZidvdDm9jCeihmKOzrV",
            release="original",
            splits=("test",),
            files=(
                Download(address="10Lqt-QmXEwK8ZZidvdDm9jCeihmKOzrV", name="LHP-Rain-test.zip"),
            ),
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="https://pan.baidu.com/s/1R-H8FwOOffq1qspO6yTwDw",
            release="original",
            splits=("test",),
            steps=("the code is zwbj",),
        ),
        Source(
            keeper="the authors: the full set",
            host="by-hand",
            url="https://yunguo224.github.io/LHP-Rain.github.io",
            release="original",
            splits=("train",),
            steps=(
                "full: https://drive.google.com/file/d/18mms8gh6Y-fly4_xLhRAZ3y4x_iNwCW_, or "
                "https://pan.baidu.com/s/1Reqbm0tX4ejopo4CTUkG3A, code jg58",
            ),
        ),
    ),
    releases={
        "original": Release(counts={"test": 1000, "train": None}, sizes=frozenset({(512, 512)}))
    },
    layouts=tuple(
        layout(folder, rainy, clean)
        for folder in ("", "test/")
        for rainy, clean in (("input", "gt"), ("input", "target"), ("rain", "gt"))
    ),
)
