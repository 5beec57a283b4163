"""Rain1200, or DID-Data: three densities of rain over 4,000 photographs (DID-MDN, CVPR 2018).

Each file holds a pair side by side: rainy on the left, clean on the right.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

TEST = range(1, 1201)
TRAIN = range(4001)  # its authors' loader begins at 0


def halves(folder: str) -> Layout:
    """Describe a folder of side-by-side test files, numbered from 1."""
    return Layout.numbered(
        f"{folder}#.jpg",
        release="original",
        split="test",
        numbers=TEST,
        name="{id}",
        rainy_half="left",
    )


def apart(folder: str) -> Layout:
    """Describe the test pairs as two files each, whose suffixes may lie: JPEG named .png."""
    return Layout(
        release="original",
        split="test",
        rainy=rf"{folder}input/(?P<id>\d+)(?:_input)?\.(?:jpg|png)",
        clean=rf"{folder}target/(?P<id>\d+)(?:_GT)?\.(?:jpg|png)",
        name="{id}",
        numbers=TEST,
        by_content=True,
        example=(f"{folder}input/1.png", f"{folder}target/1_GT.png", f"{folder}input/9.jpg",
                 f"{folder}target/9.jpg"),
    )  # fmt: skip


DATASET = Dataset(
    title="Rain1200",
    paper=Paper(
        title="Density-aware Single Image De-raining using a Multi-stream Dense Network",
        authors="Zhang, Patel",
        venue="CVPR",
        year=2018,
    ),
    terms="research only: no licence was published for the data; the authors' code is MIT",
    aliases=("Rain1200", "DID", "DID-Data", "DID-MDN", "Test1200"),
    distinction="DID-MDN's own release: 12,000 training and 1,200 test files, pairs side by side",
    traps=(
        "The left half is rainy and the right one clean: the reverse of Rain800.",
        "In the copy whose pairs are two files each, clean files called .png hold JPEG.",
        "The halves are JPEG: kept as JPEG again, they are other pictures.",
        "Its authors' own test code stretches each output to the full range before it is scored.",
        "Test B, 1,000 images made from DDN's, overlaps Rain1400.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/1cMXWICiblTsRl1zjN8FizF5hXOpVOJz4",
            release="original",
            splits=("test", "train"),
            files=(Download(address="1cMXWICiblTsRl1zjN8FizF5hXOpVOJz4", name="DID-MDN.zip"),),
            state="cited as working in May 2023",
        ),
        Source(
            keeper="a user's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1abFquPc2AShtTSFsr0C7zQ",
            release="original",
            splits=("test", "train"),
            steps=("the code is 0sg3",),
        ),
        Source(
            keeper="DRSformer's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1aPFJExxxTBOzJjngMAOQDA",
            release="original",
            splits=("test",),
            steps=("the code is 5luo",),
            state="each pair as two files",
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 1200, "train": 12000},
            sizes=frozenset({(512, 512)}),
        )
    },
    layouts=(
        halves(""),
        halves("test/"),
        apart(""),
        apart("test/"),
        Layout(
            release="original",
            split="train",
            rainy=r"Rain_(?P<density>Heavy|Medium|Light)/train2018new/(?P<id>\d+)\.jpg",
            rainy_half="left",
            name="{density}-{id}",
            numbers=TRAIN,
            example=("Rain_Heavy/train2018new/0.jpg", "Rain_Light/train2018new/7.jpg"),
        ),
    ),
)
