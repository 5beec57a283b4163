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
    aliases=("Rain800", "ID-CGAN", "IDCGAN", "Rain700"),
    distinction="700 training and 100 test files, each a pair side by side",
    traps=(
        "The left half is clean and the right one rainy; DID's files (rain1200) are the other way "
        "round, and loaders disagree.",
        "Photographs repeat: the 700 training images show 368 scenes, the 100 test images 76; "
        "training/460 is test_syn/6.",
        "13 training images and 1 test image show scenes of Rain100's test images, 209 those of "
        "Rain200's, 12 those of Rain12.",
        "Rain13K's copy of the test images, Test100, has 98 of them.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/1_pP8fR-gpHUB0q1kpvZxKALvjLZ-JVM8",
            release="original",
            splits=("test", "train"),
            files=(Download(address="1_pP8fR-gpHUB0q1kpvZxKALvjLZ-JVM8", name="Rain800.zip"),),
            state="what it holds is disputed since May 2023",
        ),
        Source(
            keeper="a user's copy",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1qCHxRfTEPSm4ap90NOHOqhOcJShqP8dp",
            release="original",
            splits=("test", "train"),
            files=(Download(address="folder:1qCHxRfTEPSm4ap90NOHOqhOcJShqP8dp", name="Rain800"),),
            state="named by a user in August 2022",
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="https://drive.google.com/drive/folders/0Bw2e6Q0nQQvGbi1xV1Yxd09rY2s"
            "?resourcekey=0-dUoT9AJl1q6fXow9t5TcRQ",
            release="original",
            splits=("test", "train"),
            state="reported empty from 2022 to 2025",
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 100, "train": 700},
            fingerprint={"test": {"y-restormer": (22.588, 0.6896)}},
            spots={
                "test": {
                    "1": ("9e74fc49aac8dbf7", "69947f2697f80c65"),
                    "34": ("1a9bc4a5fefee1d1", "829998f2c003411d"),
                    "67": ("226d707e532f9179", "9be72c2dffe7b390"),
                    "100": ("8091d6b4e870b7b1", "ff52c69bd512666e"),
                },
                "train": {
                    "1": ("b5bd7f21b99b32f4", "0984ef0d87350935"),
                    "234": ("ebf83d23f0963992", "9323a3a17c175423"),
                    "467": ("735fb4f1dd2246ad", "9e3a28a3a205444a"),
                    "700": ("3a41fd35862b7efc", "74ad3173267fb291"),
                },
            },
        )
    },
    layouts=(layout("test_syn", "test", 100), layout("training", "train", 700)),
    manifest="rain800.xz",
    companions=(r"test_nature/.+",),
)
