"""RealRain-1k: real rain at night and by day, cleaned from videos (Li et al., 2022).

Two tracks of one size, heavy and light: "heavy-test" and "light-test" are their test splits.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

TRACKS = {"heavy": "H", "light": "L"}
FOLDERS = {"test": "test", "train": "training", "val": "validation"}
COUNTS = {"test": 224, "train": 784, "val": 112}


def layout(track: str, split: str) -> Layout:
    """Describe a split of a track; rainy and clean files have one name, numbers with gaps."""
    base = f"RealRain-1k-{TRACKS[track]}/{FOLDERS[split]}"
    file = r"(?:part_\d+/)?(?P<id>\d+)\.(?:png|jpg)"
    return Layout(
        release="original",
        split=f"{track}-{split}",
        rainy=f"{base}/input/{file}",
        clean=f"{base}/target/{file}",
        name="{id}",
        example=(f"{base}/input/7.png", f"{base}/target/7.png"),
    )


SPLITS = tuple(f"{track}-{split}" for track in TRACKS for split in FOLDERS)

DATASET = Dataset(
    title="RealRain-1k",
    paper=Paper(
        title="Toward Real-world Single Image Deraining: A New Benchmark and Beyond",
        authors="Li, Zhang, Dai, Huang, Tao, Dong",
        venue="arXiv",
        year=2022,
    ),
    terms="research only: no licence was published",
    aliases=("RealRain-1k", "RealRain1k"),
    distinction="1,120 pairs of real rain in each of two tracks",
    traps=("SynRain-13k, published beside it, is drawn rain and another dataset.",),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1rk7jdBZifNe_OKJ6j-0Ne8gjYYIg6Qc5",
            release="original",
            splits=SPLITS,
            files=(
                Download(address="folder:1rk7jdBZifNe_OKJ6j-0Ne8gjYYIg6Qc5", name="RealRain-1k"),
            ),
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="https://1drv.ms/u/s!AimBgYV7JjTlgg1MmR2tfBPW1Egh?e=rUNw3m",
            release="original",
            splits=SPLITS,
        ),
        Source(
            keeper="dronefreak's copy",
            host="by-hand",
            url="https://huggingface.co/datasets/dronefreak/RealRain-1k",
            release="original",
            splits=SPLITS,
            steps=(
                "hf download dronefreak/RealRain-1k --repo-type dataset --local-dir RealRain-1k",
            ),
            state="no revision is known to pin",
        ),
    ),
    releases={
        "original": Release(
            counts={f"{track}-{split}": COUNTS[split] for track in TRACKS for split in FOLDERS}
        )
    },
    layouts=tuple(layout(track, split) for track in TRACKS for split in FOLDERS),
)
