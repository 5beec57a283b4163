"""The sentences, in the paper's order."""

from .counts import (
    OTHERS,
    about_30000,
    described,
    fewer_than_did,
    fewest,
    same_count_with_dilation,
    sharing_saves,
    training_images,
)
from .finding import Claim
from .insides import (
    alike_over_scales,
    disjoint,
    fusion_sees_rain,
    gradients_alike_over_scales,
    jorder_is_darker,
    kernels_see_one,
)
from .printed import (
    best_settings,
    default_is_highest,
    larger_is_better,
    one_value,
    smaller_is_worse,
)
from .scores import ahead, better, no_worse
from .speed import takes_30_ms

COUNT = "the networks, which any report can count: rainbench report claims"


def _train(first: str, second: str) -> str:
    each = ", then ".join(f"rainbench train --method {method}" for method in (first, second))
    return f"{each}, with one budget; then rainbench run with both weights"


def _in_domain(words: str) -> str:
    return f"rainbench run --method {words} and the others, each with its dataset's own weights"


FEATURES = "rainbench features msfm rainy.png --clean clean.png -o FILE, then --with FILE"

CLAIMS = (
    Claim(
        place="abstract",
        sentence="parameters are greatly reduced, which benefits from sharing at different scales",
        test="parameters against kernels of its own for every scale",
        needs=COUNT,
        look=sharing_saves,
    ),
    Claim(
        place="section 1",
        sentence="dilation convolutions leave the number of parameters unchanged",
        test="parameters with dilation and without are equal",
        needs=COUNT,
        look=same_count_with_dilation,
    ),
    Claim(
        place="section 1",
        sentence="the same kernels can process every scale (sharing loses nothing)",
        test="PSNR against kernels of its own for every scale (88,933 parameters): the interval "
        "excludes a loss of 0.05 dB",
        needs=_train("msfm", "msfm:share=false"),
        look=no_worse("msfm", "msfm:share=false"),
    ),
    Claim(
        place="section 1",
        sentence="less parameters than the previous deep-learning based methods",
        test="parameters against DDN, JORDER, RESCAN, DID, PReNet, SPANet",
        needs=COUNT,
        look=fewest,
    ),
    Claim(
        place="section 1",
        sentence="outperforms the state-of-the-art methods on synthetic datasets",
        test="mean PSNR as high as every other method's, each trained on that dataset",
        needs=_in_domain("msfm"),
        look=ahead("msfm", ("dsc", "lp", *OTHERS), share=1),
    ),
    Claim(
        place="section 4.1",
        sentence="all testing datasets have different background images with training datasets",
        test="no scene in common, by pixels, in the four datasets",
        needs="rainbench data audit rain1400:train rain1400:test --json > FILE (and the other "
        "three), then --with FILE",
        look=disjoint,
    ),
    Claim(
        place="section 4.1",
        sentence="Rain1400 has 13600 images for training and 1400 image for testing",
        test="a multiple of 14, the rainy images of a scene",
        needs="",
        look=training_images,
    ),
    Claim(
        place="section 4.1",
        sentence="0.030 seconds for 512x512 pixels on a GTX 1080Ti",
        test="median latency at 512x512 on a GTX 1080 Ti is at most 0.030 s",
        needs="rainbench profile msfm on that card, then --with FILE",
        look=takes_30_ms,
    ),
    Claim(
        place="section 4.2",
        sentence="the number of parameters is reduced by 91 percent compared with DID",
        test="parameters, DID's de-raining network alone",
        needs=COUNT,
        look=fewer_than_did,
    ),
    Claim(
        place="section 4.2",
        sentence="a huge improvement compared with prior based methods",
        test="mean PSNR as high as DSC's and LP's on every dataset",
        needs=_in_domain("msfm"),
        look=ahead("msfm", ("dsc", "lp"), share=1),
    ),
    Claim(
        place="section 4.2",
        sentence="superior to DID on most datasets",
        test="mean PSNR as high as DID's on more than half of the datasets both were trained for",
        needs=_in_domain("msfm,did"),
        look=ahead("msfm", ("did",), share=0.5),
    ),
    Claim(
        place="section 4.2",
        sentence="with light weights it is comparable and even beyond most of other methods",
        test="mean PSNR as high in more than half of the cells, each trained on that dataset",
        needs=_in_domain("msfm.light"),
        look=ahead("msfm.light", ("dsc", "lp", *OTHERS), share=0.5),
    ),
    Claim(
        place="section 4.3",
        sentence="the best performance on real photographs",
        test="people prefer it blindly",
        needs="rainbench vote --dataset real, people, then rainbench report votes",
        look=lambda _: None,
    ),
    Claim(
        place="section 4.3",
        sentence="only about 30000 parameters",
        test="within 10% of the paper's own count",
        needs=COUNT,
        look=about_30000,
    ),
    Claim(
        place="figure 4",
        sentence="the results of JORDER are always darker",
        test="restored less clean, mean over luma, is below -1 of 255 levels in every picture",
        needs="rainbench run --method jorder with its weights",
        look=jorder_is_darker,
    ),
    Claim(
        place="section 4.4.1",
        sentence="the default network obtains the highest measurements on both PSNR and SSIM",
        test="no other row of table 2 is as high in either",
        needs="the paper's table 2",
        look=default_is_highest,
    ),
    Claim(
        place="section 4.4.1",
        sentence="Single is the network without multi-scale feature maps fusion",
        test="the count printed in table 2 is that of one scale with all else kept",
        needs=COUNT,
        look=described("msfm.single", "msfm:scale_fusion=false"),
    ),
    Claim(
        place="section 4.4.1",
        sentence="No-dilation replaces multi-scale kernels by a single common convolution",
        test="the count printed in table 2 is that of one convolution",
        needs=COUNT,
        look=described("msfm.no_dilation", "msfm:dilations=1"),
    ),
    Claim(
        place="section 4.4.1",
        sentence="multi-scale kernels improve de-raining",
        test="PSNR above dilations all 1, of the same count; p < 0.05 and 0.05 dB",
        needs=_train("msfm", "msfm.no_dilation"),
        look=better("msfm", "msfm.no_dilation"),
    ),
    Claim(
        place="section 4.4.1",
        sentence="multi-scale feature maps boost performance, with dense connections",
        test="PSNR above one scale, dense connections kept (32,693 parameters); p < 0.05, 0.05 dB",
        needs=_train("msfm", "msfm:scale_fusion=false"),
        look=better("msfm", "msfm:scale_fusion=false"),
    ),
    Claim(
        place="section 4.4.1",
        sentence="multi-scale feature maps boost performance, without dense connections",
        test="PSNR above one scale, both without dense connections",
        needs=_train("msfm.no_dense", "msfm.single"),
        look=better("msfm.no_dense", "msfm.single", in_paper=("msfm.no_dense", "msfm.single")),
    ),
    Claim(
        place="section 4.4.1",
        sentence="dense connections greatly improve results",
        test="PSNR above the chain without them; p < 0.05 and 0.05 dB",
        needs=_train("msfm", "msfm.no_dense"),
        look=better("msfm", "msfm.no_dense"),
    ),
    Claim(
        place="section 4.4.2",
        sentence="no better when scales and dilation convolutions increase over I = 3, D = 3",
        test="no larger I or D scores higher in table 3",
        needs="the paper's table 3",
        look=best_settings,
    ),
    Claim(
        place="section 4.4.2",
        sentence="unsatisfactory when scales and dilation convolutions decrease below I = 3, D = 3",
        test="no smaller I or D scores as high in table 3",
        needs="the paper's table 3",
        look=smaller_is_worse,
    ),
    Claim(
        place="section 4.4.3",
        sentence="more satisfactory with more channels and MSDRLs",
        test="the larger of every two configurations scores higher in table 4",
        needs="the paper's table 4",
        look=larger_is_better,
    ),
    Claim(
        place="tables 2, 3",
        sentence="one configuration has one score",
        test="the default's PSNR in both tables is equal",
        needs="the paper's tables",
        look=one_value,
    ),
    Claim(
        place="section 4.5",
        sentence="maps of different dilations pay attention to either background or rain streaks",
        test="each dilation's maps keep less than 0.1 or more than 0.9 of their variance on the "
        "same scenes without rain",
        needs=FEATURES,
        look=kernels_see_one,
    ),
    Claim(
        place="section 4.5",
        sentence="the fusion results only focus on rain streaks rather than background",
        test="less than 0.1 of the fused maps' variance is left on the same scenes without rain",
        needs=FEATURES,
        look=fusion_sees_rain,
    ),
    Claim(
        place="section 4.6",
        sentence="features at different scales have the same or similar pixel distribution",
        test="Wasserstein's distance between scales is below that of the untrained network and "
        "that between channels of one scale",
        needs=FEATURES,
        look=alike_over_scales,
    ),
    Claim(
        place="section 4.6",
        sentence="gradients at different scales have the same or similar pixel histograms",
        test="as for the values, of the magnitude of Sobel's gradient",
        needs=FEATURES,
        look=gradients_alike_over_scales,
    ),
)
