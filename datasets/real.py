"""Real rainy photographs without ground truth: SIRR's 147, and a folder of the user's own.

They are looked at and timed, not scored. `rainbench data import real FOLDER` takes any folder of
photographs as the split own.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

DATASET = Dataset(
    title="Real photographs",
    paper=Paper(
        title="Semi-Supervised Transfer Learning for Image Rain Removal",
        authors="Wei, Meng, Zhao, Xu, Wu",
        venue="CVPR",
        year=2019,
    ),
    terms="SIRR's are photographs from the web, some with watermarks: look, never publish",
    aliases=("real", "SIRR", "Internet-Data", "real_input"),
    distinction="147 photographs without ground truth",
    traps=(
        "There is no ground truth: no PSNR and no SSIM.",
        "9 of the 20 validation pairs in SIRR's repository show scenes of Rain100H.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="http",
            url="https://github.com/wwzjer/Semi-supervised-IRR",
            release="sirr",
            splits=("test",),
            files=(
                Download(
                    address="https://codeload.github.com/wwzjer/Semi-supervised-IRR/tar.gz/HEAD",
                    name="Semi-supervised-IRR.tar.gz",
                ),
            ),
            state="in data/rainy_image_dataset/real_input; revision unknown",
        ),
    ),
    releases={
        "sirr": Release(
            counts={"test": 147},
            spots={
                "test": {
                    "1": ("470c7c66245a530d", ""),
                    "49": ("7e4d1b129ff03bba", ""),
                    "98": ("df289b49b15cad63", ""),
                    "147": ("170fd9d812f68577", ""),
                }
            },
        ),
        "own": Release(counts={"own": None}, note="Photographs of the user's own."),
    },
    manifest="real.xz",
    layouts=(
        *(
            Layout.numbered(file, release="sirr", split="test", numbers=range(1, 148), name="{id}")
            for file in ("#.jpg", "real_input/#.jpg")
        ),
        Layout(
            release="own",
            split="own",
            rainy=r"(?:.+/)?(?P<file>[^/\\:*?\"<>|]+)\.(?i:jpe?g|png)",
            name="{file}",
            example=("street.jpg", "a holiday/IMG_0001.png"),
        ),
    ),
)
