"""Rain1400, or DDN-Data: a thousand photographs under fourteen rains each (Fu et al., CVPR 2017).

A clean picture N.jpg serves the rainy N_1.jpg … N_14.jpg; clean 1 to 900 train, 901 to 1000 test.
"""

from rainbench import Dataset, Download, Layout, Paper, Release, Source

# The folders of rainy and of clean pictures, after the folder of a split.
FOLDERS = (
    ("rainy_image", "ground_truth"),  # the authors' archive, PReNet
    ("rainy image", "ground truth"),  # the authors' older one
    ("input", "target"),
)
SPLITS = {"test": ("testing/", "test/", ""), "train": ("training/", "train/", "")}
CLEAN = {"test": range(901, 1001), "train": range(1, 901)}

RAINS = "1[0-4]|[1-9]"


def scene(pair: str) -> str:
    """Name the photograph of a pair: "ddn-901" of "901_3"."""
    return f"ddn-{pair.partition('_')[0]}"


def layout(split: str, folder: str, rainy: str, clean: str) -> Layout:
    """Describe a split in these folders; a mirror deals the rainy files out to part_1 and on."""
    first = CLEAN[split][0]
    return Layout(
        release="original",
        split=split,
        rainy=rf"{folder}{rainy}/(?:part_\d+/)?(?P<id>\d+)_(?P<rain>{RAINS})\.(?:jpg|png)",
        clean=rf"{folder}{clean}/(?:part_\d+/)?(?P<id>\d+)\.(?:jpg|png)",
        name="{id}_{rain}",
        scene=scene,
        numbers=CLEAN[split],
        example=(
            f"{folder}{rainy}/{first}_1.jpg",
            f"{folder}{clean}/{first}.jpg",
            f"{folder}{rainy}/{first}_14.jpg",
        ),
    )


DATASET = Dataset(
    manifest="rain1400.xz",
    title="Rain1400",
    paper=Paper(
        title="Removing Rain from Single Images via a Deep Detail Network",
        authors="Fu, Huang, Zeng, Huang, Ding, Paisley",
        venue="CVPR",
        year=2017,
    ),
    terms="its README asks to cite two papers; the authors' training code says non-commercial use",
    aliases=("Rain1400", "Rain14000", "Rain12600", "DDN", "DDN-Data", "rainy_image_dataset"),
    distinction="DDN's own split: clean 1 to 900 train (12,600 pairs), 901 to 1000 test (1,400)",
    traps=(
        "MSFM's paper counts 13,600 training pairs; there are 12,600.",
        "Rain13K trains on clean 1 to 800 and tests on 801 to 1000: half of its Test2800 is in "
        "DDN's own training set.",
        "Both pictures are JPEG of many sizes: decoders move results by 0.01 dB, and the "
        "down-sampling of y-prenet's SSIM differs from image to image.",
    ),
    sources=(
        Source(
            keeper="the authors",
            host="google-drive",
            url="https://drive.google.com/file/d/10cu6MA4fQ2Dz16zfzyrQWDDhOWhRdhpq",
            release="original",
            splits=("test", "train"),
            files=(
                Download(
                    address="10cu6MA4fQ2Dz16zfzyrQWDDhOWhRdhpq", name="rainy_image_dataset.zip"
                ),
            ),
            state="856 MB; on the authors' page in May 2026",
        ),
        Source(
            keeper="Rain-Over-Me's copy",
            host="google-drive",
            url="https://drive.google.com/drive/folders/1ps9u1KyI_W0c0hJaZ_gKWwG8hJgd7KKA",
            release="original",
            splits=("test", "train"),
            files=(
                Download(
                    address="folder:1Zhi3nYUdhfBFRpcJzvlBS3-XEgDsCfLc",
                    name="training",
                    into="training",
                ),
                Download(
                    address="folder:1ps9u1KyI_W0c0hJaZ_gKWwG8hJgd7KKA",
                    name="testing",
                    into="testing",
                ),
            ),
        ),
        Source(
            keeper="dronefreak's copy",
            host="by-hand",
            url="https://huggingface.co/datasets/dronefreak/DDN-Data",
            release="original",
            splits=("test", "train"),
            steps=("hf download dronefreak/DDN-Data --repo-type dataset --local-dir DDN-Data",),
            state="15,000 single files; no revision is known to pin",
        ),
        Source(
            keeper="jinnovation's copy",
            host="by-hand",
            url="https://github.com/jinnovation/rainy-image-dataset",
            release="original",
            splits=("test", "train"),
            steps=(
                "git lfs install; git clone; git checkout 74caea51c30b8b84edb3426e1f1f1ad7b28fbcb3",
                "an archive of the repository holds Git-LFS pointers and no pictures",
            ),
        ),
        Source(
            keeper="the authors",
            host="by-hand",
            url="https://pan.baidu.com/s/1Hvm9ctniC7PMQdKrI_lf3Q",
            release="original",
            splits=("test", "train"),
        ),
        Source(
            keeper="PReNet's copy",
            host="by-hand",
            url="https://1drv.ms/f/s!AqLfQqtZ6GwGgep-hgjLxkov2SSZ3g",
            release="original",
            splits=("test", "train"),
            steps=("take Rain1400.zip and Rain12600.zip",),
            state="checked by its author in September 2020",
        ),
        Source(
            keeper="leftthomas's copy",
            host="by-hand",
            url="https://mega.nz/file/XSxSEajb#6ZwCOSeFqAnErIg6bIjs_bUFOKcs7HoZ2rwXCP8htZc",
            release="original",
            splits=("test", "train"),
        ),
        Source(
            keeper="DRSformer's copy",
            host="by-hand",
            url="https://pan.baidu.com/s/1g_m7RfSUJUtknlWugO1nrw",
            release="original",
            splits=("test", "train"),
            steps=("the code is ldzo",),
        ),
    ),
    releases={
        "original": Release(
            counts={"test": 1400, "train": 12600},
            spots={
                "test": {
                    "901_1": ("a088cb83f651134a", "5254db09a00b28bd"),
                    "902_14": ("c5762499f9a4ffa9", "94e8db7fc19d971c"),
                },
                "train": {
                    "1_1": ("78e5de7ab69ec769", "26d8cb4a0ba0e3fb"),
                    "4_14": ("9d4e2fdb48189a46", "459800db691d59c1"),
                },
            },
        )
    },
    layouts=tuple(
        layout(split, folder, rainy, clean)
        for rainy, clean in FOLDERS
        for split, folders in SPLITS.items()
        for folder in folders
    ),
)
