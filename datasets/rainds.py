"""RainDS: streaks, drops on the glass and both over the same scenes (CCN, Quan et al., CVPR 2021).

A drawn part and a photographed one. A split's name says part and rain: "real-test" is streaks,
"real-test-drops" and "real-test-both" are the other two over the same clean pictures.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

# The suffix of a split, the folder of its rainy pictures and what their names begin with.
RAINS = (("", "rainstreak", "rain"), ("-drops", "raindrop", "rd"),
         ("-both", "rainstreak_raindrop", "rd-rain"))  # fmt: skip


def drawn(split: str, folder: str, suffix: str, rain: str, prefix: str) -> Layout:
    """Describe drawn pairs: pie- marks a second collection whose numbers are the first's too."""
    base = f"RainDS_syn/{folder}"
    return Layout(
        release="original",
        split=f"syn-{split}{suffix}",
        rainy=rf"{base}/{rain}/(?P<pie>pie-)?{prefix}-(?P<id>\d+)\.png",
        clean=rf"{base}/gt/(?P<pie>pie-)?norain-(?P<id>\d+)\.png",
        name="{pie}{id}",
        scene=lambda pair: f"rainds-syn-{pair}",
        example=(
            f"{base}/{rain}/{prefix}-1.png",
            f"{base}/gt/norain-1.png",
            f"{base}/{rain}/pie-{prefix}-1.png",
            f"{base}/gt/pie-norain-1.png",
        ),
    )


def photographed(split: str, suffix: str, rain: str) -> Layout:
    """Describe photographed pairs, whose four folders share their names."""
    base = f"RainDS_real/{split}_set"
    return Layout(
        release="original",
        split=f"real-{split}{suffix}",
        rainy=rf"{base}/{rain}/(?P<id>\d+)\.png",
        clean=rf"{base}/gt/(?P<id>\d+)\.png",
        name="{id}",
        scene=lambda pair: f"rainds-real-{pair}",
        example=(f"{base}/{rain}/2.png", f"{base}/gt/2.png"),
    )


DATASET = Dataset(
    title="RainDS",
    paper=Paper(
        title="Removing Raindrops and Rain Streaks in One Go",
        authors="Quan, Yu, Liang, Yang",
        venue="CVPR",
        year=2021,
    ),
    terms="research only: no licence was published",
    aliases=("RainDS",),
    distinction="streaks, drops and both, drawn and photographed",
    traps=(
        "RainDS_real/test_set/rainstreak holds IMG_7435.png, which has no clean picture.",
        "In the drawn part pie-norain-7 is another photograph than norain-7.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/12yN6avKi4Tkrnqa3sMUmyyf4FET9npOT",
            release="original",
            splits=("real-test", "real-train", "syn-test", "syn-train"),
            files=(Download(address="12yN6avKi4Tkrnqa3sMUmyyf4FET9npOT", name="RainDS.zip"),),
        ),
        Source(
            keeper="dronefreak's copy",
            host="by-hand",
            url="https://huggingface.co/datasets/dronefreak/RainDS",
            release="original",
            splits=("real-test", "real-train", "syn-test", "syn-train"),
            steps=("hf download dronefreak/RainDS --repo-type dataset --local-dir RainDS",),
            state="no revision is known to pin",
        ),
    ),
    releases={
        "original": Release(
            counts={
                **{f"real-test{suffix}": 100 for suffix, _, _ in RAINS},
                **{f"real-train{suffix}": 150 for suffix, _, _ in RAINS},
                **{f"syn-{split}{suffix}": None for split in ("test", "train")
                   for suffix, _, _ in RAINS},
            },
        )
    },
    layouts=(
        *(photographed(split, suffix, rain) for split in ("test", "train")
          for suffix, rain, _ in RAINS),
        *(drawn(split, folder, *rain) for split in ("test", "train")
          for folder in (split, f"{split}_set") for rain in RAINS),
    ),
    companions=(r"RainDS_real/test_set/rainstreak/IMG_7435\.png",),
)  # fmt: skip
