"""Rain800: rain drawn over photographs of UCID, BSD and the web (ID-CGAN, Zhang et al.).

Each file holds a pair side by side: clean on the left, rainy on the right.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source


def layout(folder: str, split: str, count: int) -> Layout:
    """Describe a folder of side-by-side files, numbered from 1."""
    return Layout.numbered(
        f"{folder}/#.jpg",
        release="original",
        split=split,
        numbers=range(1, count + 1),
        name="{id}",
        rainy_half="right",
    )


DATASET = Dataset(
    title="Rain800",
    paper=Paper(
        title="Image De-raining Using a Conditional Generative Adversarial Network",
        authors="Zhang, Sindagi, Patel",
        venue="IEEE Transactions on Circuits and Systems for Video Technology",
        year=2020,
    ),
    terms="research only: no licence was published",
    aliases=("Rain800", "ID-CGAN"),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/1_pP8fR-gpHUB0q1kpvZxKALvjLZ-JVM8",
            release="original",
            splits=("test", "train"),
            files=(Download(address="1_pP8fR-gpHUB0q1kpvZxKALvjLZ-JVM8", name="Rain800.zip"),),
        ),
        Source(
            keeper="a user's copy",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1qCHxRfTEPSm4ap90NOHOqhOcJShqP8dp",
            release="original",
            splits=("test", "train"),
            files=(Download(address="folder:1qCHxRfTEPSm4ap90NOHOqhOcJShqP8dp", name="Rain800"),),
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 100, "train": 700},
            fingerprint={"test": {"y-restormer": (22.588, 0.6896)}},
        )
    },
    layouts=(layout("test_syn", "test", 100), layout("training", "train", 700)),
    manifest="rain800.xz",
    companions=(r"test_nature/.+",),
)
