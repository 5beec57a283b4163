"""SPA-Data: real rain, its clean pictures made from videos (SPANet, Wang et al., CVPR 2019)."""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

THOUSAND = range(1000)


def numbered(split: str, *names: str, release: str = "original", numbers: range) -> Layout:
    """Describe files that differ by one number."""
    return Layout.numbered(
        *names, release=release, split=split, numbers=numbers, name="{id:0>3}"
    )  # fmt: skip


DATASET = Dataset(
    title="SPA-Data",
    paper=Paper(
        title="Spatial Attentive Single-Image Deraining with a High Quality Real Rain Dataset",
        authors="Wang, Yang, Xu, Chen, Zhang, Lau",
        venue="CVPR",
        year=2019,
    ),
    licence="BSD-style, (c) 2019 Dalian University of Technology and City University of Hong Kong",
    aliases=("SPA", "SPA-Data", "SPAData", "real_test_1000", "real_world_rain_dataset_CVPR19"),
    distinction="1,000 test pairs of real rain, 512x512",
    traps=(
        "The training set is 638,492 pairs that real_world.txt lists; its folders hold 638,500 "
        "files and some that are no pictures. It has no layout here.",
        "Its clean pictures are estimates from neighbouring frames, and can hold rain.",
        "SPANet's own numbers are RGB with an SSIM that takes the range for 2 (rgb-spanet); "
        "RCDNet's and Restormer's are on Y.",
        "A mirror's sample of 6,385 training pairs of 256x256 (release sample) is a hundredth of "
        "the set, and its 1,000 validation pairs are not shown to be the test set.",
    ),
    sources=(
        Source(
            keeper="RecDerain's copy",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1eSGgE_I4juiTsz0d81l3Kq3v943UUjiG",
            release="original",
            splits=("test",),
            files=(
                Download(
                    address="folder:1eSGgE_I4juiTsz0d81l3Kq3v943UUjiG", name="real_test_1000"
                ),
            ),
        ),
        Source(
            keeper="DRSformer's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1YfxC5OvgYcQCffEttFz8Kg",
            release="original",
            splits=("test",),
            steps=("the code is yjow",),
        ),
        Source(
            keeper="RCDNet's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1yV4ih7C4Xg0iazqSBB-U1Q",
            release="original",
            splits=("test",),
            steps=("the code is uz8h",),
        ),
        Source(
            keeper="leftthomas's copy",
            host="by-hand",
            url="https://www.kaggle.com/datasets/leftthomas/spadata",
            release="original",
            splits=("test",),
            steps=("sign in to Kaggle",),
        ),
        Source(
            keeper="dronefreak's sample",
            host="by-hand",
            url="https://huggingface.co/datasets/dronefreak/SPA-Data",
            release="sample",
            splits=("sample-train", "sample-val"),
            steps=("hf download dronefreak/SPA-Data --repo-type dataset --local-dir SPA-Data",),
            state="no revision is known to pin",
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="https://stevewongv.github.io/derain-project.html",
            release="original",
            splits=("test",),
            state="reported broken in November 2023",
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 1000, "train": 638492, "internet": 147},
            note="SPA-Data's clean pictures are estimates from neighbouring frames.",
        ),
        "sample": Release(
            counts={"sample-train": 6385, "sample-val": 1000},
            note="A mirror's sample of SPA-Data: its numbers are not those of the test set.",
        ),
    },
    layouts=(
        numbered("test", "real_test_1000/rain/###.png", "real_test_1000/gt/###gt.png",
                 numbers=THOUSAND),
        numbered("test", "rain/###.png", "gt/###gt.png", numbers=THOUSAND),
        numbered("internet", "Real_Internet/rain-###.png", numbers=range(148)),
        *(
            numbered(f"sample-{split}", f"{split}/rgb_reconstruction/rain/rain-#.png",
                     f"{split}/rgb_reconstruction/norain/norain-#.png",
                     release="sample", numbers=range(6386))
            for split in ("train", "val")
        ),
    ),
    companions=(r"(?:.+/)?real_world(?:_gt)?/.+",),
)  # fmt: skip
