"""Claims that counting settles: parameters, and images."""

from collections.abc import Callable

from rainbench import Evidence

from .finding import CONTRADICTED, NOT_SUPPORTED, SUPPORTED, Finding
from .printed import find_printed

OTHERS = ("ddn", "jorder", "rescan", "did", "prenet", "spanet")
"""The learned methods that the paper compares with."""

PAIRS_A_SCENE = 14
"""Rainy pictures of one clean picture in Rain1400."""

WORDS = ("msfm:share=false", "msfm:scale_fusion=false", "msfm:dilations=1")
"""Networks that the paper speaks of and does not count."""


def fewer_than_did(evidence: Evidence) -> Finding | None:
    """Compare the counts of the two networks."""
    ours, did = (evidence.parameters.get(words) for words in ("msfm", "did"))
    if ours is None or did is None:
        return None
    less = 100 * (1 - ours / did)
    verdict = SUPPORTED if round(less) == 91 else NOT_SUPPORTED
    return Finding(f"{ours:,} of {did:,}: {less:.1f}% fewer", verdict)


def fewest(evidence: Evidence) -> Finding | None:
    """Compare with the smallest of the other networks."""
    ours = evidence.parameters.get("msfm")
    others = {words: evidence.parameters.get(words) for words in OTHERS}
    counted = {words: count for words, count in others.items() if count is not None}
    if ours is None or len(counted) < len(OTHERS):
        return None
    least = min(counted, key=lambda words: counted[words])
    verdict = SUPPORTED if ours < counted[least] else NOT_SUPPORTED
    return Finding(f"{ours:,}; the next is {least} with {counted[least]:,}", verdict)


def about_30000(evidence: Evidence) -> Finding | None:
    """Hold the round number against the paper's own count."""
    printed = find_printed(evidence, "table 2", "msfm")
    if printed is None or printed.parameters is None:
        return None
    more = 100 * (printed.parameters / 30_000 - 1)
    verdict = SUPPORTED if abs(more) < 10 else CONTRADICTED
    return Finding(f"table 2 prints {printed.parameters:,}, {more:.0f}% more", verdict)


def same_count_with_dilation(evidence: Evidence) -> Finding | None:
    """Count the network with and without dilation."""
    counts = [evidence.parameters.get(words) for words in ("msfm", "msfm.no_dilation")]
    if None in counts:
        return None
    verdict = SUPPORTED if counts[0] == counts[1] else NOT_SUPPORTED
    return Finding(" and ".join(f"{count:,}" for count in counts), verdict)


def sharing_saves(evidence: Evidence) -> Finding | None:
    """Count the network with kernels of its own for every scale."""
    shared, own = (evidence.parameters.get(words) for words in ("msfm", "msfm:share=false"))
    if shared is None or own is None:
        return None
    less = 100 * (1 - shared / own)
    verdict = SUPPORTED if shared < own else NOT_SUPPORTED
    return Finding(f"{shared:,} of {own:,}: {less:.0f}% fewer", verdict)


def described(printed_as: str, described_as: str) -> Callable[[Evidence], Finding | None]:
    """Make a test of whether a row of table 2 has the parameters of what the text describes."""

    def look(evidence: Evidence) -> Finding | None:
        printed = find_printed(evidence, "table 2", printed_as)
        counted = evidence.parameters.get(described_as)
        if printed is None or printed.parameters is None or counted is None:
            return None
        equal = printed.parameters == counted
        number = f"table 2 prints {printed.parameters:,}; what is described has {counted:,}"
        return Finding(number, SUPPORTED if equal else CONTRADICTED)

    return look


def training_images(_: Evidence) -> Finding:
    """Ask whether so many images are whole scenes."""
    scenes, left = divmod(13_600, PAIRS_A_SCENE)
    said = f"{scenes} scenes and {left} images; of 14,000 pairs less 1,400 there are 12,600"
    return Finding(said, NOT_SUPPORTED)
