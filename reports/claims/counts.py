"""Claims that counting settles: parameters, and numbers that the paper prints of itself."""

from collections.abc import Callable

from rainbench import Evidence, Published

from .finding import CONTRADICTED, NOT_SUPPORTED, PAPER, SUPPORTED, Finding

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


def one_value(evidence: Evidence) -> Finding | None:
    """Compare what two tables print of one configuration."""
    found = [find_printed(evidence, place, "msfm") for place in ("table 2", "table 3")]
    values = [each.psnr_db for each in found if each is not None and each.psnr_db is not None]
    if len(values) < 2:
        return None
    verdict = SUPPORTED if values[0] == values[1] else CONTRADICTED
    return Finding(f"{values[0]:.2f} dB in table 2, {values[1]:.2f} dB in table 3", verdict)


def best_settings(evidence: Evidence) -> Finding | None:
    """Look in table 3 for a larger configuration that scores higher."""
    rows = {
        number.words: number.psnr_db
        for number in evidence.published
        if (number.key, number.place) == (PAPER, "table 3") and number.psnr_db is not None
    }
    if "msfm" not in rows:
        return None
    best = max(rows, key=lambda words: rows[words])
    verdict = SUPPORTED if rows[best] <= rows["msfm"] else CONTRADICTED
    return Finding(f"{best}: {rows[best]:.2f} dB against {rows['msfm']:.2f}", verdict)


def training_images(_: Evidence) -> Finding:
    """Ask whether so many images are whole scenes."""
    scenes, left = divmod(13_600, PAIRS_A_SCENE)
    said = f"{scenes} scenes and {left} images; of 14,000 pairs less 1,400 there are 12,600"
    return Finding(said, NOT_SUPPORTED)


def find_printed(evidence: Evidence, place: str, words: str) -> Published | None:
    """Find what the paper prints of a network in one of its tables."""
    found = (
        number
        for number in evidence.published
        if (number.key, number.place, number.words) == (PAPER, place, words)
    )
    return next(found, None)
