"""GT-RAIN: real rain, the clean picture of each scene taken once it stopped (Ba et al., ECCV 2022).

A scene's folder holds one clean picture and about 300 rainy ones; one scene of the validation
split has a clean picture for every rainy one.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

SPLITS = ("test", "train", "val")

# In this scene a rainy picture's partner is the clean one of its own number.
EACH = "Gurutto_1-2"


def scene(pair: str) -> str:
    """Name the scene of a pair: "M1135_0-0" of "M1135_0-0-007"."""
    return pair.rpartition("-")[0]


def layout(split: str) -> Layout:
    """Describe a split: each scene's one clean picture is number 000."""
    place = rf"GT-RAIN_{split}/(?P<scene>(?P<each>{EACH})|[^/]+)/(?P=scene)-Webcam"
    folder = f"GT-RAIN_{split}/M1135_0-0/M1135_0-0-Webcam"
    return Layout(
        release="original",
        split=split,
        rainy=rf"{place}-R-(?P<number>(?(each)(?P<frame>\d+)|\d+))\.png",
        clean=rf"{place}-C-(?(each)(?P<frame>\d+)|0+)\.png",
        name="{scene}-{number}",
        scene=scene,
        example=(f"{folder}-R-000.png", f"{folder}-C-000.png", f"{folder}-R-001.png"),
    )


DATASET = Dataset(
    title="GT-RAIN",
    paper=Paper(
        title="Not Just Streaks: Towards Ground Truth for Single Image Deraining",
        authors="Ba, Zhang, Yang, Suzuki, Pfahnl, Chandrappa, de Melo, You, Soatto, Wong, Kadambi",
        venue="ECCV",
        year=2022,
    ),
    licence="for research purposes only, as its authors say",
    aliases=("GT-RAIN", "GTRain"),
    distinction="31,524 pairs of 101 scenes, by time-lapse",
    traps=(
        "Its authors average per scene and then over scenes, crop to multiples of 4, and take "
        "SSIM's range for 2 (rgb-spanet): a mean over images is another number.",
        "The validation scene Gurutto_1-2 has a clean picture for every rainy one.",
        "The test scenes Oinari_0-0, M1135_0-0 and Table_Rock_0-0 are rain accumulation, the "
        "others dense streaks.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1NSRl954QPcGIgoyJa_VjQwh_gEaHWPb8",
            release="original",
            splits=SPLITS,
            files=(Download(address="folder:1NSRl954QPcGIgoyJa_VjQwh_gEaHWPb8", name="GT-RAIN"),),
        ),
    ),
    releases={"original": Release(counts={"train": 26124, "val": None, "test": None})},
    layouts=tuple(layout(split) for split in SPLITS),
)
